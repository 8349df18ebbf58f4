/** Which clean clips there are: a list made from a seed, and each of them made from its own. */
import { between, pick, seeded, seedOf, shuffled, wholeBetween } from './chance.ts'
import type { Chance, Clip } from './clip.ts'
import type { Encoding } from './encode.ts'
import { type SceneKind, sceneKinds, scenes } from './scenes.ts'
import { type SoundKind, soundKinds, soundOf } from './sounds.ts'

type Half = 'tune' | 'test'

/** A clip that could be made, with everything that a check may be told about it. */
export interface CleanClipSpec {
  /** Unique among those of one seed; also the name of the file. */
  readonly id: string
  readonly kind: SceneKind
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly frames: number
  /** frames / fps. */
  readonly seconds: number
  /** 1 unless the kind has several. */
  readonly shots: number
  readonly sound: SoundKind | null
  readonly encoding: Encoding
  readonly seed: number
  /** The profile it has to be clean under: `anime` where drawings stand for two frames. */
  readonly profile: 'default' | 'anime'
  /** Thresholds are chosen on `tune` and judged on `test`. */
  readonly half: Half
}

/** Small ones far more often than large ones: [width, height, weight]. */
const sizes = [
  [854, 480, 22],
  [832, 480, 20],
  [480, 832, 14],
  [512, 512, 16],
  [1024, 576, 8],
  [1280, 720, 8],
  [720, 1280, 5],
  [1920, 1080, 4],
] as const

const rates = [
  [24, 30],
  [16, 18],
  [30, 18],
  [25, 10],
  [8, 7],
  [12, 5],
  [15, 4],
  [60, 5],
  [50, 3],
] as const

/** Frames of a 480p clip that cost as much as the longest that is made. */
const maxPixels = 854 * 480 * 420

/**
 * The clean clips of a seed. The first of a longer list are those of a shorter one, kinds in turn.
 *
 * @returns every other clip of a kind is of the other half.
 */
export function cleanClips(seed: number, count: number): readonly CleanClipSpec[] {
  return Array.from({ length: count }, (_, index) => {
    const round = Math.floor(index / sceneKinds.length)
    const order = shuffled(seeded(seedOf(seed, `round ${round}`)), sceneKinds)
    const kind = order[index % order.length] as SceneKind
    return specOf(seed, kind, round)
  })
}

export function renderClean(spec: CleanClipSpec): Clip {
  const { kind, width, height, fps, frames, shots, seconds, seed } = spec
  const footage = scenes[kind]({ width, height, fps, frames, shots }, seeded(seed))
  if (!spec.sound) return { footage }
  return { footage, sound: soundOf(spec.sound, seconds, seeded(seedOf(seed, 'sound'))) }
}

function specOf(seed: number, kind: SceneKind, round: number): CleanClipSpec {
  const id = `${kind}-${seed}-${String(round).padStart(3, '0')}`
  const chance = seeded(seedOf(seed, id))
  const [width, height] = weighted(chance, sizes)
  const [fps] = weighted(chance, rates)
  const frames = framesOf(chance, width * height, fps)
  const seconds = frames / fps
  const flip = seedOf(seed, kind) % 2
  return {
    id,
    kind,
    width,
    height,
    fps,
    frames,
    seconds,
    shots: shotsOf(kind, seconds, chance),
    sound: chance() < 0.45 ? pick(chance, soundKinds) : null,
    encoding: encodingOf(chance, width * height),
    seed: seedOf(seed, `${id} pictures`),
    profile: kind === 'animation-on-twos' ? 'anime' : 'default',
    half: (round + flip) % 2 === 0 ? 'tune' : 'test',
  }
}

/** Mostly 2 to 6 seconds, a few up to 20; large and quick ones are short. */
function framesOf(chance: Chance, pixels: number, fps: number): number {
  const isLong = chance() < 0.08
  const seconds = isLong ? between(chance, 8, 20) : between(chance, 2, 6)
  const bound = Math.max(2 * fps, Math.floor(maxPixels / pixels))
  return Math.min(bound, Math.round(seconds * fps))
}

function shotsOf(kind: SceneKind, seconds: number, chance: Chance): number {
  if (!/^(cuts|crossfades|text-cards)$/.test(kind)) return 1
  return wholeBetween(chance, 2, Math.max(2, Math.min(6, Math.floor(seconds / 1.4))))
}

function encodingOf(chance: Chance, pixels: number): Encoding {
  const kind = chance()
  const isLarge = pixels > 1_000_000
  if (kind < 0.08) return { codec: 'vp9', container: 'webm', crf: wholeBetween(chance, 24, 38) }
  if (kind < 0.14 && !isLarge) {
    return { codec: 'hevc', container: 'mp4', crf: wholeBetween(chance, 20, 30), preset: 'ultrafast' }
  }
  if (kind < 0.18) return { codec: 'mpeg4', container: 'mp4', crf: wholeBetween(chance, 2, 5) }
  const preset = isLarge
    ? pick(chance, ['superfast', 'veryfast'])
    : pick(chance, ['veryfast', 'faster', 'fast'])
  const bFrames = chance() < 0.5 ? {} : { bFrames: pick(chance, [0, 2, 3]) }
  const depth = chance()
  return {
    codec: 'h264',
    container: pick(chance, ['mp4', 'mp4', 'mp4', 'mp4', 'mov', 'mkv']),
    crf: wholeBetween(chance, 16, 30),
    preset,
    hasFastStart: chance() < 0.5,
    pixelFormat: depth < 0.06 ? 'yuv444p' : depth < 0.11 ? 'yuv420p10le' : 'yuv420p',
    ...bFrames,
  }
}

function weighted<T extends readonly number[]>(chance: Chance, table: readonly T[]): T {
  const total = table.reduce((sum, row) => sum + (row.at(-1) ?? 0), 0)
  let left = chance() * total
  return table.find((row) => {
    left -= row.at(-1) ?? 0
    return left < 0
  }) as T
}
