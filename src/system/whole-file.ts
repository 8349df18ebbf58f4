/** Files that get their name only when they are whole and on the disk, whatever happens meanwhile. */
import { dirname } from 'node:path'
import { FramewatchError, isFramewatchError, messageOf, systemCodeOf } from '../model/errors.ts'
import { link, open, rename, rm, statSync, syncDirectory } from './files.ts'

/**
 * Makes a file: `fill` writes it under a temporary name in the same directory, and it gets its own when all of it is
 * on the disk. When anything fails, there is no file, and one that was there before is as it was.
 *
 * @param fill - is given a path at which there is no file.
 * @throws FramewatchError `FILE_EXISTS` when there is one and `replace` is false; `FILE_UNWRITABLE`; what `fill` throws
 *   of its own.
 */
export async function writeWholeFile<T>(
  path: string,
  { replace }: { readonly replace: boolean },
  fill: (temporaryPath: string) => Promise<T>,
): Promise<T> {
  try {
    requireReplaceable(path, replace)
  } catch (cause) {
    throw isFramewatchError(cause) ? cause : unwritable(path, messageOf(cause), cause)
  }
  const temporaryPath = `${path}.${process.pid}.tmp`
  try {
    await rm(temporaryPath, { force: true })
    const result = await fill(temporaryPath)
    await syncFile(temporaryPath)
    await (replace ? rename(temporaryPath, path) : giveName(temporaryPath, path))
    await syncDirectory(dirname(path))
    return result
  } catch (cause) {
    await rm(temporaryPath, { force: true }).catch(() => undefined)
    throw isFramewatchError(cause) ? cause : unwritable(path, messageOf(cause), cause)
  }
}

/** Waits until the content is on the disk. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** @param reason - without a final full stop. */
export function unwritable(path: string, reason: string, cause?: unknown): FramewatchError {
  return new FramewatchError('FILE_UNWRITABLE', `Cannot write "${path}": ${reason}`, {
    details: { path },
    cause,
  })
}

/** What is no plain file, a device for one, is never replaced: the rename would put a file in its place. */
function requireReplaceable(path: string, replace: boolean): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return
  if (!replace) throw exists(path)
  if (!found.isFile()) throw unwritable(path, 'it is no plain file')
}

/** Unlike a rename, a link never replaces what another process put there meanwhile. */
async function giveName(temporaryPath: string, path: string): Promise<void> {
  try {
    await link(temporaryPath, path)
    await rm(temporaryPath)
  } catch (cause) {
    if (systemCodeOf(cause) === 'EEXIST') throw exists(path)
    // Some file systems have no links.
    requireReplaceable(path, false)
    await rename(temporaryPath, path)
  }
}

function exists(path: string): FramewatchError {
  return new FramewatchError('FILE_EXISTS', `"${path}" exists`, { details: { path } })
}
