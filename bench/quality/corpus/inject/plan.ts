/** Which defective clips there are: for each type and half the same number, weakest strengths in half of them. */
import type { DefectType, QualityExpectations } from '../../../../src/model/quality.ts'
import { defectTypes } from '../../../../src/model/quality.ts'
import { seeded, seedOf, shuffled } from '../chance.ts'
import type { Clip } from '../clip.ts'
import { type CleanClipSpec, renderClean } from '../clips.ts'
import { injections } from './all.ts'
import { durationOf, expectationsOf, type Place, type Strength, type Truth, type Variant } from './inject.ts'
import { type Traits, traitsOf } from './traits.ts'

/** A defective clip that could be made. Plain data. */
export interface DefectSpec {
  /** Unique among those of one seed; also the name of the file. */
  readonly id: string
  readonly half: 'tune' | 'test'
  readonly type: DefectType
  readonly variant: string
  readonly strength: Strength
  /** The strength is the documented one. */
  readonly isWeakest: boolean
  readonly place: Place
  readonly seed: number
  readonly clean: CleanClipSpec
  /** What is cut to. */
  readonly other?: CleanClipSpec
}

/** A defective clip, before it is encoded, and what is true of it. */
export interface DefectiveClip {
  readonly clip: Clip
  readonly truth: Truth
  readonly expectations: QualityExpectations
  /** What is done to the encoded file. */
  damage?(path: string): void
}

interface Choice {
  readonly variant: Variant
  readonly strength: Strength
  readonly isWeakest: boolean
  readonly place: Place
}

/** Of a clip that is made smaller, the longest that is taken. */
const maxSeconds = 5.5
/** Clips of this share keep the size of a generated video; the others are half as wide and high, to be quick. */
const fullSizeShare = 0.25
/** Pixels of all frames: what takes longer is made smaller in any case. */
const maxPixels = 854 * 480 * 130

/**
 * The same number for each type and half, made from clean clips of that half in which they can be seen.
 *
 * @param clean - at least some ten for each type; the more, the more different clips there are.
 * @throws Error when no clip suits a way for a defect to look.
 */
export function defectiveClips(
  seed: number,
  clean: readonly CleanClipSpec[],
  perType = 50,
  types: readonly DefectType[] = defectTypes,
): readonly DefectSpec[] {
  const known = new Map<string, Traits>()
  return (['tune', 'test'] as const).flatMap((half) => {
    const pool = clean.filter((spec) => spec.half === half)
    return types.flatMap((type) => specsOf(type, seed, pool, perType, known))
  })
}

function specsOf(
  type: DefectType,
  seed: number,
  pool: readonly CleanClipSpec[],
  count: number,
  known: Map<string, Traits>,
): DefectSpec[] {
  const chance = seeded(seedOf(seed, `${type} ${pool[0]?.half}`))
  const specs: DefectSpec[] = []
  let [choices, waiting]: [Choice[], CleanClipSpec[]] = [[], []]
  while (specs.length < count) {
    if (choices.length === 0) choices = shuffled(chance, choicesOf(type))
    const choice = choices.pop()
    if (!choice) throw new Error(`There is no way to make ${type}`)
    // Each clip is used once before any is used twice.
    waiting = [...waiting, ...shuffled(chance, pool).map((spec) => made(spec, chance() < fullSizeShare))]
    const suits = (spec: CleanClipSpec): boolean => isSuitable(choice.variant, choice.strength, spec, known)
    const at = waiting.findIndex(suits)
    const spec = waiting[at]
    if (!spec) throw new Error(`No clean clip suits ${type}, ${choice.variant.name}`)
    waiting.splice(at, 1)
    waiting.length = Math.min(waiting.length, 2 * pool.length)
    const other = choice.variant.mixed ? waiting.find((one) => isPartner(spec, one) && suits(one)) : undefined
    if (choice.variant.mixed && !other) continue
    const { variant, ...rest } = choice
    const id = `${type.replaceAll('_', '-')}-${seed}-${spec.half}-${String(specs.length).padStart(3, '0')}`
    specs.push({
      ...{ id, half: spec.half, type, variant: variant.name, ...rest },
      ...{ seed: seedOf(seed, id), clean: spec, ...(other && { other }) },
    })
  }
  return specs
}

/** Every way, strength and place: the weakest as often as all others together. */
function choicesOf(type: DefectType): Choice[] {
  return injections[type].variants.flatMap((variant) =>
    variant.strengths.flatMap((strength, at) => {
      const isWeakest = at === 0
      const places = variant.places ?? ['whole']
      const times = isWeakest ? Math.max(1, variant.strengths.length - 1) : 1
      return Array.from({ length: times }, () =>
        places.map((place) => ({ variant, strength, isWeakest, place })),
      ).flat()
    }),
  )
}

/** Half as wide and high, and not as long. */
function made(spec: CleanClipSpec, isFullSize: boolean): CleanClipSpec {
  const frames = Math.min(spec.frames, Math.round(maxSeconds * spec.fps))
  const shorter = { ...spec, frames, seconds: frames / spec.fps }
  if (isFullSize && spec.width * spec.height * frames <= maxPixels) return shorter
  const scale = Math.sqrt(Math.min(0.25, (854 * 480 * 0.25) / (spec.width * spec.height)))
  const even = (pixels: number): number => 2 * Math.round((pixels * scale) / 2)
  return { ...shorter, width: even(spec.width), height: even(spec.height) }
}

function isSuitable(
  variant: Variant,
  strength: Strength,
  spec: CleanClipSpec,
  known: Map<string, Traits>,
): boolean {
  if (!variant.suits) return true
  const key = `${spec.id} ${spec.width}`
  const facts = { ...spec, sound: spec.sound !== null }
  const traits = known.get(key) ?? traitsOf(facts, () => renderClean(spec))
  known.set(key, traits)
  return variant.suits(traits, strength)
}

function isPartner(one: CleanClipSpec, other: CleanClipSpec): boolean {
  return one.width === other.width && one.height === other.height && one.id !== other.id
}

/** Makes the clip. */
export function renderDefective(spec: DefectSpec): DefectiveClip {
  const { type, strength, place, clean } = spec
  const variant = injections[type].variants.find(({ name }) => name === spec.variant)
  if (!variant) throw new Error(`There is no ${type} that is "${spec.variant}"`)
  const task = {
    ...{ clip: renderClean(clean), strength, place, chance: seeded(spec.seed) },
    ...(spec.other && { other: renderClean(spec.other) }),
  }
  const { clip, startSeconds = 0, endSeconds = durationOf(clip), expectations } = variant.spoil(task)
  const { damage } = variant
  return {
    clip,
    truth: { type, startSeconds, endSeconds, strength },
    expectations: { ...expectationsOf(clip, clean.shots), ...expectations },
    ...(damage && { damage: (path: string) => damage(path, task) }),
  }
}
