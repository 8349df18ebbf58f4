/** How well the checks did: what was found of what is there, and what was found that is not there. */
import type { Defect, DefectType, QualityReport } from '../../src/model/quality.ts'
import { defectTypes } from '../../src/model/quality.ts'
import type { Truth } from './corpus/inject/inject.ts'

export type Half = 'tune' | 'test'

/** A clip, and what is true of it. */
export interface Case {
  readonly id: string
  readonly half: Half
  /** Undefined for a clean clip. */
  readonly truth?: Truth
  /** The profile it is checked with. */
  readonly profile: string
  /** What the clip is, in words. */
  readonly about: string
  /** A defect of the documented strength, the weakest that must be found. */
  readonly isWeakest?: boolean
}

export interface Result {
  readonly subject: Case
  readonly report: QualityReport
}

/** How one type did in one half. */
export interface Recall {
  readonly type: DefectType
  readonly half: Half
  readonly clips: number
  readonly found: number
  readonly weakestClips: number
  readonly weakestFound: number
  /** Of the ranges found: median of what both have in common, as a share of what either has; `null` for none. */
  readonly rangeOverlap: number | null
  readonly misses: readonly string[]
  /** Other types reported for these clips, and how often. */
  readonly others: Readonly<Partial<Record<DefectType, number>>>
}

export interface Falses {
  readonly half: Half
  readonly clips: number
  readonly falseClips: number
  /** For each false clip: its id, what it is, and what was said of it. */
  readonly examples: readonly string[]
}

export interface Score {
  readonly recalls: readonly Recall[]
  readonly falses: readonly Falses[]
  readonly passed: boolean
}

export const minRecall = 0.98
export const maxFalseShare = 1 / 200

/** These are true of a file as a whole: when they are said to be does not matter. */
const wholeTypes: ReadonlySet<DefectType> = new Set([
  'unreadable',
  'empty',
  'wrong_resolution',
  'wrong_fps',
  'too_short',
  'too_long',
  'loudness',
  'av_mismatch',
])
/** Times of frames and packets are rounded. */
const toleranceSeconds = 0.1

export function scoreOf(results: readonly Result[]): Score {
  const halves = (['tune', 'test'] as const).filter((half) =>
    results.some(({ subject }) => subject.half === half),
  )
  const recalls = halves.flatMap((half) =>
    defectTypes.flatMap((type) => {
      const of = results.filter(({ subject }) => subject.half === half && subject.truth?.type === type)
      return of.length > 0 ? [recallOf(type, half, of)] : []
    }),
  )
  const falses = halves.map((half) =>
    falsesOf(
      half,
      results.filter(({ subject }) => subject.half === half),
    ),
  )
  const passed =
    recalls.every(({ clips, found }) => found >= minRecall * clips) &&
    falses.every(({ clips, falseClips }) => falseClips <= maxFalseShare * clips)
  return { recalls, falses, passed }
}

/** True when a defect of the true type is reported in, or within a tenth of a second of, the true range. */
export function isFound(truth: Truth, { defects }: QualityReport): boolean {
  return matchesOf(truth, defects).length > 0
}

function matchesOf(truth: Truth, defects: readonly Defect[]): readonly Defect[] {
  return defects.filter(
    ({ type, startSeconds, endSeconds }) =>
      type === truth.type &&
      (wholeTypes.has(type) ||
        (startSeconds <= truth.endSeconds + toleranceSeconds &&
          endSeconds >= truth.startSeconds - toleranceSeconds)),
  )
}

function recallOf(type: DefectType, half: Half, results: readonly Result[]): Recall {
  const found = results.filter(({ subject, report }) => subject.truth && isFound(subject.truth, report))
  const missed = results.filter((result) => !found.includes(result))
  const others: Partial<Record<DefectType, number>> = {}
  for (const { report } of results) {
    for (const other of new Set(report.defects.map((defect) => defect.type))) {
      if (other !== type) others[other] = (others[other] ?? 0) + 1
    }
  }
  const isWeakest = ({ subject }: Result): boolean => subject.isWeakest === true
  return {
    type,
    half,
    clips: results.length,
    found: found.length,
    weakestClips: results.filter(isWeakest).length,
    weakestFound: found.filter(isWeakest).length,
    rangeOverlap: wholeTypes.has(type) ? null : medianOverlap(found),
    misses: missed.map(({ subject, report }) => `${subject.id}: ${subject.about}; ${saidOf(report)}`),
    others,
  }
}

function medianOverlap(found: readonly Result[]): number | null {
  const shares = found.map(({ subject: { truth }, report }) => {
    if (!truth) return 0
    const matches = matchesOf(truth, report.defects)
    const start = Math.min(...matches.map(({ startSeconds }) => startSeconds))
    const end = Math.max(...matches.map(({ endSeconds }) => endSeconds))
    const common = Math.min(end, truth.endSeconds) - Math.max(start, truth.startSeconds)
    const either = Math.max(end, truth.endSeconds) - Math.min(start, truth.startSeconds)
    return either > 0 ? Math.max(0, common) / either : 1
  })
  const sorted = shares.sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? null
}

function falsesOf(half: Half, results: readonly Result[]): Falses {
  const clean = results.filter(({ subject }) => !subject.truth)
  const wrong = clean.filter(({ report }) => report.defects.length > 0 || report.verdict !== 'ok')
  const examples = wrong.map(({ subject, report }) => `${subject.id}: ${subject.about}; ${saidOf(report)}`)
  return { half, clips: clean.length, falseClips: wrong.length, examples }
}

function saidOf({ verdict, reason, defects }: QualityReport): string {
  if (defects.length === 0) return reason ? `${verdict}, ${reason}` : verdict
  const said = defects.map(
    ({ type, startSeconds, endSeconds, evidence }) =>
      `${type} ${startSeconds.toFixed(2)}-${endSeconds.toFixed(2)} s (${evidence})`,
  )
  return said.slice(0, 4).join(', ')
}

/** The score as Markdown. */
export function markdownOf({ recalls, falses, passed }: Score): string {
  const percent = (part: number, whole: number): string =>
    whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : '-'
  const lines = ['| Defect | Half | Clips | Recall | at the weakest | Range overlap | Also reported |']
  lines.push('| --- | --- | ---: | ---: | ---: | ---: | --- |')
  for (const { type, half, clips, found, weakestClips, weakestFound, rangeOverlap, others } of recalls) {
    const also = Object.entries(others).map(([other, count]) => `${other} ${count}`)
    const overlap = rangeOverlap === null ? '-' : rangeOverlap.toFixed(2)
    const weakest = percent(weakestFound, weakestClips)
    lines.push(
      `| \`${type}\` | ${half} | ${clips} | ${percent(found, clips)} | ${weakest} | ${overlap} | ${also.join(', ')} |`,
    )
  }
  for (const { half, clips, falseClips } of falses) {
    lines.push('', `${falseClips} of ${clips} clean clips of the half \`${half}\` were called defective.`)
  }
  for (const { examples } of falses) lines.push('', ...examples.map((example) => `- false: ${example}`))
  for (const { misses } of recalls) lines.push(...misses.map((miss) => `- missed: ${miss}`))
  lines.push('', passed ? 'Passed.' : 'Failed.')
  return lines.join('\n')
}
