import { createRequire } from 'node:module'
import { join } from 'node:path'
import { FramewatchError } from '../../../model/errors.ts'
import type { Clock } from '../../../system/clock.ts'
import { exec } from '../../../system/exec.ts'
import { mkdtemp, readFile, rm, tmpdir, writeFile } from '../../../system/files.ts'
import type { LocalVideoOptions, VideoWarning } from '../../video-model.ts'
import { fontFileName } from './card.ts'
import { Font } from './font.ts'
import { planStoryboard } from './plan.ts'
import { buildRenderJob, type RenderJob } from './render-job.ts'

export interface StoryboardModelOptions {
  /** Finds ffmpeg; called once for each video. */
  readonly findFfmpegPath: () => string
  readonly clock: Clock
}

/** Plans and renders storyboards with one font, which is read once. */
export class StoryboardRenderer {
  readonly #options: StoryboardModelOptions
  readonly #font: LoadedFont

  private constructor(options: StoryboardModelOptions, font: LoadedFont) {
    this.#options = options
    this.#font = font
  }

  /** @throws FramewatchError `GENERATION_FAILED` when the font cannot be read. */
  static async open(options: StoryboardModelOptions): Promise<StoryboardRenderer> {
    return new StoryboardRenderer(options, await loadFont())
  }

  /** In a private directory, which is gone afterwards in all cases. */
  async render(request: LocalVideoOptions): Promise<{ readonly warnings: readonly VideoWarning[] }> {
    const { metrics, bytes } = this.#font
    const plan = planStoryboard(request, metrics)
    const job = buildRenderJob(plan)
    const folder = await mkdtemp(join(tmpdir(), 'framewatch-storyboard-'))
    try {
      await writeFile(join(folder, fontFileName), bytes)
      for (const file of job.files) await writeFile(join(folder, file.name), file.bytes)
      request.onStage('render_and_encode')
      await render(job, folder, request, this.#options)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    return { warnings: plan.warnings.map((message): VideoWarning => ({ type: 'other', message })) }
  }
}

interface LoadedFont {
  readonly metrics: Font
  readonly bytes: Uint8Array
}

/** The font comes with the package: a machine may have none, or others that would change the picture. */
async function loadFont(): Promise<LoadedFont> {
  try {
    const path = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf')
    const bytes = await readFile(path)
    return { metrics: Font.parse(bytes), bytes }
  } catch (cause) {
    const fact = 'The storyboard needs the optional dependency `dejavu-fonts-ttf`, which cannot be read'
    throw new FramewatchError('GENERATION_FAILED', fact, { cause })
  }
}

/** x264 gives the same result on every machine only with the same number of threads. */
const encoderThreads = '4'

async function render(
  job: RenderJob,
  folder: string,
  request: LocalVideoOptions,
  { clock, findFfmpegPath }: StoryboardModelOptions,
): Promise<void> {
  const { outputPath, frames, timeoutMs, abortSignal, onProgress } = request
  const quiet = ['-v', 'error', '-nostdin', '-nostats', '-progress', 'pipe:1', '-y']
  const graph = ['-filter_complex', job.filterGraph, '-map', '[video]', '-map', '[audio]']
  const video = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-threads', encoderThreads]
  const audio = ['-c:a', 'aac', '-b:a', '128k']
  const exact = ['-fflags', '+bitexact', '-flags:v', '+bitexact', '-flags:a', '+bitexact']
  const file = ['-movflags', '+faststart', '-f', 'mp4', `file:${outputPath}`]
  await exec(
    findFfmpegPath(),
    [...quiet, ...job.inputArgs, ...graph, ...video, ...audio, ...exact, ...file],
    {
      ...{ clock, timeoutMs, cwd: folder, signal: abortSignal },
      onLine(line) {
        const [, frame] = /^frame=\s*(\d+)$/.exec(line) ?? []
        if (frame !== undefined) onProgress(Math.min(frames, Number(frame)), frames)
      },
    },
  )
}
