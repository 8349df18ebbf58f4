/** What a calibration came to: for people, and as the file of a profile. */
import type { CalibratedVideo, Calibration, CalibrationChange } from '../quality/calibrate.ts'
import { formatNumber, formatTable, printable } from './format.ts'

export function calibratedVideoText({ file, leftOut, found }: CalibratedVideo): string {
  const what = leftOut === undefined ? found.join(', ') || 'nothing found' : `left out: ${leftOut}`
  return printable(`${file}: ${what}`)
}

/** @param limit - given when there were more videos than it. */
export function calibrationText({ files, leftOut, changes }: Calibration, limit?: number): string {
  const counts = [
    `${files} videos measured`,
    ...(leftOut.length > 0 ? [`${leftOut.length} left out`] : []),
    ...(limit === undefined ? [] : [`more than ${limit} are there: --limit`]),
  ].join(', ')
  if (changes.length === 0) return `${counts}: all are fine as the profile is`
  const rows = changes.map(({ type, moved, file, files: count }) => [
    type,
    moved?.threshold ?? '',
    moved ? formatNumber(moved.from) : 'on',
    moved ? formatNumber(moved.to) : 'off',
    String(count),
    file,
  ])
  return `${counts}\n\n${formatTable(['TYPE', 'THRESHOLD', 'FROM', 'TO', 'FOUND IN', 'BECAUSE OF'], rows)}`
}

/** The profile, with comments that say which video asked for what. */
export function profileYaml({ files, changes, profile }: Calibration): string {
  const because = (type: string, threshold?: string) => {
    const change = changes.find((one) => one.type === type && one.moved?.threshold === threshold)
    return change ? ` # ${reasonOf(change)}` : ''
  }
  const off = profile.off.map((type) => `  - ${type}${because(type)}`)
  const thresholds = Object.entries(profile.thresholds).flatMap(([type, values]) => [
    `  ${type}:`,
    ...Object.entries(values).map(([name, value]) => `    ${name}: ${value}${because(type, name)}`),
  ])
  return [
    `# Made by framewatch quality calibrate from ${files} known-good videos.`,
    `extends: ${profile.extends}`,
    ...(off.length > 0 ? ['off:', ...off] : []),
    ...(thresholds.length > 0 ? ['thresholds:', ...thresholds] : []),
    '',
  ].join('\n')
}

const maxNameChars = 200

function reasonOf({ moved, file, files }: CalibrationChange): string {
  const name = printable(file.slice(-maxNameChars).toWellFormed())
  const count = files === 1 ? '' : `, the most extreme of ${files}`
  return moved
    ? `was ${formatNumber(moved.from)}; ${formatNumber(moved.needed)} is just enough for ${name}${count}`
    : `no threshold is enough for ${name}${files === 1 ? '' : `; found in ${files}`}`
}
