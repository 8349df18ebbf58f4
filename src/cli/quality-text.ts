/** What was found in a video, as lines of text. */
import type { QualityReport } from '../model/quality.ts'
import { formatNumber, printable } from './format.ts'

/** A line that tells the verdict, and one for each defect and each part that was not looked at. */
export function qualityText(report: QualityReport): string {
  const { file, verdict, reason, defects, skipped } = report
  const found = defects.map(({ type, severity, startSeconds, endSeconds, evidence }) =>
    [type.padEnd(16), severity, spanText(startSeconds, endSeconds), evidence].join('  '),
  )
  const left = skipped.map(
    ({ startSeconds, endSeconds, reason: why }) =>
      `not looked at  ${spanText(startSeconds, endSeconds)}  ${why}`,
  )
  const isTold = defects.some(({ evidence }) => evidence === reason)
  const head = [verdict.toUpperCase().padEnd(10), file, summaryOf(report), isTold ? '' : reason]
  return [head.filter((part) => part).join('  '), ...[...found, ...left].map((line) => `  ${line}`)]
    .map(printable)
    .join('\n')
}

function summaryOf({ metrics, probe, checkedFrames }: QualityReport): string {
  const { qualityScore } = metrics
  return [
    ...(qualityScore === undefined ? [] : [`score ${qualityScore.toFixed(2)}`]),
    ...(probe ? [`${probe.width} x ${probe.height}`, `${formatNumber(probe.fps)} fps`] : []),
    ...(checkedFrames > 0 ? [`${checkedFrames} frames checked`] : []),
  ].join(', ')
}

function spanText(startSeconds: number, endSeconds: number): string {
  return `${startSeconds.toFixed(2)} to ${endSeconds.toFixed(2)} s`
}
