import { join } from 'node:path'
import { FramewatchError, messageOf, systemCodeOf } from '../../model/errors.ts'
import { accessSync, constants, makeDirectory, statSync } from '../../system/files.ts'

/** The database file; SQLite keeps its log beside it as `-wal` and `-shm`. */
export function storeFile(baseDir: string): string {
  return join(baseDir, 'framewatch.sqlite')
}

/** The file whose lock says who writes. */
export function lockFile(baseDir: string): string {
  return join(baseDir, 'framewatch.lock')
}

/**
 * Makes `baseDir` when it is missing, with its parents.
 *
 * @throws FramewatchError `BASE_DIR_UNWRITABLE`, or `STORE_DISK_FULL` when there is no room for a directory.
 */
export async function prepareBaseDir(baseDir: string): Promise<void> {
  try {
    await makeDirectory(baseDir)
    accessSync(baseDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOSPC')
      throw new FramewatchError('STORE_DISK_FULL', `Cannot create \`baseDir\` "${baseDir}"`, { cause })
    const fact = `Cannot write to \`baseDir\` "${baseDir}": ${messageOf(cause)}`
    throw new FramewatchError('BASE_DIR_UNWRITABLE', fact, {
      details: { key: 'baseDir', value: baseDir },
      cause,
    })
  }
}

/** The size of a file, in bytes; undefined when there is none. @throws what `stat` throws when it may not look. */
export function fileSizeBytes(path: string): number | undefined {
  try {
    return statSync(path).size
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

/** What tells a file from another of the same path; undefined when there is none. */
export function fileId(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.ino
  } catch {
    // What may not be looked at is told by whoever opens it.
    return undefined
  }
}
