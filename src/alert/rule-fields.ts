/** The fields every kind of rule has, and their types once normalised. */
import { lazySchema } from '../config/lazy-schema.ts'
import { type AlertLevel, alertLevels } from '../model/alert.ts'

/**
 * What to do when a series has had no value for `noDataAfter`:
 * `ok`: as if the condition were clear; `keep`: the alert stays as it is, and the time counts for nothing;
 * `alert`: as if the condition held. A metric that was never seen has no series, hence no alert.
 */
const noDataPolicies = ['ok', 'keep', 'alert'] as const
type NoDataPolicy = (typeof noDataPolicies)[number]

/** What every rule has once it is normalised. Plain data: it can cross a thread. */
export interface RuleBase {
  /** Unique in a set of rules. */
  readonly name: string
  readonly level: AlertLevel
  /** How long the condition must hold before the alert fires; 0 fires at the first evaluation. */
  readonly forMs: number
  /** How long the condition must have been clear before the alert resolves. */
  readonly keepFiringForMs: number
  readonly noData: NoDataPolicy
  /** A series whose newest value is older than this has no data. */
  readonly noDataAfterMs: number
  /** Template; see `summary-template.ts`. */
  readonly summary: string
  readonly enabled: boolean
  /** One instance for each distinct set of values of these; undefined for one instance per series. */
  readonly by: readonly string[] | undefined
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const durationHint = 'Expected seconds from 0 up, or a duration such as "30s", "5m" or "1h"'

function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? []
  return Number(amount) * (unitMs[unit ?? ''] ?? Number.NaN)
}

/** OpenTelemetry's instrument name syntax, and the colon that other exporters use. */
const namePattern = /^[A-Za-z_][\w.:/-]*$/

export const metricNameSchema = lazySchema((z) =>
  z.string().max(255).regex(namePattern, { error: 'Expected a metric name' }),
)

export const attributeNameSchema = lazySchema((z) =>
  z.string().max(255).regex(namePattern, { error: 'Expected an attribute name' }),
)

/** Seconds as a number, or a number with a unit (ms, s, m, h, d); becomes whole milliseconds. */
const durationSchema = lazySchema((z) =>
  z.union([z.number(), z.string()], { error: durationHint }).transform((value, context) => {
    const durationMs = typeof value === 'number' ? value * 1000 : parseDuration(value)
    if (durationMs >= 0 && Number.isFinite(durationMs)) return Math.round(durationMs)
    context.addIssue({ code: 'custom', message: durationHint })
    return z.NEVER
  }),
)

/** The schema of the common fields, to be spread into the strict object of a kind. */
export const ruleFields = lazySchema((z) => ({
  // Braces would let the key of one rule's instance be equal to that of another's.
  name: z
    .string()
    .max(200)
    .regex(/^[^{}\p{Cc}]+$/u, { error: 'Expected a name without braces or control characters' })
    .optional(),
  level: z.enum(alertLevels).default('warning'),
  for: durationSchema().default(0),
  keepFiringFor: durationSchema().default(0),
  noData: z.enum(noDataPolicies).default('keep'),
  // Five minutes is the look-back of Prometheus.
  noDataAfter: durationSchema().default(300_000),
  summary: z.string().min(1).max(1000).optional(),
  enabled: z.boolean().default(true),
  by: z.array(attributeNameSchema()).optional(),
}))
