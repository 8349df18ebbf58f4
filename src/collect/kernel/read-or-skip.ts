import type { Readings } from '../readings.ts'
import type { KernelFile, KernelText } from './kernel-file.ts'

/** One of several files of a source: that it is not there is no fault; that it cannot be read costs only itself. */
export function readOrSkip(file: KernelFile, readings: Readings): KernelText | undefined {
  try {
    return file.readIfThere()
  } catch {
    readings.skip()
    return undefined
  }
}
