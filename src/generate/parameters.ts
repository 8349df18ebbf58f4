import type { Zod } from '../config/lazy-schema.ts'
import { FramewatchError } from '../model/errors.ts'
import type { Random } from '../system/random.ts'
import { isLocalModel, type VideoDefaults, type VideoModel } from './video-model.ts'

/** A schema of whole numbers whose error says the unit and the range. */
export function wholeNumber(z: Zod, least: number, most: number, unit: string) {
  const error = `expected a whole number of ${unit} from ${least} to ${most}`
  return z.int({ error }).min(least, { error }).max(most, { error })
}

/** The schemas of the parameters of a video, wherever they are given. */
export function parameterShape(z: Zod) {
  const error = 'expected a number of seconds above 0, up to 3600'
  // H.264 in yuv420p halves the colour planes, so it has even sizes only.
  const pixels = wholeNumber(z, 128, 4096, 'pixels').multipleOf(2, {
    error: 'expected an even number of pixels',
  })
  return {
    width: pixels.optional(),
    height: pixels.optional(),
    fps: wholeNumber(z, 1, 60, 'frames per second').optional(),
    durationSeconds: z.number({ error }).positive({ error }).max(3600, { error }).optional(),
  }
}

/** The parameters of one video; what is undefined is the provider's choice. */
export interface VideoParameters extends Partial<VideoDefaults> {
  readonly frames?: number
  readonly seed?: number
}

/** True for what `decideParameters` decides for a local model. */
export function isComplete<T extends VideoParameters>(
  parameters: T,
): parameters is T & Required<VideoParameters> {
  const { width, height, fps, durationSeconds, frames, seed } = parameters
  return [width, height, fps, durationSeconds, frames, seed].every((value) => value !== undefined)
}

/**
 * Decides the parameters: the request's, else the configuration's, else the model's. Local models get a seed of
 * chance when none is given, so that every video can be made again.
 *
 * @throws FramewatchError `GENERATION_INVALID` when only one of width and height is known.
 */
export function decideParameters(
  request: VideoParameters,
  settings: Partial<VideoDefaults>,
  model: VideoModel,
  random: Random,
): VideoParameters {
  const isLocal = isLocalModel(model)
  const decide = (key: keyof VideoDefaults) =>
    request[key] ?? settings[key] ?? (isLocal ? model.defaults[key] : undefined)
  const width = decide('width')
  const height = decide('height')
  if ((width === undefined) !== (height === undefined)) {
    const parameter = width === undefined ? 'width' : 'height'
    throw new FramewatchError('GENERATION_INVALID', '`width` and `height` must be given together', {
      details: { parameter },
    })
  }
  const fps = decide('fps')
  const durationSeconds = decide('durationSeconds')
  const known = fps !== undefined && durationSeconds !== undefined
  const frames = known ? Math.max(1, Math.round(fps * durationSeconds)) : undefined
  const seed = request.seed ?? (isLocal ? Math.floor(random.next() * 2 ** 32) : undefined)
  return { width, height, fps, durationSeconds, frames, seed }
}
