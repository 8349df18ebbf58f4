import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as Koffi from 'koffi'
import { lazyModule } from '../../src/system/lazy-module.ts'

/** An optional dependency: whoever only asks whether there is a compiler must not need it. */
const loadKoffi = lazyModule<typeof Koffi>('koffi')

const source = join(import.meta.dirname, '../fixtures/nvml/fake-nvml.c')

/** Whether the system has a C compiler. In CI it must be there: the tests that need it then fail, not skip. */
export const hasCompiler = process.platform !== 'win32' && (process.env['CI'] === 'true' || hasCc())

export interface FakeNvmlOptions {
  /** Leaves the newer symbols out. @default false */
  readonly isOldDriver?: boolean
}

/** Directs a library that is loaded in this process. */
export interface FakeNvml {
  /** What it is to play, in the words of `test/fixtures/nvml/fake-nvml.c`; all else is as usual. */
  play(words: string): void
  /** How many calls there were since this was last asked. */
  calls(): number
}

/**
 * Compiles the stand-in for NVIDIA's library into a directory that is deleted when this process ends. Each build is
 * a library with a state of its own.
 *
 * @returns its path.
 */
export function buildFakeNvml({ isOldDriver = false }: FakeNvmlOptions = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'fake-nvml-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'libnvidia-ml.so.1')
  const define = isOldDriver ? ['-DOLD_DRIVER'] : []
  const flags = ['-std=c11', '-D_GNU_SOURCE', '-O2', '-shared', '-fPIC']
  execFileSync('cc', [...flags, ...define, source, '-o', path], { stdio: ['ignore', 'ignore', 'inherit'] })
  return path
}

export function directFakeNvml(path: string): FakeNvml {
  const library = loadKoffi().load(path)
  const set = library.func('fake_set', 'void', ['str'])
  const calls = library.func('fake_calls', 'uint32', [])
  return { play: (words) => set(words), calls: () => Number(calls()) }
}

function hasCc(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
