/** A rule that compares the newest value of each series with a fixed threshold. */
import type * as zod from 'zod'
import { lazySchema } from '../../config/lazy-schema.ts'
import { type Attributes, attributesKey } from '../../model/sample.ts'
import type { Condition } from '../lifecycle.ts'
import { attributeNameSchema, metricNameSchema, type RuleBase, ruleFields } from '../rule-fields.ts'
import { type LatestValue, type SampleSource, selectLatest } from '../sample-source.ts'
import { templateProblem } from '../summary-template.ts'

/** A threshold rule, normalised. */
export interface ThresholdRule extends RuleBase {
  readonly kind: 'threshold'
  readonly metric: string
  /** Exact matchers; an empty string means that the attribute is absent. */
  readonly attributes: Attributes
  /** Strict: a value equal to the threshold does not hold. */
  readonly comparison: 'above' | 'below'
  readonly threshold: number
  /** The condition is clear at this value and beyond it; the threshold itself when there is no hysteresis. */
  readonly clear: number
}

const fieldsSchema = lazySchema((z) =>
  z.strictObject({
    ...ruleFields(),
    kind: z.literal('threshold').default('threshold'),
    metric: metricNameSchema(),
    attributes: z.record(attributeNameSchema(), z.string()).default({}),
    above: z.number().optional(),
    below: z.number().optional(),
    clear: z.number().optional(),
  }),
)

type Fields = zod.output<ReturnType<typeof fieldsSchema>>

const thresholdSchema = lazySchema(() =>
  fieldsSchema()
    .superRefine((fields, context) => {
      for (const [key, message] of problemsOf(fields)) {
        context.addIssue({ code: 'custom', path: key === undefined ? [] : [key], message })
      }
    })
    .transform(normalise),
)

/** What is wrong with fields that are right one by one. */
function problemsOf({
  above,
  below,
  clear,
  summary,
  by,
}: Fields): (readonly [key: string | undefined, message: string])[] {
  const problems: (readonly [string | undefined, string])[] = []
  if ((above === undefined) === (below === undefined))
    problems.push([above === undefined ? undefined : 'below', 'Expected exactly one of `above` and `below`'])
  if (clear !== undefined && above !== undefined && clear > above)
    problems.push(['clear', `Expected at most ${above}, on the safe side of \`above\``])
  if (clear !== undefined && below !== undefined && clear < below)
    problems.push(['clear', `Expected at least ${below}, on the safe side of \`below\``])
  const problem = summary === undefined ? undefined : templateProblem(summary, by)
  if (problem) problems.push(['summary', problem])
  return problems
}

function normalise(input: Fields): ThresholdRule {
  const comparison = input.above === undefined ? 'below' : 'above'
  // The refinement has made sure that one of the two is there.
  const threshold = input.above ?? input.below ?? Number.NaN
  return {
    kind: input.kind,
    name: input.name ?? `${input.metric} ${comparison} ${threshold}`,
    metric: input.metric,
    attributes: input.attributes,
    comparison,
    threshold,
    clear: input.clear ?? threshold,
    forMs: input.for,
    keepFiringForMs: input.keepFiringFor,
    level: input.level,
    noData: input.noData,
    noDataAfterMs: input.noDataAfter,
    summary: input.summary ?? `{{metric}} is {{value}}, ${comparison} {{threshold}}`,
    enabled: input.enabled,
    by: input.by,
  }
}

/**
 * The condition of each instance the values make up. Of the fresh values of an instance the worst decides, the
 * highest for `above`; an instance that has only stale ones has no data.
 */
function evaluateThreshold(
  rule: ThresholdRule,
  values: readonly LatestValue[],
  nowMs: number,
): readonly Condition[] {
  const groups = new Map<string, { attributes: Attributes; values: LatestValue[] }>()
  for (const value of values) {
    const attributes = instanceAttributes(rule, value.attributes)
    const key = attributesKey(attributes)
    const group = groups.get(key)
    if (group) group.values.push(value)
    else groups.set(key, { attributes, values: [value] })
  }
  return [...groups.values()].map((group) => conditionOf(rule, group.attributes, group.values, nowMs))
}

function instanceAttributes(rule: ThresholdRule, attributes: Attributes): Attributes {
  if (!rule.by) return attributes
  return Object.fromEntries(
    rule.by.flatMap((name) => {
      const value = attributes[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function conditionOf(
  rule: ThresholdRule,
  attributes: Attributes,
  values: readonly LatestValue[],
  nowMs: number,
): Condition {
  const sign = rule.comparison === 'above' ? 1 : -1
  let worst: number | null = null
  let lastSeenMs = Number.NEGATIVE_INFINITY
  for (const { value, timestampMs } of values) {
    lastSeenMs = Math.max(lastSeenMs, timestampMs)
    if (nowMs - timestampMs > rule.noDataAfterMs) continue
    if (worst === null || sign * value > sign * worst) worst = value
  }
  const { metric, comparison, threshold } = rule
  const evidence = { metric, value: worst, comparison, threshold }
  return { attributes, state: stateOf(rule, worst, sign), evidence, lastSeenMs }
}

function stateOf(rule: ThresholdRule, value: number | null, sign: 1 | -1): Condition['state'] {
  if (value === null) return 'no_data'
  if (sign * value > sign * rule.threshold) return 'holds'
  return sign * value <= sign * rule.clear ? 'clear' : 'in_hysteresis'
}

/** The threshold kind: its schema, and its evaluation. */
export const thresholdKind = {
  schema: thresholdSchema,
  evaluate: (rule: ThresholdRule, source: SampleSource, nowMs: number) =>
    evaluateThreshold(rule, selectLatest(source, rule, nowMs + rule.noDataAfterMs), nowMs),
}
