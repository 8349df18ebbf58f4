import { type GenerationRecord, isPendingCheck } from '../model/generation.ts'
import { MomentsTally } from '../model/moments.ts'
import type { Attributes, MetricDescriptor, Sample } from '../model/sample.ts'
import { SlidingWindow } from './sliding-window.ts'

/** The metrics of what outputs are worth, over windows that slide. */
export const qualityWindowMetrics: readonly MetricDescriptor[] = [
  {
    name: 'video_generation.defect.ratio',
    kind: 'gauge',
    unit: '1',
    description:
      'Defective of all outputs that were found verified or defective in a `window` (15m, 1h, 24h), by `model`, `version`; absent with fewer than 5.',
  },
  {
    name: 'video_generation.quality.mean',
    kind: 'gauge',
    unit: '1',
    description:
      'Mean of a `score`, of checks or of the caller, in a `window` (1h, 24h), by `model`, `version`; in the unit of the score.',
  },
  {
    name: 'video_generation.quality.shift',
    kind: 'gauge',
    unit: '1',
    description:
      'How far the mean of a `score` in the last hour is from that of the day before it, in standard deviations of that day, by `model`, whatever the version; absent with fewer than 10 in the hour or 30 in the day.',
  },
  {
    name: 'video_generation.check.unverified.ratio',
    kind: 'gauge',
    unit: '1',
    description:
      'Outputs that were to be checked and could not be, or not as a whole, in the last 15 minutes; absent with fewer than 5 that were to be.',
  },
]

const minuteMs = 60_000
/** Each window, and the number of its parts. Parts of the longest are 30 minutes. */
const windows = {
  '15m': { ms: 15 * minuteMs, parts: 15 },
  '1h': { ms: 60 * minuteMs, parts: 12 },
  '24h': { ms: 1440 * minuteMs, parts: 48 },
} as const
type WindowName = keyof typeof windows
const windowNames = Object.keys(windows) as WindowName[]

/** The day that an hour is compared with ends where the hour begins: before its first part, however both are aligned. */
const dayBeforeMs = 90 * minuteMs
/** What has not been heard of for longer is in no window any more. */
const memoryMs = windows['24h'].ms + dayBeforeMs
const leastJudged = 5
const leastRecent = 10
const leastBefore = 30
/** Scores that never vary would make any change an infinite one: a deviation is taken to be this share of the mean at least. */
const leastDeviation = 0.01
/** Models, versions and scores are the caller's to name. */
const maxVersions = 20
const maxScores = 32
const maxNameChars = 100

/** What was found of the outputs of one model and version in one span of time. */
class OutputTally {
  readonly scores = new Map<string, MomentsTally>()
  judged = 0
  defective = 0

  add({ verification, quality = {} }: GenerationRecord, sign: 1 | -1): void {
    if (verification !== 'unverified') this.judged += sign
    if (verification === 'defective') this.defective += sign
    for (const [name, score] of Object.entries(quality))
      if (Number.isFinite(score)) this.#score(name.slice(0, maxNameChars))?.add(score, sign)
  }

  merge(other: OutputTally): void {
    this.judged += other.judged
    this.defective += other.defective
    for (const [name, tally] of other.scores) this.#score(name)?.merge(tally)
  }

  #score(name: string): MomentsTally | undefined {
    const known = this.scores.get(name)
    if (known || this.scores.size >= maxScores) return known
    const made = new MomentsTally()
    this.scores.set(name, made)
    return made
  }
}

/** Checks in one span of time. */
class CheckTally {
  checks = 0
  unverified = 0

  add({ check }: GenerationRecord, sign: 1 | -1): void {
    this.checks += sign
    if (check?.verdict === 'unverified') this.unverified += sign
  }

  merge(other: CheckTally): void {
    this.checks += other.checks
    this.unverified += other.unverified
  }
}

interface Version {
  readonly model: string
  readonly attributes: Attributes
  readonly windows: Readonly<Record<WindowName, SlidingWindow<OutputTally>>>
  lastMs: number
}

/**
 * Succeeded generations by when it was known what they are worth: that of their check, or their end where the caller said so
 * himself. So a check that comes late is news all the same. Memory is bounded: 20 versions of models, 32 scores each.
 */
export class QualityWindows {
  readonly #versions = new Map<string, Version>()
  readonly #checks = new SlidingWindow(windows['15m'].ms, windows['15m'].parts, () => new CheckTally())

  /** Adds a generation, once: when it ends, or when its check does. */
  add(record: GenerationRecord, nowMs: number): void {
    const { status, check, endedAtMs } = record
    if (status !== 'succeeded' || isPendingCheck(record)) return
    const result = check?.verdict === 'pending' ? undefined : check
    const atMs = result?.checkedAtMs ?? endedAtMs
    if (atMs === undefined) return
    if (result) this.#checks.add(record, atMs, nowMs, 1)
    const version = this.#versionOf(record, nowMs)
    version.lastMs = Math.max(version.lastMs, atMs)
    for (const name of windowNames) version.windows[name].add(record, atMs, nowMs, 1)
  }

  /** For one tick. What has no data has no sample. */
  samples(nowMs: number): readonly Sample[] {
    const { checks, unverified } = this.#checks.tally(nowMs)
    const name = 'video_generation.check.unverified.ratio'
    const ofChecks =
      checks < leastJudged ? [] : [{ name, attributes: { window: '15m' }, value: unverified / checks }]
    const models = Map.groupBy(this.#versions.values(), ({ model }) => model)
    return [
      ...ofChecks,
      ...[...this.#versions.values()].flatMap((version) => versionSamples(version, nowMs)),
      ...[...models].flatMap(([model, versions]) => shiftSamples(model, versions, nowMs)),
    ]
  }

  #versionOf({ request }: GenerationRecord, nowMs: number): Version {
    const named: Attributes = {
      model: plain(request.model),
      ...(request.modelVersion && { version: plain(request.modelVersion) }),
    }
    const key = JSON.stringify(named)
    const known = this.#versions.get(key)
    if (known) return known
    if (this.#versions.size >= maxVersions) this.#forget(nowMs - memoryMs)
    if (this.#versions.size < maxVersions) return this.#made(key, named)
    return this.#versions.get('other') ?? this.#made('other', { model: 'other' })
  }

  #made(key: string, attributes: Attributes): Version {
    const version = {
      model: attributes['model'] ?? '',
      attributes,
      windows: Object.fromEntries(
        windowNames.map((name) => [
          name,
          new SlidingWindow(windows[name].ms, windows[name].parts, () => new OutputTally()),
        ]),
      ) as Record<WindowName, SlidingWindow<OutputTally>>,
      lastMs: Number.NEGATIVE_INFINITY,
    }
    this.#versions.set(key, version)
    return version
  }

  #forget(beforeMs: number): void {
    for (const [key, { lastMs }] of this.#versions) if (lastMs < beforeMs) this.#versions.delete(key)
  }
}

function versionSamples(version: Version, nowMs: number): Sample[] {
  return windowNames.flatMap((window) => {
    const { judged, defective, scores } = version.windows[window].tally(nowMs)
    const attributes = { ...version.attributes, window }
    const samples: Sample[] = []
    if (judged >= leastJudged)
      samples.push({ name: 'video_generation.defect.ratio', attributes, value: defective / judged })
    // A quarter of an hour of scores is noise.
    if (window === '15m') return samples
    for (const [score, tally] of scores) {
      const mean = tally.moments()?.[1]
      if (mean === undefined) continue
      samples.push({
        name: 'video_generation.quality.mean',
        attributes: { ...attributes, score },
        value: mean,
      })
    }
    return samples
  })
}

/** Over all versions, so that a new one is compared with the one before it. */
function shiftSamples(model: string, versions: readonly Version[], nowMs: number): Sample[] {
  const [recent, before] = [new OutputTally(), new OutputTally()]
  for (const version of versions) {
    version.windows['1h'].tally(nowMs, recent)
    version.windows['24h'].tally(nowMs - dayBeforeMs, before)
  }
  return [...recent.scores].flatMap(([score, tally]) => {
    const [count = 0, mean = 0] = tally.moments() ?? []
    const [countBefore = 0, meanBefore = 0, variance = 0] = before.scores.get(score)?.moments() ?? []
    if (count < leastRecent || countBefore < leastBefore) return []
    const deviation = Math.max(Math.sqrt(variance), leastDeviation * Math.abs(meanBefore))
    if (deviation === 0) return []
    const value = (mean - meanBefore) / deviation
    return [{ name: 'video_generation.quality.shift', attributes: { model, score }, value }]
  })
}

function plain(name: string | undefined): string {
  return (name || 'unknown').slice(0, maxNameChars).replace(/\p{C}/gu, '_')
}
