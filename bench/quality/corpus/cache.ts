/** Clips as files: made once, found again. */
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CleanClipSpec, renderClean } from './clips.ts'
import { encodeClip } from './encode.ts'

export interface RenderedClip {
  readonly spec: CleanClipSpec
  readonly path: string
}

export interface CacheOptions {
  /** @default a folder of the system's temporary one */
  readonly folder?: string
  /** Clips at once. @default 1 */
  readonly parallel?: number
  readonly ffmpegPath?: string
  /** After each clip; `isNew`: it was not there before. */
  readonly onClip?: (clip: RenderedClip, isNew: boolean, done: number) => void
}

export const defaultFolder = join(tmpdir(), 'framewatch-clips')

/**
 * Makes sure that every clip is there. Beside them `manifest.json` tells what each is.
 *
 * The name of a file says nothing of how scenes are painted: empty the folder when they have changed.
 */
export async function renderAll(
  specs: readonly CleanClipSpec[],
  options: CacheOptions = {},
): Promise<readonly RenderedClip[]> {
  const { folder = defaultFolder, parallel = 1, onClip } = options
  await mkdir(folder, { recursive: true })
  const clips = specs.map((spec) => ({ spec, path: join(folder, `${spec.id}.${spec.encoding.container}`) }))
  const waiting = clips.values()
  let done = 0
  const work = async () => {
    for (const clip of waiting) {
      const isNew = !existsSync(clip.path)
      if (isNew) await renderTo(clip, options.ffmpegPath)
      onClip?.(clip, isNew, ++done)
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  await replace(join(folder, 'manifest.json'), (path) => writeFile(path, JSON.stringify(clips, null, 1)))
  return clips
}

async function renderTo({ spec, path }: RenderedClip, ffmpegPath: string | undefined): Promise<void> {
  const encoding = ffmpegPath === undefined ? spec.encoding : { ...spec.encoding, ffmpegPath }
  await replace(path, (partial) => encodeClip(renderClean(spec), partial, encoding))
}

/** A file is there whole or not at all. */
async function replace(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  const partial = `${path}.${process.pid}.partial`
  try {
    await write(partial)
    await rename(partial, path)
  } finally {
    await rm(partial, { force: true })
  }
}
