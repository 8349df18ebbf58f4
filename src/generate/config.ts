import { loadConfigFile } from '../config/config-file.ts'
import { lazySchema } from '../config/lazy-schema.ts'
import { parseOptions } from '../config/validate.ts'
import { FramewatchError } from '../model/errors.ts'
import { parameterShape, wholeNumber } from './parameters.ts'

/** The configuration of a `VideoGenerator`, and the keys of its YAML file. */
export interface VideoGeneratorConfig {
  /** The model that runs when neither the constructor nor the call names one. @default 'storyboard' */
  readonly model?: 'storyboard'
  /** Pixels; even, from 128 to 4096. @default the model's own: 640 for the storyboard */
  readonly width?: number
  /** Pixels; even, from 128 to 4096. @default the model's own: 360 for the storyboard */
  readonly height?: number
  /** Whole frames per second, from 1 to 60. @default the model's own: 24 for the storyboard */
  readonly fps?: number
  /** Above 0, up to 3600. @default the model's own: 4 for the storyboard */
  readonly durationSeconds?: number
  /** A generation is stopped after this long. **Minimum**: 1. **Maximum**: 86400000. @default 1800000 */
  readonly timeoutMs?: number
  /** Time between two questions to a hosted model. **Minimum**: 1. **Maximum**: 3600000. @default 2000 */
  readonly pollIntervalMs?: number
  /** A hosted model's video may be no larger. **Minimum**: 1. @default 2147483648 */
  readonly maxVideoBytes?: number
  /** @default the ffmpeg on the PATH, else the bundled one */
  readonly ffmpegPath?: string
  /** @default the ffprobe on the PATH, else the bundled one */
  readonly ffprobePath?: string
}

const configSchema = lazySchema((z) => {
  const path = z.string({ error: 'expected a path' }).min(1, { error: 'expected a path' })
  return z.strictObject({
    ...parameterShape(z),
    model: z.literal('storyboard', { error: 'expected "storyboard"' }).default('storyboard'),
    timeoutMs: wholeNumber(z, 1, 86_400_000, 'milliseconds').default(30 * 60_000),
    pollIntervalMs: wholeNumber(z, 1, 3_600_000, 'milliseconds').default(2000),
    maxVideoBytes: wholeNumber(z, 1, Number.MAX_SAFE_INTEGER, 'bytes').default(2 ** 31),
    ffmpegPath: path.optional(),
    ffprobePath: path.optional(),
  })
})

/** A configuration with its defaults filled in; the parameters of the video stay open for the model to decide. */
export type GeneratorSettings = ReturnType<ReturnType<typeof configSchema>['parse']>

/**
 * Settings from a file or from code, not from both.
 *
 * @throws FramewatchError `CONFIG_INVALID`, `CONFIG_FILE_NOT_FOUND`, `CONFIG_SYNTAX`.
 */
export function resolveConfig(given: {
  configPath?: string
  config?: VideoGeneratorConfig
}): GeneratorSettings {
  const { configPath, config } = given
  if (configPath === undefined)
    return parseOptions(configSchema(), config === undefined ? {} : config, {
      label: 'VideoGenerator config',
    })
  if (config === undefined) return loadConfigFile(configPath, configSchema())
  throw new FramewatchError(
    'CONFIG_INVALID',
    'VideoGenerator options: give `configPath` or `config`, not both',
    {
      details: { key: 'configPath', value: configPath },
    },
  )
}
