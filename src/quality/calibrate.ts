/**
 * Thresholds for videos that are known to be good: what calls one of them defective is moved until it does not.
 *
 * One threshold at a time is made larger and smaller until a check finds nothing more; of the ways that do for all videos
 * the easiest is taken, and a margin added. Where there is none, the check is switched off.
 */
import type { Defect, DefectType } from '../model/quality.ts'
import { type Clock, systemClock } from '../system/clock.ts'
import { type AnalyzeOptions, judge, measureFile } from './analyze.ts'
import { checks } from './checks.ts'
import type { Thresholds } from './defect.ts'
import type { VideoEvidence } from './evidence.ts'
import { checksOf, profileOf, type QualityProfile } from './profile.ts'
import { profileNames } from './profile-names.ts'

/** What a type was asked to be by known-good videos. */
export interface CalibrationChange {
  readonly type: DefectType
  /** Undefined: the type is switched off. */
  readonly moved?: {
    readonly threshold: string
    readonly from: number
    readonly to: number
    /** The value at which the most extreme video is just good. */
    readonly needed: number
  }
  /** The most extreme video; of a type that is off, one that no threshold was enough for. */
  readonly file: string
  /** Videos that it was found in. */
  readonly files: number
}

export interface Calibration {
  /** Videos that were measured. */
  readonly files: number
  /** Those that could not be, or not to their end, and what is wrong with them. */
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[]
  readonly changes: readonly CalibrationChange[]
  /** As the file of a profile has it. */
  readonly profile: {
    readonly extends: string
    readonly off: readonly DefectType[]
    readonly thresholds: Readonly<Partial<Record<DefectType, Thresholds>>>
  }
}

/** What is told of each video as soon as it was looked at. */
export interface CalibratedVideo {
  readonly file: string
  /** Undefined when it was measured. */
  readonly leftOut?: string
  /** The types found in it. */
  readonly found: readonly DefectType[]
}

/**
 * Looks at the videos, one after another; what was measured of one is forgotten with it.
 *
 * @param paths - known-good videos.
 * @param profile - what to start from: a name, or the path of a file.
 * @throws FramewatchError `QUALITY_PROFILE_UNKNOWN`, and those of a configuration file, for `profile`.
 */
export async function calibrate(
  paths: readonly string[],
  profile: string,
  options: AnalyzeOptions & { readonly onVideo?: (video: CalibratedVideo) => void } = {},
): Promise<Calibration> {
  const { clock = systemClock(), onVideo } = options
  const base = profileOf(profile)
  const needs: Need[] = []
  const leftOut: { file: string; reason: string }[] = []
  for (const file of paths) {
    const result = await lookAt(file, base, { ...options, clock })
    if (typeof result === 'string') leftOut.push({ file, reason: result })
    else needs.push(...result)
    onVideo?.(
      typeof result === 'string'
        ? { file, leftOut: result, found: [] }
        : { file, found: result.map(({ type }) => type) },
    )
  }
  const changes = changesOf(needs)
  return { files: paths.length - leftOut.length, leftOut, changes, profile: profileWith(base, changes) }
}

/** What is found in the video, and what would keep it from being found; a sentence when it says nothing. */
async function lookAt(
  file: string,
  base: QualityProfile,
  options: AnalyzeOptions & { readonly clock: Clock },
): Promise<readonly Need[] | string> {
  const measured = await measureFile(file, {}, options)
  const { verdict, reason, skipped } = 'verdict' in measured ? measured : judge(measured, base)
  if ('verdict' in measured || verdict === 'unreadable' || verdict === 'unverified' || skipped.length > 0)
    return reason ?? skipped[0]?.reason ?? verdict
  return needsOf(file, measured.evidence, base)
}

/** What one video asks of one type. */
interface Need {
  readonly file: string
  readonly type: DefectType
  readonly ways: readonly Way[]
}

/** A threshold by itself that keeps a type from being found. */
interface Way {
  readonly threshold: string
  readonly isUp: boolean
  readonly from: number
  /** Of the way to what is absurd, 0..1. */
  readonly share: number
  /** The same, and 1 more where it is past the video's own length: of such videos nothing would be found any more. */
  readonly effort: number
}

/** A threshold that would have to be so many times as large or small says nothing any more. */
const maxFactor = 4
/** The same of levels in decibels, which may be below zero. */
const maxDecibels = 16
/** Added to what known-good videos need. */
const marginFactor = 1.2
const marginDecibels = 2
/** Steps to what is absurd, and halvings of the step in which the value lies. */
const steps = 16
const halvings = 6

/** What is asked of each type that the profile finds in a video. */
function needsOf(file: string, evidence: VideoEvidence, profile: QualityProfile): readonly Need[] {
  return checksOf(profile).flatMap(({ type, thresholds, find }) => {
    if (find(evidence, thresholds).length === 0) return []
    const ways = waysOf((changed) => find(evidence, changed), thresholds, evidence.pictureSeconds)
    return [{ file, type, ways }]
  })
}

function waysOf(
  find: (limits: Thresholds) => readonly Defect[],
  limits: Thresholds,
  pictureSeconds: number,
): readonly Way[] {
  return Object.entries(limits).flatMap(([threshold, from]) =>
    [true, false].flatMap((isUp) => {
      const step = { threshold, isUp, from }
      const isFine = (share: number) => find({ ...limits, [threshold]: valueAt(step, share) }).length === 0
      const share = leastShare(isFine)
      if (share === undefined) return []
      const value = valueAt(step, share)
      // Nothing is more than the whole.
      if (/Share/.test(threshold) && value > 1) return []
      const isPast = /Seconds/.test(threshold) && value >= pictureSeconds
      return [{ ...step, share, effort: share + (isPast ? 1 : 0) }]
    }),
  )
}

function leastShare(isFine: (share: number) => boolean): number | undefined {
  const first = Array.from({ length: steps }, (_, index) => (index + 1) / steps).find(isFine)
  if (first === undefined) return undefined
  let [low, high] = [first - 1 / steps, first]
  for (let halving = 0; halving < halvings; halving++) {
    const middle = (low + high) / 2
    if (isFine(middle)) high = middle
    else low = middle
  }
  return high
}

function isLevel(threshold: string): boolean {
  return /(Lufs|Dbfs)/.test(threshold)
}

function valueAt({ threshold, isUp, from }: Omit<Way, 'share' | 'effort'>, share: number): number {
  const sign = isUp ? 1 : -1
  return isLevel(threshold) ? from + sign * share * maxDecibels : from * maxFactor ** (sign * share)
}

/** With the margin, three digits. */
function proposedOf(way: Way): number {
  const value = valueAt(way, way.share)
  const margin = way.isUp ? 1 : -1
  const moved = isLevel(way.threshold) ? value + margin * marginDecibels : value * marginFactor ** margin
  return rounded(moved)
}

function rounded(value: number): number {
  return Number(value.toPrecision(3))
}

/** What all videos together ask for, by type in the order of the checks. */
export function changesOf(needs: readonly Need[]): readonly CalibrationChange[] {
  return checks.flatMap(({ type }) => {
    const ofType = needs.filter((need) => need.type === type)
    const [first] = ofType
    if (!first) return []
    const files = ofType.length
    const chosen = sharedWay(ofType) ?? ownWays(ofType)
    if (!chosen) {
      const hopeless = ofType.find(({ ways }) => ways.length === 0) ?? first
      return [{ type, file: hopeless.file, files }]
    }
    return chosen.map(({ way, file }) => ({
      type,
      moved: {
        ...{ threshold: way.threshold, from: way.from },
        ...{ to: proposedOf(way), needed: rounded(valueAt(way, way.share)) },
      },
      ...{ file, files },
    }))
  })
}

interface ChosenWay {
  readonly way: Way
  readonly file: string
}

/** The easiest of the ways that do for every video. */
function sharedWay(needs: readonly Need[]): readonly [ChosenWay] | undefined {
  const candidates = (needs[0]?.ways ?? []).flatMap((start) => {
    const each = needs.map(({ file, ways }) => ({ way: ways.find((way) => isSame(way, start)), file }))
    const known = each.filter((one): one is ChosenWay => one.way !== undefined)
    if (known.length < needs.length) return []
    return [{ chosen: furthest(known), effort: Math.max(...known.map(({ way }) => way.effort)) }]
  })
  const [easiest] = candidates.toSorted((one, other) => one.effort - other.effort)
  return easiest && [easiest.chosen]
}

/** The easiest way of each video; undefined when one has none, or they go both ways. */
function ownWays(needs: readonly Need[]): readonly ChosenWay[] | undefined {
  const own = needs.flatMap(({ file, ways }) => {
    const [way] = ways.toSorted((one, other) => one.effort - other.effort)
    return way ? [{ way, file }] : []
  })
  if (own.length < needs.length) return undefined
  const byThreshold = Map.groupBy(own, ({ way }) => way.threshold)
  const groups = [...byThreshold.values()]
  if (groups.some((group) => new Set(group.map(({ way }) => way.isUp)).size > 1)) return undefined
  return groups.map(furthest)
}

function furthest(ways: readonly ChosenWay[]): ChosenWay {
  return ways.reduce((one, other) => (other.way.share > one.way.share ? other : one))
}

function isSame(one: Way, other: Way): boolean {
  return one.threshold === other.threshold && one.isUp === other.isUp
}

/** A profile of a file cannot be extended: all of it is repeated. */
function profileWith(base: QualityProfile, changes: readonly CalibrationChange[]): Calibration['profile'] {
  const isNamed = profileNames.some((name) => name === base.name)
  const start = isNamed ? { off: [], thresholds: {} } : base
  const off = new Set<DefectType>(start.off)
  const thresholds: Partial<Record<DefectType, Thresholds>> = { ...start.thresholds }
  for (const { type, moved } of changes) {
    if (moved) thresholds[type] = { ...thresholds[type], [moved.threshold]: moved.to }
    else off.add(type)
  }
  return { extends: isNamed ? base.name : 'default', off: [...off], thresholds }
}
