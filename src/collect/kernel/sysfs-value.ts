/**
 * Values and folders of `/sys`: a path flows in; what the file says now flows out. For the many files of one value each that are
 * read seldom: unlike a `KernelFile`, it keeps no descriptor open.
 */
import { closeSync, openSync, readdirSync, readSync } from '../../system/files.ts'
import { isNotThere } from './kernel-file.ts'

/** A file of sysfs is at most a page long; the values read here are far shorter. */
const buffer = Buffer.allocUnsafeSlow(4096)

/**
 * The text without white space at its ends.
 *
 * @throws the system's error when it cannot be read, or is not there.
 */
function readSysfsText(path: string): string {
  const descriptor = openSync(path, 'r')
  try {
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, 0)).trim()
  } finally {
    closeSync(descriptor)
  }
}

/** As `readSysfsText`; undefined when it cannot be read, whatever the reason. */
export function sysfsTextIfThere(path: string): string | undefined {
  try {
    return readSysfsText(path)
  } catch {
    return undefined
  }
}

/**
 * A whole number; `NaN` for any other text, and for a file that cannot be read; undefined when there is none, or the
 * driver says in place of it that it does not know (`<unknown>`, `<unsupported>`).
 */
export function readSysfsInteger(path: string): number | undefined {
  try {
    const text = readSysfsText(path)
    return text.startsWith('<') ? undefined : parseInteger(text)
  } catch (error) {
    return isNotThere(error) ? undefined : Number.NaN
  }
}

/** A whole number with or without a sign, white space around it; `NaN` for any other text. */
export function parseInteger(text: string): number {
  const trimmed = text.trim()
  return /^-?\d{1,20}$/.test(trimmed) ? Number(trimmed) : Number.NaN
}

/** What a folder holds; nothing when there is none. @throws the system's error when it is there and cannot be read. */
export function namesIfThere(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isNotThere(error)) return []
    throw error
  }
}

/** What a folder holds; nothing when it cannot be read, whatever the reason. */
export function namesIfReadable(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
