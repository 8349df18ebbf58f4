import { isoTime } from '../../system/clock.ts'
import { existsSync, rename, syncDirectory } from '../../system/files.ts'
import { storeFile } from './base-dir.ts'
import { toOpenError } from './sqlite-error.ts'

/** Why a store is set aside: a part of its new name. */
export type AsideLabel = 'damaged' | 'before-restore' | 'before-repair'

/**
 * The log goes first: were it found beside another database, SQLite would apply it to that one. A crash in between
 * leaves the database without its newest writes, and sound.
 */
export const storeEndings = ['-journal', '-wal', '-shm', ''] as const

/**
 * Renames the store of a `baseDir` and its log, if there is one, to `framewatch.sqlite.<label>-<UTC time>`: a name
 * that no file has. Nothing is deleted. The caller holds the lock of the writer, and no connection is open.
 *
 * @returns the new path; undefined when there is no store.
 * @throws FramewatchError `BASE_DIR_UNWRITABLE`, `STORE_WRITE_FAILED`.
 */
export async function setStoreAside(
  baseDir: string,
  label: AsideLabel,
  nowMs: number,
): Promise<string | undefined> {
  const path = storeFile(baseDir)
  if (!storeEndings.some((ending) => existsSync(path + ending))) return undefined
  const aside = freeName(`${path}.${label}-${isoTime(nowMs).slice(0, 19).replace(/[-:]/g, '')}Z`)
  try {
    for (const ending of storeEndings)
      if (existsSync(path + ending)) await rename(path + ending, aside + ending)
    await syncDirectory(baseDir)
  } catch (cause) {
    throw toOpenError(cause, path, 'STORE_WRITE_FAILED')
  }
  return aside
}

/**
 * Puts a whole file, which is on the disk, in the place of the store of a `baseDir`; that one is set aside.
 *
 * @returns where the store is now that was there; undefined when there was none.
 * @throws as `setStoreAside`.
 */
export async function replaceStore(
  baseDir: string,
  newPath: string,
  label: AsideLabel,
  nowMs: number,
): Promise<string | undefined> {
  const aside = await setStoreAside(baseDir, label, nowMs)
  const path = storeFile(baseDir)
  try {
    await rename(newPath, path)
    await syncDirectory(baseDir)
  } catch (cause) {
    throw toOpenError(cause, path, 'STORE_WRITE_FAILED')
  }
  return aside
}

function freeName(wanted: string): string {
  let name = wanted
  for (let count = 2; storeEndings.some((ending) => existsSync(name + ending)); count++)
    name = `${wanted}-${count}`
  return name
}
