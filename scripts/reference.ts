/** The reference pages that are made from the code's own tables, so that they cannot drift. */
import { metricCatalogue } from '../src/engine/metric-catalogue.ts'
import { errorTable } from '../src/model/errors.ts'

/** Each page by its path below the repository. */
export function referencePages(): Readonly<Record<string, string>> {
  return { 'docs/reference/errors.md': errorsPage(), 'docs/reference/metrics.md': metricsPage() }
}

function errorsPage(): string {
  const rows = Object.entries(errorTable).map(
    ([code, { meaning, remedy }]) => `| \`${code}\` | ${meaning} | ${remedy} |`,
  )
  return `# Errors

Everything Framewatch throws on purpose is a \`FramewatchError\` with one of these codes. A code never changes its
meaning. \`message\` holds the fact and the remedy, \`details\` the key, value, file and line, \`cause\` the error beneath.

| code | meaning | what to do |
|---|---|---|
${rows.join('\n')}
`
}

function metricsPage(): string {
  const rows = metricCatalogue('linux').map(
    ({ name, kind, unit, description }) => `| \`${name}\` | ${kind} | \`${unit}\` | ${description} |`,
  )
  return `# Metrics

What a service on Linux collects. Names and attributes follow the semantic conventions of OpenTelemetry where they have
one; \`video_generation.*\` and \`framewatch.*\` are ours. Units are UCUM, as OpenTelemetry writes them: \`1\` is a ratio
in 0..1. A counter only grows, and starts again at zero with its owner. What cannot be measured has no series: absent is
not zero.

| name | kind | unit | description |
|---|---|---|---|
${rows.join('\n')}
`
}
