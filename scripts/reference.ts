/** The reference pages that are made from the code's own tables, so that they cannot drift. */
import { metricCatalogue } from '../src/engine/metric-catalogue.ts'
import { errorTable } from '../src/model/errors.ts'
import { type ErrorClass, errorClassTable } from '../src/track/error-class-table.ts'
import { codesOf } from '../src/track/error-codes.ts'
import { pairs } from '../test/support/node-exporter-pairs.ts'
import { qualityThresholdsPage } from './quality-reference.ts'

/** Each page by its path below the repository. */
export function referencePages(): Readonly<Record<string, string>> {
  return {
    'docs/reference/error-classes.md': errorClassesPage(),
    'docs/reference/errors.md': errorsPage(),
    'docs/reference/metrics.md': metricsPage(),
    'docs/reference/node-exporter.md': nodeExporterPage(),
    'docs/reference/quality-thresholds.md': qualityThresholdsPage(),
  }
}

function errorClassesPage(): string {
  const classes = Object.keys(errorClassTable) as ErrorClass[]
  const list = (codes: readonly string[]) => codes.map((code) => `\`${code}\``).join(', ')
  const rows = classes.map((name) => {
    const { meaning, remedy } = errorClassTable[name]
    return `| \`${name}\` | ${meaning} | ${remedy} |`
  })
  const codeRows = classes.flatMap((name) => {
    const { always, vague } = codesOf(name)
    return always.length + vague.length === 0 ? [] : [`| \`${name}\` | ${list(always)} | ${list(vague)} |`]
  })
  return `# Error classes

A failed generation gets one of these classes, so that failures can be counted by cause. The first of these that says
something decides:

1. the class the caller gave: \`generation.fail(error, { errorClass })\`;
2. the rules under \`errorClasses\`, in their order;
3. a code that always means one class;
4. the message: what PyTorch, CUDA, ROCm, ComfyUI, diffusers, SGLang, vLLM-Omni, xDiT, TensorRT, ffmpeg, the Hugging Face Hub
   and hosted models print. A prompt that it repeats in quotation marks is left out, and of a long message the middle;
5. a code that says little. Of an HTTP 4xx the message may make a content filter, a quota, a missing key or a missing model,
   but never a lack of memory.

| class | meaning | what to do |
|---|---|---|
${rows.join('\n')}

## Rules of your own

\`\`\`yaml
errorClasses:
  - class: tiling_bug
    pattern: vae tile .{0,20} overlaps
  - class: queue_full
    code: E_BUSY
\`\`\`

A \`pattern\` is a regular expression, without regard to case, with the flag \`u\`; it sees the code and the message, the first 500
and last 500 characters of them. A \`code\` is compared whole. A class may be one of the above or a new one, in lower-case
letters, digits and \`_\`. There may be 64 rules.

So that no message can hold the monitor up, patterns that could run long are refused: at most one \`*\` or \`+\` (or several bounded
repeats such as \`.{0,15}\`), no repeat within a repeat, no references, no looking ahead or behind.

## Codes

Without regard to case. Numbers below 100 are gRPC's, those from 134 to 143 exit codes, from 400 to 599 HTTP's, of four digits
Kling's; but 1006 is a WebSocket that broke.

| class | always | when the message says no more |
|---|---|---|
${codeRows.join('\n')}
`
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

What a service on Linux collects; [platforms](../platforms.md) says what macOS and Windows tell of it. Names and attributes follow the semantic conventions of OpenTelemetry where they have
one; \`video_generation.*\` and \`framewatch.*\` are ours. Units are UCUM, as OpenTelemetry writes them: \`1\` is a ratio
in 0..1. A counter only grows, and starts again at zero with its owner. What cannot be measured has no series: absent is
not zero.

| name | kind | unit | description |
|---|---|---|---|
${rows.join('\n')}
`
}

function nodeExporterPage(): string {
  const rows = pairs.map(({ theirs, ours, attributes, note }) => {
    const told = Object.entries(attributes?.({}) ?? {}).filter(
      ([, value]) => value !== '' && value !== 'other',
    )
    const where = told.map(([name, value]) => `\`${name}="${value}"\``).join(', ')
    return `| \`${theirs}\` | \`${ours}\` | ${note ?? where} |`
  })
  return `# The same values under node_exporter's names

For who moves dashboards or rules here. A test compares both on node_exporter's own fixtures of the kernel's files, series by
series: this table has what those can prove. Network and file systems are compared with a running node_exporter instead; used memory,
used swap and minor faults are differences of what it gives. [All metrics](metrics.md).

| node_exporter | Framewatch | with |
| --- | --- | --- |
${rows.join('\n')}
`
}
