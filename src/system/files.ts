/** The only door to the file system, other than the database files that `store/sqlite` opens. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  statfsSync,
  statSync,
} from 'node:fs'
import {
  link,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemCodeOf } from '../model/errors.ts'

export { tmpdir } from 'node:os'
export {
  accessSync,
  closeSync,
  constants,
  existsSync,
  link,
  mkdtemp,
  open,
  openSync,
  readdir,
  readdirSync,
  readFile,
  readFileSync,
  readlinkSync,
  readSync,
  realpath,
  realpathSync,
  rename,
  rm,
  stat,
  statfs,
  statfsSync,
  statSync,
  writeFile,
}

/**
 * Makes the names in a directory survive a power failure, as the content of a file does once it is synchronised.
 * Where directories cannot be synchronised (Windows), the file system sees to it.
 */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined)
  await directory?.sync().catch(() => undefined)
  await directory?.close()
}

/** True when this user may execute the file. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/**
 * Creates a directory and those above it. Not by `recursive: true`: where a file system answers ENOENT in a directory
 * that exists, as /proc does, Node then tries for ever.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const exists = await stat(path).catch(() => undefined)
    if (exists?.isDirectory()) return
    const parent = dirname(path)
    if (systemCodeOf(error) !== 'ENOENT' || parent === path) throw error
    await makeDirectory(parent)
    await mkdir(path).catch(ignoreExisting)
  }
}

/** Another one may have been quicker. */
function ignoreExisting(error: unknown): void {
  if (systemCodeOf(error) !== 'EEXIST') throw error
}
