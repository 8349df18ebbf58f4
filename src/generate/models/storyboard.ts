/**
 * The local model: it turns a prompt into a real film of text cards over moving scenery, with sound, by ffmpeg
 * alone: no GPU, no network. The prompt never meets a shell or the arguments of a program.
 *
 * Its stages are honest: `plan` divides the prompt into scenes and draws their shapes; `render_and_encode` is one
 * pass of ffmpeg that composes every frame and compresses it, its steps are frames.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { FramewatchError } from '../../model/errors.ts'
import type { Clock } from '../../system/clock.ts'
import { exec } from '../../system/exec.ts'
import { mkdtemp, readFile, rm, tmpdir, writeFile } from '../../system/files.ts'
import type { LocalVideoModel, LocalVideoOptions, VideoWarning } from '../video-model.ts'
import { fontFileName } from './storyboard/card.ts'
import { Font } from './storyboard/font.ts'
import { planStoryboard } from './storyboard/plan.ts'
import { buildRenderJob, type RenderJob } from './storyboard/render-job.ts'

export interface StoryboardModelOptions {
  /** Finds ffmpeg; called once for each video. */
  readonly findFfmpegPath: () => string
  readonly clock: Clock
}

/** Makes the model. It does nothing until it is asked for a video. */
export function storyboardModel(options: StoryboardModelOptions): LocalVideoModel {
  let font: LoadedFont | undefined
  return {
    provider: 'ffmpeg',
    modelId: 'storyboard',
    defaults: { width: 640, height: 360, fps: 24, durationSeconds: 4 },
    async doGenerateToFile(request) {
      request.onStage('plan')
      font ??= await loadFont()
      const { metrics, bytes } = font
      const plan = planStoryboard(request, metrics)
      const job = buildRenderJob(plan)
      const folder = await mkdtemp(join(tmpdir(), 'framewatch-storyboard-'))
      try {
        await writeFile(join(folder, fontFileName), bytes)
        for (const file of job.files) await writeFile(join(folder, file.name), file.bytes)
        request.onStage('render_and_encode')
        await render(job, folder, request, options)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
      return { warnings: plan.warnings.map((message): VideoWarning => ({ type: 'other', message })) }
    },
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
