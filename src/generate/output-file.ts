import { dirname, join, resolve } from 'node:path'
import { FramewatchError, messageOf, systemCodeOf } from '../model/errors.ts'
import { makeDirectory, open, rename, rm, stat } from '../system/files.ts'

/**
 * A video that is being written: it takes shape in a temporary file beside its path, so that the path never holds
 * half a video and what was there stays until a better one is complete.
 */
export class OutputFile {
  /** Absolute. */
  readonly path: string
  readonly temporaryPath: string

  private constructor(path: string, temporaryPath: string) {
    this.path = path
    this.temporaryPath = temporaryPath
  }

  /**
   * Creates missing directories and the empty temporary file.
   *
   * @param id - unique; part of the temporary file's name.
   * @throws FramewatchError `OUTPUT_UNWRITABLE`.
   */
  static async create(outputPath: string, id: string): Promise<OutputFile> {
    const path = resolve(outputPath)
    const temporaryPath = join(dirname(path), `.${id}.part`)
    try {
      await refuseUnlessReplaceable(path)
      await makeDirectory(dirname(path))
      await (await open(temporaryPath, 'wx')).close()
    } catch (cause) {
      throw unwritable(path, cause)
    }
    return new OutputFile(path, temporaryPath)
  }

  /** Puts the file in its place, at once. */
  async publish(): Promise<void> {
    try {
      await rename(this.temporaryPath, this.path)
    } catch (cause) {
      throw unwritable(this.path, cause)
    }
  }

  /** Keeps a file that is no video for inspection, under a name that says so; returns where, when it could be. */
  async setAside(): Promise<string | undefined> {
    const asidePath = `${this.path}.invalid`
    return rename(this.temporaryPath, asidePath).then(
      () => asidePath,
      () => undefined,
    )
  }

  /** Removes the temporary file, if it is still there. Never rejects. */
  async discard(): Promise<void> {
    await rm(this.temporaryPath, { force: true }).catch(() => undefined)
  }
}

/** A directory cannot be replaced by a file, and a device must not be. */
async function refuseUnlessReplaceable(path: string): Promise<void> {
  const existing = await stat(path).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (existing && !existing.isFile()) throw new Error('it exists and is not a file')
}

function unwritable(path: string, cause: unknown): FramewatchError {
  return new FramewatchError('OUTPUT_UNWRITABLE', `Cannot write "${path}": ${messageOf(cause)}`, {
    details: { path, systemCode: systemCodeOf(cause) },
    cause,
  })
}
