/** What a check of an output makes of the record of its generation. */
import type { GenerationRecord, OutputCheckResult, Verification } from '../model/generation.ts'
import {
  type Defect,
  defectTypes,
  type QualityMetrics,
  type QualityReport,
  qualityMetrics,
} from '../model/quality.ts'

const maxDefects = 32
const maxReasonChars = 500
const maxEvidenceChars = 200
const maxNameChars = 100

/** What of a report is kept, bounded: a hostile file has a say in its texts. @param checkedAtMs - Unix milliseconds. */
export function resultOfCheck(report: QualityReport, checkedAtMs: number): OutputCheckResult {
  const { verdict, reason, decoder } = report
  return {
    verdict,
    ...(reason !== undefined && { reason: plain(reason, maxReasonChars) }),
    defects: keptDefects(report.defects),
    metrics: knownMetrics(report.metrics),
    checkedAtMs,
    costMs: Math.max(0, Math.round(finite(report.costMs))),
    profile: plain(report.profile, maxNameChars),
    ...(decoder && { decoder: plain(decoder.version, maxNameChars) }),
  }
}

/** The result where no check was made. @param reason - one sentence. */
export function notChecked(reason: string, atMs: number): OutputCheckResult {
  return {
    verdict: 'unverified',
    reason: plain(reason, maxReasonChars),
    defects: [],
    metrics: {},
    checkedAtMs: atMs,
    costMs: 0,
  }
}

/** The record with the result of its check. Scores of the caller's own stay, also where a measure has the same name. */
export function withCheck(record: GenerationRecord, check: OutputCheckResult): GenerationRecord {
  const verification = verificationOf(check)
  const own = record.quality ?? {}
  const measured = Object.entries(check.metrics).filter(([name]) => !Object.hasOwn(own, name))
  // What was seen of a file that was not looked at as a whole is in the check, but no score of the generation.
  const isScored = verification !== 'unverified' && measured.length > 0
  return {
    ...record,
    check,
    verification,
    defects: verification === 'defective' ? defectTypesOf(check) : record.defects,
    ...(isScored && { quality: { ...own, ...Object.fromEntries(measured) } }),
  }
}

function verificationOf({ verdict }: OutputCheckResult): Verification {
  if (verdict === 'ok') return 'verified'
  return verdict === 'unverified' ? 'unverified' : 'defective'
}

/** Each type once. What could not be read at all may have no other defect than that. */
function defectTypesOf({ verdict, defects }: OutputCheckResult): readonly string[] {
  const types = new Set<string>(defects.map(({ type }) => type))
  if (verdict === 'unreadable' && !types.has('empty')) types.add('unreadable')
  return [...types]
}

function keptDefects(defects: readonly Defect[]): readonly Defect[] {
  const known = defects.filter(({ type }) => defectTypes.includes(type))
  const bySeverity = [
    ...known.filter(({ severity }) => severity === 'major'),
    ...known.filter(({ severity }) => severity !== 'major'),
  ]
  return bySeverity.slice(0, maxDefects).map(({ type, startSeconds, endSeconds, severity, evidence }) => ({
    type,
    startSeconds: finite(startSeconds),
    endSeconds: finite(endSeconds),
    severity,
    evidence: plain(evidence, maxEvidenceChars),
  }))
}

function knownMetrics(metrics: QualityMetrics): QualityMetrics {
  return Object.fromEntries(
    qualityMetrics.flatMap((name) => (Number.isFinite(metrics[name]) ? [[name, metrics[name]]] : [])),
  )
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}

/** Without what a terminal would obey. */
function plain(text: string, maxChars: number): string {
  return text.slice(0, maxChars).toWellFormed().replace(/\p{C}/gu, ' ')
}
