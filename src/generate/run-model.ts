/**
 * Runs a model: a prompt and parameters flow in; a file on disk flows out. Stages of a hosted model say what this
 * side can see: `generate` (one call that returns when the provider is done) or `submit` and `wait` (asked again
 * and again), then `download` or `write`. What the provider does meanwhile is not guessed.
 */
import { FramewatchError } from '../model/errors.ts'
import { type Clock, sleep } from '../system/clock.ts'
import { writeFile } from '../system/files.ts'
import { downloadVideo, type Fetch, tooLarge } from './download.ts'
import { isComplete, type VideoParameters } from './parameters.ts'
import {
  type HostedVideoModel,
  isLocalModel,
  type LocalVideoModel,
  type ProviderOptions,
  type VideoModel,
  type VideoWarning,
} from './video-model.ts'

/** One run of a model. */
export interface ModelRun extends VideoParameters {
  readonly prompt: string
  readonly providerOptions: ProviderOptions
  /** Overwritten. */
  readonly outputPath: string
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly pollIntervalMs: number
  readonly maxVideoBytes: number
  readonly clock: Clock
  readonly fetch: Fetch
  readonly onStage: (name: string) => void
  readonly onProgress: (completedSteps: number, totalSteps: number) => void
}

type HostedResult = Awaited<ReturnType<NonNullable<HostedVideoModel['doGenerate']>>>
type HostedVideo = HostedResult['videos'][number]
type DoStatus = NonNullable<Extract<HostedVideoModel, { specificationVersion: 'v4' }>['doStatus']>
type Operation = Parameters<DoStatus>[0]['operation']
type HostedAnswer = Pick<HostedResult, 'videos' | 'warnings'>

/**
 * Runs a model of any kind to its end. Rejects with the reason of the signal when it aborts, with the model's own
 * error when it fails.
 *
 * @throws FramewatchError `GENERATION_FAILED` when a hosted model returns no video, or none that can be fetched.
 */
export async function runModel(model: VideoModel, run: ModelRun): Promise<readonly VideoWarning[]> {
  if (isLocalModel(model)) return runLocal(model, run)
  const { videos, warnings } = await askProvider(model, run)
  const [video] = videos
  if (!video) throw new FramewatchError('GENERATION_FAILED', `Model "${model.modelId}" returned no video`)
  await saveVideo(video, run)
  return warnings
}

async function runLocal(model: LocalVideoModel, run: ModelRun): Promise<readonly VideoWarning[]> {
  if (!isComplete(run)) throw new TypeError('A local model needs every parameter')
  const { prompt, outputPath, width, height, fps, frames, seed, providerOptions, signal, timeoutMs } = run
  const { warnings } = await model.doGenerateToFile({
    ...{ prompt, outputPath, width, height, fps, frames, seed, providerOptions, timeoutMs },
    ...{ abortSignal: signal, onStage: run.onStage, onProgress: run.onProgress },
  })
  return warnings
}

async function askProvider(model: HostedVideoModel, run: ModelRun): Promise<HostedAnswer> {
  const options = callOptions(run)
  if (model.specificationVersion === 'v4' && model.doStart && model.doStatus) {
    run.onStage('submit')
    const started = await untilAborted(model.doStart(options), run.signal)
    run.onStage('wait')
    const { videos, warnings } = await pollProvider(model, model.doStatus.bind(model), started.operation, run)
    return { videos, warnings: [...started.warnings, ...warnings] }
  }
  if (!model.doGenerate)
    throw new FramewatchError('GENERATION_FAILED', `Model "${model.modelId}" has no way to generate`)
  run.onStage('generate')
  return untilAborted(model.doGenerate(options), run.signal)
}

function callOptions({
  prompt,
  width,
  height,
  fps,
  durationSeconds,
  seed,
  providerOptions,
  signal,
}: ModelRun) {
  const resolution: `${number}x${number}` | undefined =
    width === undefined || height === undefined ? undefined : `${width}x${height}`
  return {
    ...{ prompt, n: 1, resolution, fps, seed, providerOptions },
    duration: durationSeconds,
    abortSignal: signal,
    aspectRatio: undefined,
    image: undefined,
    frameImages: undefined,
    inputReferences: undefined,
    generateAudio: undefined,
  }
}

/** Asks until the provider is done. Its end is bounded by the signal, which carries the time limit. */
async function pollProvider(
  model: HostedVideoModel,
  doStatus: DoStatus,
  operation: Operation,
  run: ModelRun,
): Promise<HostedAnswer> {
  for (;;) {
    const status = await untilAborted(doStatus({ operation, abortSignal: run.signal }), run.signal)
    if (status.status === 'completed') return status
    if (status.status === 'error')
      throw new FramewatchError('GENERATION_FAILED', `Model "${model.modelId}" failed: ${status.error}`)
    await sleep(run.clock, run.pollIntervalMs, run.signal)
  }
}

async function saveVideo(video: HostedVideo, run: ModelRun): Promise<void> {
  const { outputPath, maxVideoBytes, fetch, signal, onProgress } = run
  if (video.type === 'uploaded') {
    const fact = 'The model delivered the video to a storage of its own choice, so there is none to write'
    throw new FramewatchError('GENERATION_FAILED', fact)
  }
  if (video.type === 'url') {
    run.onStage('download')
    return downloadVideo(video.url, { outputPath, maxBytes: maxVideoBytes, fetch, signal, onProgress })
  }
  run.onStage('write')
  const bytes = video.type === 'base64' ? Buffer.from(video.data, 'base64') : video.data
  if (bytes.byteLength > maxVideoBytes) throw tooLarge(maxVideoBytes)
  await writeFile(outputPath, bytes, { signal })
}

/** A provider may not heed the signal; this side does not wait for it any longer. */
function untilAborted<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).then(() => signal.removeEventListener('abort', onAbort))
  })
}
