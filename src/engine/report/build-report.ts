import { invalidQuery } from '../../store/query-check.ts'
import type { StoreReader } from '../../store/store.ts'
import { endedSince } from '../last-day.ts'
import { cutText } from './bounded-groups.ts'
import { SpanDetails } from './details.ts'
import { SpanTotals } from './figures.ts'
import type {
  FindRegressions,
  GenerationReport,
  ReportAlert,
  ReportChange,
  ReportFigureName,
  ReportSpan,
} from './report.ts'

export interface ReportOptions extends ReportSpan {
  /** @default nobody looks */
  readonly findRegressions?: FindRegressions
}

const maxAlerts = 10_000
/** The last time that ECMAScript can write. */
const maxTimeMs = 8.64e15
/** Of amounts when no generation has a cost. */
const defaultCurrency = 'USD'

/**
 * The report of a span, and of the one before it, in one pass over the records of both. A generation belongs to the
 * span in which it ended; it must have been requested before the end of the report's span. Amounts are in the currency
 * of the newest generation that has a cost.
 *
 * @param options - `fromMs` from 0, before `toMs`, both whole.
 * @throws FramewatchError `QUERY_INVALID`; those of the store.
 */
export async function buildReport(reader: StoreReader, options: ReportOptions): Promise<GenerationReport> {
  const { fromMs, toMs, findRegressions } = options
  requireSpan(options)
  const lengthMs = toMs - fromMs
  const before = { fromMs: fromMs - lengthMs, toMs: fromMs }
  const currency = await currencyOf(reader, before.fromMs, toMs)
  const [totals, totalsBefore] = [new SpanTotals(currency), new SpanTotals(currency)]
  const details = new SpanDetails({ fromMs, toMs }, currency)
  for await (const { records } of endedSince(reader, before.fromMs, toMs - 1)) {
    for (const record of records) {
      const { endedAtMs } = record
      if (endedAtMs === undefined || endedAtMs >= toMs) continue
      if (endedAtMs < fromMs) totalsBefore.add(record)
      else {
        totals.add(record)
        details.add(record, endedAtMs)
      }
    }
  }
  const alerts = await readAlerts(reader, { fromMs, toMs })
  const now = { ...totals.summarize(lengthMs), alerts }
  const then = { ...totalsBefore.summarize(lengthMs), alerts: await readAlerts(reader, before) }
  return {
    fromMs,
    toMs,
    ...now,
    ...details.summarize(),
    changes: { before, figures: changesOf(then, now) },
    regressions: findRegressions ? await findRegressions(before, { fromMs, toMs }) : null,
  }
}

function requireSpan({ fromMs, toMs }: ReportSpan): void {
  const isTime = (value: number) => Number.isSafeInteger(value) && value >= 0 && value <= maxTimeMs
  for (const [key, value] of Object.entries({ fromMs, toMs }))
    if (!isTime(value)) throw invalidQuery(key, 'a time in Unix milliseconds', value)
  if (fromMs >= toMs) throw invalidQuery('toMs', `after \`fromMs\` ${fromMs}`, toMs)
}

/** One report has one currency: an amount in another is not known in it. */
async function currencyOf(reader: StoreReader, endedFromMs: number, toMs: number): Promise<string> {
  const where = [{ field: 'cost.amount', operator: '>=', value: 0 }] as const
  const { records } = await reader.listGenerations({ endedFromMs, toMs: toMs - 1, where, limit: 1 })
  return cutText(records[0]?.cost?.currency ?? defaultCurrency, 16)
}

async function readAlerts(
  reader: StoreReader,
  { fromMs, toMs }: ReportSpan,
): Promise<GenerationReport['alerts']> {
  const query = { transition: 'firing', fromMs, toMs: toMs - 1, limit: maxAlerts } as const
  const events = await reader.listAlertEvents(query)
  const byRule = [...Map.groupBy(events, ({ alert }) => alert.rule)].flatMap(
    ([rule, fired]): ReportAlert[] => {
      const [last] = fired
      if (!last) return []
      const { level, summary } = last.alert
      const lastSummary = cutText(summary, 300)
      return [{ rule: cutText(rule), level, fired: fired.length, lastFiredMs: last.timestampMs, lastSummary }]
    },
  )
  byRule.sort((a, b) => b.fired - a.fired)
  return { byRule, isComplete: events.length < maxAlerts }
}

type Compared = ReturnType<SpanTotals['summarize']> & Pick<GenerationReport, 'alerts'>

/** What a table before and after shows, in its order. */
const compared: Readonly<Record<ReportFigureName, (span: Compared) => number | null>> = {
  ended: ({ totals }) => totals.ended,
  videosPerHour: ({ totals }) => totals.videosPerHour,
  successRate: ({ totals }) => totals.successRate,
  verifiedSuccessRate: ({ totals }) => totals.verifiedSuccessRate,
  defectiveShare: ({ totals }) => share(totals.defective, totals.byOutcome.succeeded),
  durationP50Ms: ({ totals }) => totals.duration.p50Ms,
  durationP95Ms: ({ totals }) => totals.duration.p95Ms,
  queueP95Ms: ({ totals }) => totals.queue.p95Ms,
  turnaroundP50Ms: ({ turnaround }) => turnaround.p50Ms,
  turnaroundP95Ms: ({ turnaround }) => turnaround.p95Ms,
  attemptsPerRequest: ({ attempts }) => attempts.perRequest,
  cost: ({ spending }) => known(spending.total.cost),
  wastedCost: ({ spending }) => known(spending.wasted.cost),
  costPerUsableVideo: (span) => span.costPerUsableVideo,
  costPerUsableSecond: ({ spending }) => spending.perUsableSecond.cost,
  gpuSecondsPerUsableSecond: ({ spending }) => spending.perUsableSecond.gpuSeconds,
  joulesPerUsableSecond: ({ spending }) => spending.perUsableSecond.energyJoules,
  alertsFired: ({ alerts }) => alerts.byRule.reduce((sum, { fired }) => sum + fired, 0),
}

function changesOf(before: Compared, after: Compared): ReportChange[] {
  return Object.entries(compared).map(([figure, read]) => ({
    figure: figure as ReportFigureName,
    before: read(before),
    after: read(after),
  }))
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

function known({ total, known }: { readonly total: number; readonly known: number }): number | null {
  return known === 0 ? null : total
}
