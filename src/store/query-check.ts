/** Questions that mean nothing are refused alike by every engine of the port. */
import { FramewatchError } from '../model/errors.ts'
import { type GenerationAggregateQuery, generationGroupKeys } from './generation-query.ts'
import { aggregates, groupAggregates, type RangeQuery } from './sample-query.ts'

/** @param expected - what it should have been, to be read after "Expected `key` to be". */
export function invalidQuery(key: string, expected: string, value: string | number): FramewatchError {
  const fact = `Expected \`${key}\` to be ${expected}, got \`${value}\``
  return new FramewatchError('QUERY_INVALID', fact, { details: { key, value } })
}

/** Limits and steps: SQLite, for one, takes a limit below zero for none at all. Undefined passes. */
export function requirePositiveInteger(key: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return
  throw invalidQuery(key, 'an integer from 1 up', value)
}

/** What of a range goes together. */
export function requireMeaningful(query: RangeQuery): void {
  const { fromMs, toMs, stepMs, aggregate = 'avg', quantile, groupBy, groupAggregate = 'avg' } = query
  for (const [key, value] of Object.entries({ fromMs, toMs }))
    if (typeof value !== 'number' || Number.isNaN(value))
      throw invalidQuery(key, 'a time in Unix milliseconds', String(value))
  if (!aggregates.includes(aggregate))
    throw invalidQuery('aggregate', `of ${aggregates.join(', ')}`, aggregate)
  if (!groupAggregates.includes(groupAggregate))
    throw invalidQuery('groupAggregate', `of ${groupAggregates.join(', ')}`, groupAggregate)
  if (groupBy !== undefined && !Array.isArray(groupBy))
    throw invalidQuery('groupBy', 'a list of names', String(groupBy))
  if (aggregate === 'quantile' && !(quantile !== undefined && quantile >= 0 && quantile <= 1))
    throw invalidQuery('quantile', 'from 0 to 1', String(quantile))
  if (groupBy !== undefined && stepMs === undefined)
    throw invalidQuery('stepMs', 'given with `groupBy`', String(stepMs))
}

/** @throws FramewatchError `QUERY_INVALID`. */
export function requireAggregateQuery(query: GenerationAggregateQuery): void {
  const { fromMs, toMs, stepMs, groupBy = [], quantiles = [] } = query
  for (const [key, value] of Object.entries({ fromMs, toMs }))
    if (!Number.isFinite(value)) throw invalidQuery(key, 'a time in Unix milliseconds', value)
  requirePositiveInteger('stepMs', stepMs)
  for (const key of groupBy)
    if (!generationGroupKeys.includes(key))
      throw invalidQuery('groupBy', `of ${generationGroupKeys.join(', ')}`, key)
  for (const quantile of quantiles)
    if (!(quantile >= 0 && quantile <= 1)) throw invalidQuery('quantiles', 'numbers from 0 to 1', quantile)
}
