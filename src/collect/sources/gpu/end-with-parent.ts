import type * as Koffi from 'koffi'
import { lazyModule } from '../../../system/lazy-module.ts'

/** PR_SET_PDEATHSIG of prctl(2), and SIGKILL. */
const setParentDeathSignal = 1
const kill = 9

/**
 * Has the kernel end this process when the thread that started it is gone. Without it, a process that hangs in a call of
 * a driver would not notice that its host was killed. Linux alone has this, and koffi must be there anyway.
 */
export function endWithParent(): void {
  if (process.platform !== 'linux') return
  const koffi = lazyModule<typeof Koffi>('koffi')()
  koffi.load(null).func('prctl', 'int', ['int', 'ulong', 'ulong', 'ulong', 'ulong'])(
    setParentDeathSignal,
    kill,
    0,
    0,
    0,
  )
}
