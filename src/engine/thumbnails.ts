import { join } from 'node:path'
import type { GenerationRecord } from '../model/generation.ts'
import { type Clock, isoTime, sleep } from '../system/clock.ts'
import { makeDirectory, readdir, rm, stat } from '../system/files.ts'
import type { QualitySettings } from './quality-options.ts'

const fileNames = ['poster.jpg', ...[1, 2, 3, 4, 5].map((number) => `strip-${number}.jpg`)]
const dayPattern = /^\d{4}-\d\d-\d\d$/
/** Ids are ours; a name that is not like one is no part of a path. */
const idPattern = /^\w{1,100}$/
/** Folders that are looked at before other work has its turn. */
const foldersPerBatch = 50

/**
 * Pictures of checked outputs: `<baseDir>/thumbnails/<day of its end, UTC>/<generation id>/`. They are kept for so many days, and the
 * newest of them as far as they fit in so many bytes.
 */
export class Thumbnails {
  readonly #folder: string
  readonly #settings: QualitySettings['thumbnails']
  readonly #clock: Clock

  constructor(baseDir: string, settings: QualitySettings['thumbnails'], clock: Clock) {
    this.#folder = join(baseDir, 'thumbnails')
    this.#settings = settings
    this.#clock = clock
  }

  /** An existing folder for those of a generation; undefined when there are to be none, or it cannot be made. */
  async prepare(record: GenerationRecord): Promise<string | undefined> {
    const folder = this.#settings.enabled ? this.#folderOf(record) : undefined
    if (folder === undefined) return undefined
    return makeDirectory(folder).then(
      () => folder,
      () => undefined,
    )
  }

  /** Absolute paths of those that exist: the poster, then the strip in the order of time. */
  async pathsOf(record: GenerationRecord): Promise<readonly string[]> {
    const folder = this.#folderOf(record)
    if (folder === undefined) return []
    const names = await namesIn(folder)
    return fileNames.filter((name) => names.includes(name)).map((name) => join(folder, name))
  }

  /** Deletes what is too old or too much. What cannot be deleted is tried again the next time. */
  async sweep(nowMs: number, signal: AbortSignal): Promise<void> {
    const firstDay = isoTime(nowMs - this.#settings.retentionMs).slice(0, 10)
    const today = isoTime(nowMs).slice(0, 10)
    const days = (await namesIn(this.#folder)).filter((name) => dayPattern.test(name)).sort()
    let bytes = 0
    let looked = 0
    for (const day of days.toReversed()) {
      const dayFolder = join(this.#folder, day)
      if (day < firstDay) {
        await remove(dayFolder)
        continue
      }
      const ids = (await namesIn(dayFolder)).filter((name) => idPattern.test(name)).sort()
      let kept = 0
      // Ids sort by time: the newest are kept.
      for (const id of ids.toReversed()) {
        if (signal.aborted) return
        if (++looked % foldersPerBatch === 0) await sleep(this.#clock, 0)
        const folder = join(dayFolder, id)
        bytes += await sizeOf(folder)
        if (bytes > this.#settings.maxBytes) await remove(folder)
        else kept += 1
      }
      // Today's may be about to be filled.
      if (kept === 0 && day < today) await remove(dayFolder)
    }
  }

  #folderOf({ id, endedAtMs }: GenerationRecord): string | undefined {
    if (!idPattern.test(id) || endedAtMs === undefined) return undefined
    return join(this.#folder, isoTime(endedAtMs).slice(0, 10), id)
  }
}

/** A folder that is not there has none. */
async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}

async function sizeOf(folder: string): Promise<number> {
  const sizes = (await namesIn(folder)).map((name) =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined)
}
