/** One frame of `framewatch top`: what is known flows in, lines that fit the terminal flow out. Pure. */
import type { LiveEnd, LiveGeneration, LiveView, LiveWindow } from '../../engine/live-view.ts'
import type { AlertInstance } from '../../model/alert.ts'
import type { GpuVitalSigns } from '../../model/status.ts'
import { formatBytes, formatDuration, formatNumber, formatRatio, formatTime } from '../format.ts'
import { drawBar } from './bar.ts'
import { type FittingColumn, fitTable } from './columns.ts'
import { fitText } from './fit-text.ts'
import { type Colour, type Paint, paintOf } from './paint.ts'

export interface FrameOptions {
  /** Of the terminal. */
  readonly columns: number
  readonly rows: number
  readonly hasColour: boolean
  /** The last line, such as which keys there are. @default none */
  readonly footer?: string
}

const barColumns = 16
const least = { rows: 4, columns: 20 }
const most = { alerts: 4, gpus: 8, ended: 10, active: 200 }

/** At most `rows` lines, none wider than `columns`. */
export function drawFrame(view: LiveView, options: FrameOptions): string[] {
  const columns = Math.max(least.columns, options.columns)
  const rows = Math.max(least.rows, options.rows)
  const paint = paintOf(options.hasColour)
  const footer = options.footer === undefined ? [] : [paint(fitText(options.footer, columns), 'faint')]
  const { active, ended } = view.performance
  const firing = view.alerts.firing
  const head = header(view, columns, paint)
  // Of the lines that are left, alerts come first; a third is for GPUs at most; what ended gives way to what runs.
  let left = rows - head.length - footer.length
  const take = (wanted: number, overhead: number) => {
    const count = Math.max(0, Math.min(wanted, left - overhead))
    if (count > 0) left -= count + overhead
    return count
  }
  const alertCount = take(Math.min(firing.length, most.alerts), 2)
  const gpus = view.metrics.gpus
  const gpuCount = take(Math.min(gpus.length, most.gpus, Math.max(1, Math.floor(left / 3))), 2)
  const endedFloor = Math.min(ended.length, Math.max(0, Math.floor(left / 3) - 2))
  left -= endedFloor > 0 ? endedFloor + 2 : 0
  const activeCount = take(Math.min(Math.max(1, active.length), most.active), 2)
  left += endedFloor > 0 ? endedFloor + 2 : 0
  const endedCount = take(Math.min(ended.length, most.ended), 2)
  const table = <Row>(list: readonly Row[], count: number, fitting: readonly FittingColumn<Row>[]) =>
    count === 0 ? [] : ['', ...fitTable(fitting, list.slice(0, count), columns, paint)]
  const idle = activeCount > 0 && active.length === 0
  return [
    ...head,
    ...table(firing, alertCount, alertColumns),
    ...(idle
      ? ['', fitText('Nothing is running or queued.', columns)]
      : table(active, activeCount, activeColumns(view))),
    ...table(gpus, gpuCount, gpuColumns),
    ...table(ended, endedCount, endedColumns),
    ...footer,
  ]
    .slice(0, rows)
    .map((line) => (options.hasColour ? line : line.trimEnd()))
}

const statusColours = { healthy: 'good', degraded: 'poor', critical: 'bad', unknown: 'poor' } as const

function header(view: LiveView, columns: number, paint: Paint): string[] {
  const { status, statusMessage, timestampMs, node, performance, alerts } = view
  const { runningCount, queuedCount, windows } = performance
  const word = status.toUpperCase().slice(0, columns)
  const message = fitText(` ${statusMessage}`, Math.max(0, columns - word.length))
  const place = [formatTime(timestampMs), node, `${runningCount} running, ${queuedCount} queued`]
  const firing = alerts.firing.length
  return [
    paint(word, statusColours[status]) + message,
    fitText(`${place.filter((part) => part !== '').join('  ')}  ${firing} firing`, columns),
    '',
    ...fitTable(windowColumns, [windows.last5m, windows.last1h], columns, paint),
  ]
}

const windowColumns: readonly FittingColumn<LiveWindow>[] = [
  { title: 'LAST', text: ({ windowSeconds }) => (windowSeconds === 300 ? '5 min' : '1 h'), most: 6, rank: 0 },
  number('VIDEOS/MIN', 2, ({ videosPerMinute }) => formatNumber(videosPerMinute)),
  number('SUCCESS', 1, ({ successRate }) => formatRatio(successRate)),
  number('VERIFIED', 4, ({ verifiedSuccessRate }) => formatRatio(verifiedSuccessRate)),
  number('P50', 3, ({ p50Ms }) => formatDuration(p50Ms)),
  number('P95', 5, ({ p95Ms }) => formatDuration(p95Ms)),
  number('OK', 6, ({ byOutcome }) => String(byOutcome.succeeded)),
  number('ERRORS', 7, ({ byOutcome }) => String(byOutcome.failed + byOutcome.timed_out + byOutcome.lost)),
  number('DEFECTIVE', 8, ({ defective }) => String(defective)),
]

function number<Row>(title: string, rank: number, text: (row: Row) => string): FittingColumn<Row> {
  return { title, text, align: 'right', most: 14, rank }
}

const levelColours: Readonly<Record<AlertInstance['level'], Colour>> = {
  info: 'faint',
  warning: 'poor',
  error: 'bad',
  critical: 'bad',
}

const alertColumns: readonly FittingColumn<AlertInstance>[] = [
  {
    title: 'FIRING',
    text: ({ level }) => level,
    colour: ({ level }) => levelColours[level],
    most: 8,
    rank: 1,
  },
  { title: 'RULE', text: ({ rule }) => rule, most: 28, rank: 0 },
  { title: 'SUMMARY', text: ({ summary }) => summary, most: 60, rank: 2 },
]

function remainingText({ remainingMs }: LiveGeneration): string {
  if (!remainingMs) return '-'
  const { low, mid, high } = remainingMs
  return `${formatDuration(mid)} (${formatDuration(low)} to ${formatDuration(high)})`
}

function activeColumns({ timestampMs, node }: LiveView): readonly FittingColumn<LiveGeneration>[] {
  const stageText = ({ status, stage, stalledSinceMs }: LiveGeneration) => {
    if (stalledSinceMs !== null) return `stalled ${formatDuration(Math.max(0, timestampMs - stalledSinceMs))}`
    return stage ?? status
  }
  return [
    { title: 'ACTIVE', text: ({ id }) => id, most: 24, rank: 7 },
    { title: 'MODEL', text: ({ model }) => model ?? '-', most: 20, rank: 3 },
    {
      title: 'STAGE',
      text: stageText,
      colour: ({ stalledSinceMs }) => (stalledSinceMs === null ? undefined : 'bad'),
      most: 16,
      rank: 1,
    },
    {
      title: 'PROGRESS',
      text: ({ progress }) => drawBar(progress, barColumns),
      colour: () => 'good',
      most: barColumns,
      rank: 2,
    },
    { title: '', text: ({ progress }) => percent(progress), align: 'right', most: 4, rank: 0 },
    { title: 'STEPS', text: stepsText, align: 'right', most: 11, rank: 6 },
    {
      title: 'ELAPSED',
      text: ({ elapsedMs }) => formatDuration(elapsedMs),
      align: 'right',
      most: 11,
      rank: 4,
    },
    { title: 'LEFT', text: remainingText, align: 'right', most: 34, rank: 5 },
    { title: 'GPU', text: gpusText(node), most: 16, rank: 8 },
  ]
}

function percent(progress: number | null): string {
  return progress === null ? '-' : `${Math.floor(progress * 100)}%`
}

function stepsText({ completedSteps, totalSteps }: LiveGeneration): string {
  return completedSteps === undefined ? '-' : `${completedSteps}/${totalSteps ?? '?'}`
}

/** The node is named when it is another than the one whose GPUs are shown. */
function gpusText(ownNode: string): (generation: LiveGeneration) => string {
  return ({ gpus, node }) => {
    const list = gpus.length === 0 ? '-' : gpus.join(',')
    return node === ownNode ? list : `${node}:${list}`
  }
}

const gpuColumns: readonly FittingColumn<GpuVitalSigns>[] = [
  { title: 'GPU', text: ({ name, id }) => name ?? id, most: 26, rank: 1 },
  {
    title: 'BUSY',
    text: ({ utilization }) => drawBar(utilization, barColumns),
    most: barColumns,
    rank: 4,
  },
  { title: '', text: ({ utilization }) => percent(utilization), align: 'right', most: 4, rank: 0 },
  { title: 'MEMORY', text: (gpu) => drawBar(memoryShare(gpu), barColumns), most: barColumns, rank: 5 },
  {
    title: '',
    text: ({ memoryUsedBytes, memoryTotalBytes }) =>
      `${formatBytes(memoryUsedBytes)} of ${formatBytes(memoryTotalBytes)}`,
    most: 24,
    rank: 2,
  },
  number('TEMP', 3, ({ temperatureCelsius }) => unit(temperatureCelsius, '°C')),
  number('POWER', 6, ({ powerWatts }) => unit(powerWatts, 'W')),
  {
    title: 'STATE',
    text: ({ status }) => status ?? '-',
    colour: ({ status }) => (status === 'failed' ? 'bad' : status === 'degraded' ? 'poor' : undefined),
    most: 8,
    rank: 7,
  },
]

function unit(value: number | null, name: string): string {
  return value === null ? '-' : `${Math.round(value)} ${name}`
}

function memoryShare({ memoryUsedBytes, memoryTotalBytes }: GpuVitalSigns): number | null {
  return memoryUsedBytes === null || !memoryTotalBytes ? null : memoryUsedBytes / memoryTotalBytes
}

const endedColumns: readonly FittingColumn<LiveEnd>[] = [
  { title: 'ENDED', text: ({ id }) => id, most: 24, rank: 3 },
  { title: 'AT', text: ({ endedAtMs }) => formatTime(endedAtMs).slice(11), most: 9, rank: 4 },
  { title: 'MODEL', text: ({ model }) => model ?? '-', most: 20, rank: 1 },
  { title: 'OUTCOME', text: outcomeText, colour: outcomeColour, most: 30, rank: 0 },
  { title: 'TOOK', text: ({ durationMs }) => formatDuration(durationMs), align: 'right', most: 11, rank: 2 },
]

function outcomeText({ status, verification, errorClass }: LiveEnd): string {
  if (status === 'succeeded') return verification === 'unverified' ? status : `${status}, ${verification}`
  return errorClass === undefined ? status.replace('_', ' ') : `${status.replace('_', ' ')}: ${errorClass}`
}

function outcomeColour({ status, verification }: LiveEnd): Colour | undefined {
  if (status === 'cancelled' || status === 'rejected') return 'faint'
  if (status !== 'succeeded') return 'bad'
  return verification === 'defective' ? 'poor' : 'good'
}
