import { lazySchema } from '../config/lazy-schema.ts'
import { parseOptions } from '../config/validate.ts'
import type { Clock } from '../system/clock.ts'
import type { Random } from '../system/random.ts'
import type { VideoGeneratorConfig } from './config.ts'
import type { Fetch } from './download.ts'
import type { GenerationMonitor } from './monitor.ts'
import { isVideoModel, type VideoModel } from './video-model.ts'

export interface VideoGeneratorOptions {
  /** A YAML file with the keys of `VideoGeneratorConfig`. Not together with `config`. */
  readonly configPath?: string
  readonly config?: VideoGeneratorConfig
  /** Any video model of the AI SDK, or a local one. @default the configuration's */
  readonly model?: VideoModel
  /** Usually a `MonitoringService`. @default none: generations are not recorded */
  readonly monitoringService?: GenerationMonitor
  /** Fetches the videos of hosted models. @default the global one */
  readonly fetch?: Fetch
  readonly clock?: Clock
  readonly random?: Random
}

const optionsSchema = lazySchema((z) => {
  const given = <T>(isValid: (value: unknown) => boolean, expected: string) =>
    z.custom<T>(isValid, { error: `expected ${expected}` }).optional()
  return z.strictObject({
    configPath: given<string>((path) => typeof path === 'string' && path !== '', 'a path'),
    // Its own schema looks inside, and names its keys.
    config: given<VideoGeneratorConfig>(() => true, 'a configuration'),
    model: given<VideoModel>(isVideoModel, 'a video model'),
    monitoringService: given<GenerationMonitor>(has('startGeneration'), 'a service with `startGeneration`'),
    fetch: given<Fetch>((fetch) => typeof fetch === 'function', 'a function'),
    clock: given<Clock>(has('nowMs', 'monotonicMs', 'setTimer'), 'a clock'),
    random: given<Random>(has('next'), 'a source of chance'),
  })
})

function has(...methods: string[]): (value: unknown) => boolean {
  return (value) => methods.every((method) => typeof Reflect.get(Object(value), method) === 'function')
}

/**
 * Validates the options of a `VideoGenerator`, but for the inside of `config`.
 *
 * @throws FramewatchError `CONFIG_INVALID`.
 */
export function parseGeneratorOptions(options: unknown): VideoGeneratorOptions {
  return parseOptions(optionsSchema(), options, { label: 'VideoGenerator options' })
}
