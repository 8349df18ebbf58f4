import { requireOutsideStore } from '../../store/sqlite/backup.ts'
import { writeFile } from '../../system/files.ts'
import { writeWholeFile } from '../../system/whole-file.ts'

/**
 * Writes a report that was rendered into a file, which gets its name when all of it is there.
 *
 * @param options - `baseDir`: of the store, none of whose files is ever replaced; `replace`: whether another one is.
 * @throws FramewatchError `FILE_EXISTS`, `FILE_UNWRITABLE`.
 */
export function writeReportFile(
  text: string,
  path: string,
  { baseDir, replace }: { readonly baseDir: string; readonly replace: boolean },
): Promise<{ readonly path: string; readonly sizeBytes: number }> {
  requireOutsideStore(baseDir, path)
  return writeWholeFile(path, { replace }, async (temporaryPath) => {
    await writeFile(temporaryPath, text, { flag: 'wx' })
    return { path, sizeBytes: Buffer.byteLength(text) }
  })
}
