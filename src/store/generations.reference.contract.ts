import { type GenerationRecord, isEnded, noOutcomes, outcomeRates, type Scalar } from '../model/generation.ts'
import { promptTerms, promptWords } from './prompt-words.ts'
import type {
  FieldCondition,
  GenerationAggregate,
  GenerationAggregateQuery,
  GenerationFilter,
  GenerationGroupKey,
} from './store.ts'

/** What a list must answer, all pages in one, written as plainly as can be. */
export function listPlainly(
  records: Iterable<GenerationRecord>,
  filter: GenerationFilter,
): GenerationRecord[] {
  const { fromMs = -Infinity, toMs = Infinity } = filter
  return [...records]
    .filter(({ status }) => filter.statuses?.includes(status) ?? true)
    .filter(({ request }) => filter.model === undefined || request.model === filter.model)
    .filter(({ node }) => filter.node === undefined || node === filter.node)
    .filter(({ error }) => filter.errorClass === undefined || error?.errorClass === filter.errorClass)
    .filter(({ queuedAtMs }) => queuedAtMs >= fromMs && queuedAtMs <= toMs)
    .filter(
      ({ endedAtMs = -Infinity }) => filter.endedFromMs === undefined || endedAtMs >= filter.endedFromMs,
    )
    .filter((record) => filter.where?.every((condition) => holds(record, condition)) ?? true)
    .filter(({ prompt }) => filter.prompt === undefined || holdsWords(prompt, filter.prompt))
    .sort((a, b) => b.queuedAtMs - a.queuedAtMs || (a.id < b.id ? 1 : -1))
}

function holds(record: GenerationRecord, { field, operator, value }: FieldCondition): boolean {
  const names = field.startsWith('request.tags.') ? ['request', 'tags', field.slice(13)] : field.split('.')
  let found: unknown = record
  for (const name of names) found = (found as Record<string, unknown> | undefined)?.[name]
  if (operator === '!=') return found !== value
  if (typeof found !== typeof value) return false
  const order = compare(found as Scalar, value)
  if (operator === '=') return order === 0
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

function compare(a: Scalar, b: Scalar): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(String(b)))
  return Number(a) - Number(b)
}

function holdsWords(prompt: string | undefined, search: string): boolean {
  const words = promptWords(prompt ?? '')
  return promptTerms(search).every(({ word, isPrefix }) =>
    isPrefix ? words.some((held) => held.startsWith(word)) : words.includes(word),
  )
}

/** What an aggregate must answer, with exact quantiles. */
export function aggregatePlainly(
  records: Iterable<GenerationRecord>,
  query: GenerationAggregateQuery,
): GenerationAggregate[] {
  const { fromMs, toMs, stepMs, groupBy = [], quantiles = [0.5, 0.95, 0.99] } = query
  const counted = [...records]
    .filter(
      ({ status, endedAtMs = Number.NaN }) => isEnded(status) && endedAtMs >= fromMs && endedAtMs <= toMs,
    )
    .filter((record) => query.model === undefined || groupValue(record, 'model') === query.model)
    .filter((record) => query.node === undefined || record.node === query.node)
  const groups = Map.groupBy(counted, (record) => {
    const timestampMs = stepMs ? Math.floor((record.endedAtMs ?? 0) / stepMs) * stepMs : fromMs
    return JSON.stringify([timestampMs, ...groupBy.map((key) => groupValue(record, key))])
  })
  return [...groups]
    .map(([key, members]) => {
      const [timestampMs, ...values] = JSON.parse(key) as [number, ...string[]]
      const group = Object.fromEntries(groupBy.map((name, index) => [name, values[index]]))
      return { timestampMs, values, answer: { timestampMs, group, ...countPlainly(members, quantiles) } }
    })
    .sort(
      (a, b) =>
        a.timestampMs - b.timestampMs || (JSON.stringify(a.values) < JSON.stringify(b.values) ? -1 : 1),
    )
    .map(({ answer }) => answer)
}

function groupValue({ request, node, error }: GenerationRecord, key: GenerationGroupKey): string {
  return { model: request.model ?? '', node, errorClass: error?.errorClass ?? '' }[key]
}

function countPlainly(records: readonly GenerationRecord[], quantiles: readonly number[]) {
  const byOutcome = noOutcomes()
  for (const { status } of records) if (isEnded(status)) byOutcome[status] += 1
  const succeeded = records.filter(({ status }) => status === 'succeeded')
  const verified = succeeded.filter(({ verification }) => verification === 'verified').length
  const defective = succeeded.filter(({ verification }) => verification === 'defective').length
  const durations = succeeded.flatMap(({ durationMs }) => durationMs ?? []).sort((a, b) => a - b)
  const sumMs = durations.reduce((sum, durationMs) => sum + durationMs, 0)
  return {
    byOutcome,
    verified,
    defective,
    ...outcomeRates({ byOutcome, verified }),
    duration: {
      count: durations.length,
      meanMs: durations.length === 0 ? null : sumMs / durations.length,
      quantilesMs: quantiles.map((q) => durations[Math.floor(q * (durations.length - 1))] ?? null),
    },
  }
}
