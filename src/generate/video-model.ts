import type {
  Experimental_VideoModelV3,
  Experimental_VideoModelV4,
  SharedV4ProviderOptions,
  SharedV4Warning,
} from '@ai-sdk/provider'

/** Options of one provider each, by provider name: passed through to the model. */
export type ProviderOptions = SharedV4ProviderOptions

/** What a model could not do as asked, in the form of the AI SDK. */
export type VideoWarning = SharedV4Warning

/** Any video model of the AI SDK, of specification `v3` or `v4`. */
export type HostedVideoModel = Experimental_VideoModelV3 | Experimental_VideoModelV4

/** What a local model is asked for: everything is decided. */
export interface LocalVideoOptions {
  readonly prompt: string
  /** Where to write; the file exists, is empty, and is to be overwritten in place. */
  readonly outputPath: string
  /** Pixels; even. */
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly frames: number
  /** 0 up to 2^32 - 1. The same seed and options give the same video. */
  readonly seed: number
  readonly providerOptions: ProviderOptions
  /** When it aborts, the model must reject soon, and leave no process and no other file behind. */
  readonly abortSignal: AbortSignal
  /** The abort signal aborts after this long. */
  readonly timeoutMs: number
  /** A stage starts, the one before it ends. Never throws. */
  readonly onStage: (name: string) => void
  /** Steps done in this stage. Never throws. */
  readonly onProgress: (completedSteps: number, totalSteps: number) => void
}

/** The values of the parameters that a request and the configuration leave open. */
export interface VideoDefaults {
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly durationSeconds: number
}

/**
 * A model that runs on this machine: unlike a hosted one it writes straight to disk, and can say truly which stage
 * it is in and how many steps are done.
 */
export interface LocalVideoModel {
  /** The engine it runs on. */
  readonly provider: string
  readonly modelId: string
  readonly defaults: VideoDefaults
  doGenerateToFile(options: LocalVideoOptions): Promise<{ readonly warnings: readonly VideoWarning[] }>
}

/** Whatever turns a prompt into a video. */
export type VideoModel = HostedVideoModel | LocalVideoModel

export function isLocalModel(model: VideoModel): model is LocalVideoModel {
  return 'doGenerateToFile' in model
}

/** True when the value has the methods of a model of either kind. */
export function isVideoModel(value: unknown): value is VideoModel {
  if (typeof value !== 'object' || value === null) return false
  const has = (name: string) => typeof Reflect.get(value, name) === 'function'
  const canRun = has('doGenerateToFile') || has('doGenerate') || (has('doStart') && has('doStatus'))
  return canRun && typeof Reflect.get(value, 'modelId') === 'string'
}
