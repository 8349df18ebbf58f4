import { type Command, Option } from 'commander'
import { FramewatchError } from '../../model/errors.ts'
import {
  type GenerationRecord,
  type GenerationStatus,
  generationStatuses,
  isPendingCheck,
  type OutputCheck,
} from '../../model/generation.ts'
import type { Defect } from '../../model/quality.ts'
import {
  formatBytes,
  formatDuration,
  formatFields,
  formatNumber,
  formatTable,
  formatTime,
} from '../format.ts'
import {
  type CommandContext,
  type CommonOptions,
  countUpTo,
  maxRows,
  withCommonOptions,
  withReader,
} from '../terminal.ts'

interface ListOptions extends CommonOptions {
  readonly status?: GenerationStatus
  readonly model?: string
  readonly limit: number
}

export function addGenerations(program: Command, { out }: CommandContext): void {
  const group = program.command('generations').description('recorded generations')
  const list = group.command('list', { isDefault: true }).description('the newest first')
  withCommonOptions(list)
    .addOption(new Option('--status <status>', 'only of this status').choices(generationStatuses))
    .option('--model <name>', 'only of this model')
    .option('--limit <count>', 'at most so many', countUpTo(maxRows), 20)
    .action(async ({ baseDir, json, status, model, limit }: ListOptions) => {
      const query = { statuses: status && [status], model, limit }
      const { records } = await withReader(baseDir, (reader) => reader.listGenerations(query))
      out(json ? JSON.stringify(records) : formatTable(header, records.map(row)))
    })
  withCommonOptions(group.command('show').argument('<id>').description('one generation in full')).action(
    async (id: string, { baseDir, json }: CommonOptions) => {
      const record = await withReader(baseDir, (reader) => reader.getGeneration(id))
      if (!record)
        throw new FramewatchError('GENERATION_NOT_FOUND', `No generation "${id}" in ${baseDir}`, {
          details: { id },
        })
      out(json ? JSON.stringify(record) : details(record))
    },
  )
}

/** In a column; all of them are in `show`. */
const maxShownDefects = 3

const header = ['ID', 'STATUS', 'OUTPUT', 'MODEL', 'REQUESTED', 'QUEUED', 'TOOK', 'ERROR']

function row(record: GenerationRecord): string[] {
  const { id, status, request, queuedAtMs, queueMs, durationMs, error } = record
  return [
    id,
    status,
    status === 'succeeded' ? verificationText(record) : '-',
    request.model ?? '-',
    formatTime(queuedAtMs),
    formatDuration(queueMs),
    formatDuration(durationMs),
    error?.errorClass ?? '-',
  ]
}

/** As `defective: black, frozen`. */
function verificationText(record: GenerationRecord): string {
  if (isPendingCheck(record)) return 'pending'
  const { verification, defects } = record
  const shown = defects.slice(0, maxShownDefects)
  if (defects.length > shown.length) shown.push('…')
  return shown.length > 0 ? `${verification}: ${shown.join(', ')}` : verification
}

function checkText(check: OutputCheck): string {
  if (check.verdict === 'pending') return 'pending'
  const { verdict, reason, profile, costMs } = check
  const how = profile === undefined ? '' : ` (profile ${profile}, in ${formatDuration(costMs)})`
  return `${verdict}${how}${reason === undefined ? '' : `: ${reason}`}`
}

function defectField({ type, severity, startSeconds, endSeconds, evidence }: Defect): [string, string] {
  const where = `${formatNumber(startSeconds)} s to ${formatNumber(endSeconds)} s`
  return ['defect', `${type} (${severity}) ${where}: ${evidence}`]
}

function details(record: GenerationRecord): string {
  const { request, output, check } = record
  const fields: [string, string | undefined][] = [
    ['id', record.id],
    ['status', record.status],
    ['verification', verificationText(record)],
    ['check', check && checkText(check)],
    ...(check && check.verdict !== 'pending' ? check.defects : []).map(defectField),
    ['model', request.model],
    ['engine', request.engine],
    ['node', record.node],
    ['attempt', String(record.attempt)],
    ['prompt', record.prompt ?? (record.promptHash && `sha256 ${record.promptHash}`)],
    ['size', request.width && request.height ? `${request.width}x${request.height}` : undefined],
    ['requested', formatTime(record.queuedAtMs)],
    ['started', formatTime(record.startedAtMs)],
    ['ended', formatTime(record.endedAtMs)],
    ['queue wait', formatDuration(record.queueMs)],
    ['duration', formatDuration(record.durationMs)],
    [
      'stages',
      record.stages.map(({ name, durationMs }) => `${name} ${formatDuration(durationMs)}`).join(', '),
    ],
    ['output', output && `${output.path ?? '-'} (${formatBytes(output.sizeBytes)})`],
    [
      'quality',
      Object.entries(record.quality ?? {})
        .map(([name, score]) => `${name} ${formatNumber(score)}`)
        .join(', '),
    ],
    [
      'tags',
      Object.entries(request.tags ?? {})
        .map(([name, value]) => `${name}=${value}`)
        .join(', '),
    ],
    ['error', record.error && `${record.error.errorClass}: ${record.error.message}`],
  ]
  return formatFields(fields.flatMap(([name, value]) => (value ? [[name, value] as const] : [])))
}
