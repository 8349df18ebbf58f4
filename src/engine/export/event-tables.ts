/** The tables of what happens now and then: alerts, decisions of the ledger, snapshots. Newest first. */
import type { AlertEvent, NotificationDecision } from '../../model/alert.ts'
import type { Snapshot } from '../../model/status.ts'
import type { AlertEventQuery, DecisionQuery, StoreReader } from '../../store/store.ts'
import type { Cell, ColumnType, Table } from './table.ts'

const pageLength = 500

/** The bounds of an export, inclusive, in Unix milliseconds. */
export interface Period {
  readonly fromMs: number
  readonly toMs: number
}

type Field<T> = readonly [name: string, type: ColumnType, cell: (entry: T) => Cell, isOptional?: 'optional']

interface Timed {
  readonly id: string
  readonly timestampMs: number
}

const timeFields: readonly Field<Timed>[] = [
  ['timestamp', 'time', ({ timestampMs }) => timestampMs],
  ['timestamp_ms', 'integer', ({ timestampMs }) => timestampMs],
  ['id', 'text', ({ id }) => id],
]

const alertFields: readonly Field<AlertEvent>[] = [
  ...timeFields,
  ['rule', 'text', ({ alert }) => alert.rule],
  ['level', 'text', ({ alert }) => alert.level],
  ['transition', 'text', ({ transition }) => transition],
  ['alert_key', 'text', ({ alert }) => alert.key],
  ['attributes', 'json', ({ alert }) => JSON.stringify(alert.attributes)],
  ['metric', 'text', ({ alert }) => alert.evidence.metric],
  ['value', 'number', ({ alert }) => alert.evidence.value, 'optional'],
  ['comparison', 'text', ({ alert }) => alert.evidence.comparison],
  ['threshold', 'number', ({ alert }) => alert.evidence.threshold],
  ['summary', 'text', ({ alert }) => alert.summary],
  ['event', 'json', (event) => JSON.stringify(event)],
]

const decisionFields: readonly Field<NotificationDecision>[] = [
  ...timeFields,
  ['alert_key', 'text', ({ alertKey }) => alertKey],
  ['receiver', 'text', ({ receiver }) => receiver],
  ['decision', 'text', ({ decision }) => decision],
  ['reason', 'text', ({ reason }) => reason],
]

const snapshotFields: readonly Field<Snapshot>[] = [
  ...timeFields,
  ['status', 'text', ({ status }) => status],
  ['status_message', 'text', ({ statusMessage }) => statusMessage],
  ['running', 'integer', ({ runningCount }) => runningCount],
  ['queued', 'integer', ({ queuedCount }) => queuedCount],
  ['firing_alerts', 'integer', ({ firingAlerts }) => firingAlerts],
  ['snapshot', 'json', (snapshot) => JSON.stringify(snapshot)],
]

export function alertTable(
  reader: StoreReader,
  query: Period & Pick<AlertEventQuery, 'rule' | 'level'>,
): Table {
  const list = (toMs: number, limit: number) => reader.listAlertEvents({ ...query, toMs, limit })
  return tableOf(alertFields, pagesBack(list, query))
}

export function decisionTable(
  reader: StoreReader,
  query: Period & Pick<DecisionQuery, 'alertKey' | 'receiver'>,
): Table {
  const list = (toMs: number, limit: number) => reader.listDecisions({ ...query, toMs, limit })
  return tableOf(decisionFields, pagesBack(list, query))
}

export function snapshotTable(reader: StoreReader, period: Period): Table {
  const list = (toMs: number, limit: number) => reader.listSnapshots(limit, toMs)
  return tableOf(snapshotFields, pagesBack(list, period))
}

function tableOf<T>(fields: readonly Field<T>[], pages: AsyncIterable<readonly T[]>): Table {
  const columns = fields.map(([name, type, , optional]) => ({
    name,
    type,
    isOptional: optional !== undefined,
  }))
  const batches = async function* () {
    for await (const page of pages) yield page.map((entry) => fields.map(([, , cell]) => cell(entry)))
  }
  return { columns, batches: batches() }
}

/**
 * A list that is newest first and ends at a time, page by page. A page begins at the last time of the one before, with
 * what that one had of it; a page of a single time is asked for again, twice as long.
 */
async function* pagesBack<T extends Timed>(
  list: (toMs: number, limit: number) => Promise<readonly T[]>,
  { fromMs, toMs }: Period,
): AsyncGenerator<readonly T[]> {
  let seen = new Set<string>()
  let untilMs = toMs
  let limit = pageLength
  for (;;) {
    const page = await list(untilMs, limit)
    const fresh = page.filter(({ id, timestampMs }) => timestampMs >= fromMs && !seen.has(id))
    if (fresh.length > 0) yield fresh
    const lastMs = page.at(-1)?.timestampMs
    if (lastMs === undefined || page.length < limit || lastMs < fromMs) return
    limit = page[0]?.timestampMs === lastMs ? limit * 2 : pageLength
    untilMs = lastMs
    seen = new Set(page.filter(({ timestampMs }) => timestampMs === lastMs).map(({ id }) => id))
  }
}
