import type { MetricKind } from '../../../model/sample.ts'
import type { Family, FamilyType } from './exposition.ts'

/**
 * What a sample of an exposition is: a gauge, a counter, or one of those that are left out. Buckets and quantiles are:
 * each histogram would make dozens of series, and none can be added up over exporters. So is when a series began.
 *
 * @returns undefined for what is left out.
 */
export function exposedKind(name: string, families: ReadonlyMap<string, Family>): MetricKind | undefined {
  const own = families.get(name)?.type
  const [, base = '', suffix = ''] =
    /^(.+)_(total|sum|count|bucket|created|gsum|gcount|info)$/.exec(name) ?? []
  const baseType = base === '' ? undefined : families.get(base)?.type
  // The text format knows no such samples: clients write them as gauges of their own.
  if (suffix === 'created' && isCumulative(baseType ?? families.get(`${base}_total`)?.type)) return undefined
  if (own !== undefined && own !== 'untyped' && own !== 'unknown') return kindOfOwn(own)
  if (baseType === 'histogram' || baseType === 'summary')
    if (suffix === 'sum' || suffix === 'count') return 'counter'
  if (suffix === 'bucket' && (baseType === 'histogram' || baseType === 'gaugehistogram')) return undefined
  return suffix === 'total' ? 'counter' : 'gauge'
}

/** The kind of a sample that bears the very name of its family: of a summary, that is a quantile. */
function kindOfOwn(type: FamilyType): MetricKind | undefined {
  if (type === 'counter') return 'counter'
  return type === 'summary' || type === 'histogram' || type === 'gaugehistogram' ? undefined : 'gauge'
}

function isCumulative(type: FamilyType | undefined): boolean {
  return type === 'counter' || type === 'histogram' || type === 'summary'
}
