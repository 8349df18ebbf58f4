/** What the Linux sources share: where the kernel publishes its text files, and how to read one without trust. */
import { systemCodeOf } from '../../model/errors.ts'
import { readFileSync } from '../../system/files.ts'

/** Where `/proc` and `/sys` are mounted: elsewhere when a container watches its host. */
export interface KernelRoots {
  readonly procRoot: string
  readonly sysRoot: string
}

/** @throws the system's error when the file cannot be read. */
export function readKernelText(path: string): string {
  return readFileSync(path, 'utf8')
}

/** Undefined when the kernel has no such file; throws when it has one that cannot be read. */
export function readKernelTextIfThere(path: string): string | undefined {
  try {
    return readKernelText(path)
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The lines that are not empty. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

/** The words of a line, split at white space. */
export function wordsOf(line: string): string[] {
  return line.trim().split(/\s+/)
}

/** A whole number in decimal, as the kernel writes its counts; `NaN` for anything else. */
export function wholeNumber(word: string | undefined): number {
  return word !== undefined && /^\d+$/.test(word) ? Number(word) : Number.NaN
}

/** The count of the line `name count`; `NaN` when there is none. The names are ours: letters and underscores. */
export function namedCount(text: string, name: string): number {
  return wholeNumber(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
}
