import { stepStart } from '../step-start.ts'
import type { GenerationAggregate, GenerationAggregateQuery, GenerationGroupKey } from '../store.ts'
import type { Bindings, Database } from './database.ts'
import type { GenerationColumns } from './generation-columns.ts'
import { type GenerationRollups, hourMs } from './generation-rollups.ts'
import { countableOf, GenerationTally } from './generation-tally.ts'

const defaultQuantiles = [0.5, 0.95, 0.99]

/**
 * Counts whole hours from roll-ups, and the parts of hours at the bounds of the range from the records themselves;
 * steps that are no whole hours are counted from records alone. So the answer is exact at any bounds.
 */
export function aggregateGenerations(
  database: Database,
  rollups: GenerationRollups,
  query: GenerationAggregateQuery,
): GenerationAggregate[] {
  const { groupBy = [], quantiles = defaultQuantiles } = query
  const answers = new Answers(query)
  const { firstHour, lastHour, edges } = splitRange(query)
  const keys = new Set<GenerationGroupKey>(groupBy)
  if (query.model !== undefined) keys.add('model')
  if (query.node !== undefined) keys.add('node')
  if (firstHour <= lastHour)
    for (const row of rollups.read({ ...query, firstHour, lastHour, keys }))
      answers.tallyOf(row.hour * hourMs, row).addEncoded(row.tally)
  for (const edge of edges)
    for (const row of readEnded(database, query, edge)) {
      const countable = countableOf(row)
      if (countable) answers.tallyOf(row.endedAtMs, row).add(countable, 1)
    }
  return answers.summarize(quantiles)
}

/** Bounds in Unix milliseconds, inclusive. */
interface Edge {
  readonly fromMs: number
  readonly toMs: number
}

/** The whole hours of a range, none when the last is before the first, and what is left of it. */
function splitRange({ fromMs, toMs, stepMs = hourMs }: GenerationAggregateQuery) {
  const firstHour = Math.ceil(fromMs / hourMs)
  const lastHour = Math.floor((toMs + 1) / hourMs) - 1
  if (stepMs % hourMs !== 0 || firstHour > lastHour)
    return { firstHour: 0, lastHour: -1, edges: [{ fromMs, toMs }] }
  const edges = [
    { fromMs, toMs: firstHour * hourMs - 1 },
    { fromMs: (lastHour + 1) * hourMs, toMs },
  ]
  return { firstHour, lastHour, edges: edges.filter((edge) => edge.fromMs <= edge.toMs) }
}

function readEnded(database: Database, { model, node }: GenerationAggregateQuery, edge: Edge) {
  const terms = ['ended_at_ms >= :fromMs', 'ended_at_ms <= :toMs']
  if (model !== undefined) terms.push(`coalesce(model, '') = :model`)
  if (node !== undefined) terms.push('node = :node')
  const bindings: Bindings = {
    ...edge,
    ...(model !== undefined && { model }),
    ...(node !== undefined && { node }),
  }
  const sql = `SELECT status, verification, model, node, error_class AS errorClass, ended_at_ms AS endedAtMs,
      duration_ms AS durationMs
    FROM generations INDEXED BY generations_by_end WHERE ${terms.join(' AND ')}`
  return database.all<GenerationColumns & { readonly endedAtMs: number }>(sql, bindings)
}

/** What is counted, by step and group. */
class Answers {
  readonly #query: GenerationAggregateQuery
  readonly #groupBy: readonly GenerationGroupKey[]
  readonly #tallies = new Map<
    string,
    { readonly timestampMs: number; readonly values: readonly string[]; readonly tally: GenerationTally }
  >()

  constructor(query: GenerationAggregateQuery) {
    this.#query = query
    this.#groupBy = [...new Set(query.groupBy)]
  }

  tallyOf(atMs: number, group: Readonly<Record<GenerationGroupKey, string | null>>): GenerationTally {
    const { stepMs, fromMs } = this.#query
    const timestampMs = stepMs === undefined ? fromMs : stepStart(atMs, stepMs)
    const values = this.#groupBy.map((key) => group[key] ?? '')
    const key = JSON.stringify([timestampMs, values])
    const known = this.#tallies.get(key)
    if (known) return known.tally
    const tally = new GenerationTally()
    this.#tallies.set(key, { timestampMs, values, tally })
    return tally
  }

  summarize(quantiles: readonly number[]): GenerationAggregate[] {
    return [...this.#tallies.values()]
      .filter(({ tally }) => !tally.isEmpty)
      .sort((a, b) => a.timestampMs - b.timestampMs || compareTexts(a.values, b.values))
      .map(({ timestampMs, values, tally }) => ({
        timestampMs,
        group: Object.fromEntries(this.#groupBy.map((key, index) => [key, values[index] ?? ''])),
        ...tally.summarize(quantiles),
      }))
  }
}

function compareTexts(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((text, index) => text !== b[index])
  return differs < 0 ? 0 : (a[differs] ?? '') < (b[differs] ?? '') ? -1 : 1
}
