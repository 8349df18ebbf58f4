import { Readings } from '../../readings.ts'
import type { Source } from '../../source.ts'
import { addSwapUsage, pagingMetrics } from '../swap.ts'
import { ask, dearEveryMs, known, type PackageDoor, packageDeadlineMs } from './system-information.ts'

/** Swap space, or the page files of Windows. */
export function portableSwapSource(door: PackageDoor): Source {
  return {
    name: 'swap',
    metrics: Object.values(pagingMetrics),
    everyMs: dearEveryMs,
    startsProcess: true,
    deadlineMs: packageDeadlineMs,
    async read() {
      const memory = await ask(door, 'mem', (information) => information.mem())
      const total = known(memory.swaptotal)
      const readings = new Readings()
      // None is also what the package says when it could not ask: no series is right for both.
      if (total === 0) return { absent: 'the system has no swap space, or does not tell of it' }
      // MacOS tells hundredths of a MiB.
      addSwapUsage(readings, total, Math.round(known(memory.swapfree)))
      return readings
    },
  }
}
