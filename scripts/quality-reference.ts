/** The reference page of the checks of videos: their figures from the checks, their words from the comments beside them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checks } from '../src/quality/checks.ts'
import { profileOf } from '../src/quality/profile.ts'
import { profileNames } from '../src/quality/profile-names.ts'

export function qualityThresholdsPage(): string {
  return `# Thresholds of the checks of videos

The figures of the profile \`default\`. A profile of your own sets any of them by these names: [quality](../quality.md#profiles).
Units are in the names or beside them; \`…Share\` is a share in 0..1, \`…Seconds\` are seconds of the video's own time. Luma is that of 8 bits in the limited range:
black is 16, white 235. \`unreadable\` and \`empty\` have no thresholds.

${checks.map(({ type, thresholds }) => checkText(type, thresholds)).join('\n\n')}

## Profiles

| profile | off | thresholds |
|---|---|---|
${profileNames.map(profileRow).join('\n')}
`
}

function checkText(type: string, thresholds: Readonly<Record<string, number>>): string {
  const path = join(import.meta.dirname, '../src/quality/defects', `${type.replaceAll('_', '-')}.ts`)
  const source = readFileSync(path, 'utf8')
  const rows = Object.entries(thresholds).map(
    ([name, value]) => `| \`${name}\` | ${value} | ${meaningOf(name, source)} |`,
  )
  const table = rows.length === 0 ? [] : ['', '| threshold | default | |', '|---|---|---|', ...rows]
  return [`## ${type}`, '', definitionOf(source, path), ...table].join('\n')
}

/** The first comment of the file. */
function definitionOf(source: string, path: string): string {
  const [, comment] = /\/\*\*([\s\S]*?)\*\//.exec(source) ?? []
  if (!comment) throw new Error(`${path} does not begin with what it finds`)
  return comment
    .split('\n')
    .map((line) => line.replace(/^ \* ?/, '').trimEnd())
    .join('\n')
    .trim()
}

/** The comment above the threshold. */
function meaningOf(name: string, source: string): string {
  const [, comment = ''] = new RegExp(`/\\*\\* ([^\\n]*) \\*/\\n\\s+${name}:`).exec(source) ?? []
  return comment.replaceAll('|', '\\|')
}

function profileRow(name: string): string {
  const { off, thresholds } = profileOf(name)
  const moved = Object.entries(thresholds).flatMap(([type, values]) =>
    Object.entries(values).map(([threshold, value]) => `\`${type}.${threshold}\` ${value}`),
  )
  return `| \`${name}\` | ${off.map((type) => `\`${type}\``).join(', ')} | ${moved.join(', ')} |`
}
