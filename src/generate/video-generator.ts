/**
 * The instrumented generator: a prompt flows in; a video file flows out, with the facts of that file as ffprobe sees
 * it, and the life of the generation flows to a monitor when there is one. It never leaves half a video behind, and
 * behaves the same without a monitor, or with one that throws.
 */

import { type FfmpegTools, findFfmpeg } from '../media/ffmpeg.ts'
import { probeVideo, type VideoFacts } from '../media/probe.ts'
import { FramewatchError, isFramewatchError, messageOf } from '../model/errors.ts'
import type { GenerationRequest } from '../model/generation.ts'
import { type Clock, systemClock } from '../system/clock.ts'
import { IdMaker, type Random, systemRandom } from '../system/random.ts'
import { Cancellation } from './cancellation.ts'
import { type GeneratorSettings, resolveConfig } from './config.ts'
import type { Fetch } from './download.ts'
import { GenerationReport, type GenerationTimings } from './generation-report.ts'
import { parseGeneratorOptions, type VideoGeneratorOptions } from './generator-options.ts'
import { storyboardModel } from './models/storyboard.ts'
import type { GenerationMonitor } from './monitor.ts'
import { OutputFile } from './output-file.ts'
import { decideParameters, type VideoParameters } from './parameters.ts'
import { recordedRequest } from './recorded-request.ts'
import { type GenerateVideoOptions, parseRequest } from './request.ts'
import { runModel } from './run-model.ts'
import type { VideoModel, VideoWarning } from './video-model.ts'

export type { VideoGeneratorOptions }

/** The produced file. */
export interface GeneratedOutput extends VideoFacts {
  /** Absolute. */
  readonly path: string
}

/** A video that was generated. */
export interface GeneratedVideo {
  /** The id under which the monitor has recorded it, when there is one. */
  readonly id: string
  readonly model: string
  /** Undefined when the provider chose it. */
  readonly seed?: number
  readonly output: GeneratedOutput
  readonly timings: GenerationTimings
  /** What could not be done as asked. */
  readonly warnings: readonly VideoWarning[]
}

/** A request that was found valid, with what was decided for it. */
interface AcceptedRequest {
  readonly request: GenerateVideoOptions
  readonly model: VideoModel
  readonly parameters: VideoParameters
}

/** Generates videos, any number at a time. */
export class VideoGenerator {
  readonly #settings: GeneratorSettings
  readonly #monitor: GenerationMonitor | undefined
  readonly #fetch: Fetch
  readonly #clock: Clock
  readonly #random: Random
  readonly #ids: IdMaker
  /** The models that a name stands for. */
  readonly #models: Readonly<Record<GeneratorSettings['model'], VideoModel>>
  readonly #model: VideoModel
  #tools: FfmpegTools | undefined

  /**
   * Does no I/O, other than reading `configPath`.
   *
   * @throws FramewatchError `CONFIG_INVALID`, `CONFIG_FILE_NOT_FOUND`, `CONFIG_SYNTAX`.
   */
  constructor(options: VideoGeneratorOptions = {}) {
    const given = parseGeneratorOptions(options)
    this.#settings = resolveConfig(given)
    this.#monitor = given.monitoringService
    this.#fetch = given.fetch ?? ((...args) => fetch(...args))
    this.#clock = given.clock ?? systemClock()
    this.#random = given.random ?? systemRandom()
    this.#ids = new IdMaker('gen', this.#random)
    const findFfmpegPath = () => this.#findTools().ffmpegPath
    this.#models = { storyboard: storyboardModel({ findFfmpegPath, clock: this.#clock }) }
    this.#model = given.model ?? this.#models[this.#settings.model]
  }

  /**
   * Generates one video. Stages: `prepare` (output file, ffmpeg), those of the model, `probe`.
   *
   * @throws FramewatchError `GENERATION_INVALID`, `OUTPUT_UNWRITABLE`, `FFMPEG_NOT_FOUND`, `GENERATION_FAILED`,
   *   `GENERATION_TIMED_OUT`, `GENERATION_ABORTED`, `OUTPUT_INVALID`.
   */
  async generateVideo(options: GenerateVideoOptions): Promise<GeneratedVideo> {
    const { request, model, parameters } = this.#accept(options)
    const report = this.#report(recordedRequest(request, model, parameters), request.onProgress)
    const cancellation = new Cancellation(this.#clock, this.#settings.timeoutMs, request.abortSignal)
    try {
      const { signal } = cancellation
      const { output, warnings } = await this.#produce(request, model, parameters, report, signal)
      report.complete(output)
      return {
        id: report.id,
        model: model.modelId,
        seed: parameters.seed,
        output,
        timings: report.timings(),
        warnings,
      }
    } catch (error) {
      throw this.#conclude(error, model, report, cancellation)
    } finally {
      cancellation.dispose()
    }
  }

  /** A bad request is recorded too, as rejected: it says nothing about the model, so it is no error of the system. */
  #accept(options: GenerateVideoOptions): AcceptedRequest {
    try {
      const request = parseRequest(options)
      const named = request.model ?? this.#model
      const model = typeof named === 'string' ? this.#models[named] : named
      return { request, model, parameters: decideParameters(request, this.#settings, model, this.#random) }
    } catch (error) {
      const record = recordedRequest(options, this.#model, undefined)
      this.#report({ ...record, queued: true }, undefined).reject(messageOf(error))
      throw error
    }
  }

  #report(request: GenerationRequest, onProgress: GenerateVideoOptions['onProgress']): GenerationReport {
    const ownId = this.#ids.next(this.#clock.nowMs())
    return new GenerationReport({ request, onProgress, monitor: this.#monitor, clock: this.#clock, ownId })
  }

  async #produce(
    request: GenerateVideoOptions,
    model: VideoModel,
    parameters: VideoParameters,
    report: GenerationReport,
    signal: AbortSignal,
  ): Promise<{ output: GeneratedOutput; warnings: readonly VideoWarning[] }> {
    report.stage('prepare')
    signal.throwIfAborted()
    const file = await OutputFile.create(request.outputPath, this.#ids.next(this.#clock.nowMs()))
    try {
      const { ffprobePath } = this.#findTools()
      const warnings = await runModel(model, {
        ...parameters,
        ...{ prompt: request.prompt, providerOptions: request.providerOptions ?? {}, signal },
        ...{ outputPath: file.temporaryPath, clock: this.#clock, fetch: this.#fetch },
        timeoutMs: this.#settings.timeoutMs,
        pollIntervalMs: this.#settings.pollIntervalMs,
        maxVideoBytes: this.#settings.maxVideoBytes,
        onStage: (name) => report.stage(name),
        onProgress: (completedSteps, totalSteps) => report.progress(completedSteps, totalSteps),
      })
      report.stage('probe')
      const facts = await this.#probe(file, ffprobePath, signal)
      signal.throwIfAborted()
      await file.publish()
      return { output: { path: file.path, ...facts }, warnings }
    } finally {
      await file.discard()
    }
  }

  async #probe(file: OutputFile, ffprobePath: string, signal: AbortSignal): Promise<VideoFacts> {
    try {
      return await probeVideo(file.temporaryPath, { ffprobePath, clock: this.#clock, signal })
    } catch (cause) {
      if (!isFramewatchError(cause, 'OUTPUT_INVALID')) throw cause
      const keptPath = await file.setAside()
      const kept = keptPath === undefined ? '' : `; it is kept as "${keptPath}"`
      throw new FramewatchError(
        'OUTPUT_INVALID',
        `The model wrote no readable video for "${file.path}"${kept}`,
        {
          details: { path: file.path, keptPath },
          cause,
        },
      )
    }
  }

  /** Records how a generation ended and returns the error the caller gets. The monitor gets the original one. */
  #conclude(
    error: unknown,
    model: VideoModel,
    report: GenerationReport,
    cancellation: Cancellation,
  ): FramewatchError {
    const { timeoutMs } = this.#settings
    if (cancellation.cause === 'abort') {
      report.cancel(messageOf(error))
      return new FramewatchError('GENERATION_ABORTED', 'The generation was aborted', { cause: error })
    }
    if (cancellation.cause === 'timeout') {
      const fact = `Model "${model.modelId}" was stopped after the time limit of ${timeoutMs} ms`
      report.timeOut(fact)
      return new FramewatchError('GENERATION_TIMED_OUT', fact, { details: { timeoutMs }, cause: error })
    }
    report.fail(error)
    // What a child process or a provider says is the model's own error; the rest already names its own cause.
    if (isFramewatchError(error) && error.code !== 'PROCESS_FAILED') return error
    const fact = `Model "${model.modelId}" failed: ${messageOf(error).replace(/\.$/, '')}`
    return new FramewatchError('GENERATION_FAILED', fact, { cause: error })
  }

  #findTools(): FfmpegTools {
    this.#tools ??= findFfmpeg(this.#settings)
    return this.#tools
  }
}
