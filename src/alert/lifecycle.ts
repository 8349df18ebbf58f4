/**
 * The state machine that rules of every kind share: inactive → pending → firing → resolved, with the meaning of
 * `for` and `keep_firing_for` of Prometheus (rules/alerting.go), hysteresis and an explicit no-data policy. Pure:
 * what was, the condition found and the time flow in; what is now, and the transition if there was one, flow out.
 *
 * Time is counted from one evaluation of the instance to the next, so that a clock set back, a long stop of the
 * process or a clock set forward neither adds nor loses more than `noDataAfterMs`.
 */
import type { AlertEvent, AlertEvidence, AlertInstance } from '../model/alert.ts'
import { type Attributes, seriesKey } from '../model/sample.ts'
import type { RuleBase } from './rule-fields.ts'
import { renderSummary } from './summary-template.ts'

/** What an evaluation found about one instance. */
export interface Condition {
  /** Which instance of its rule. */
  readonly attributes: Attributes
  /** `in_hysteresis`: it does not hold, yet is not clear either: what fires goes on, nothing begins. */
  readonly state: 'holds' | 'in_hysteresis' | 'clear' | 'no_data'
  readonly evidence: AlertEvidence
  /** Unix milliseconds of the newest value there is. */
  readonly lastSeenMs: number
}

/** The instance after an evaluation: undefined when inactive; `resolved` when it has ended just now. */
export interface Advance {
  readonly next: AlertInstance | undefined
  readonly transition?: AlertEvent['transition']
}

/** The state after the no-data policy: `unknown` changes nothing and stops every count. */
type Finding = Exclude<Condition['state'], 'no_data'> | 'unknown'

/** The key of an instance: the same on every transition. */
export function instanceKey(ruleName: string, attributes: Attributes): string {
  return seriesKey({ name: ruleName, attributes })
}

/** Moves one instance on by one evaluation. `previous` is live: pending or firing. */
export function advance(
  previous: AlertInstance | undefined,
  condition: Condition,
  rule: RuleBase,
  nowMs: number,
): Advance {
  if (!previous) {
    const holds = findingOf(condition, rule, condition.lastSeenMs, nowMs) === 'holds'
    return holds ? begin(condition, rule, nowMs) : { next: undefined }
  }
  const countedMs = Math.min(Math.max(0, nowMs - previous.lastEvaluatedMs), rule.noDataAfterMs)
  const uncountedMs = nowMs - previous.lastEvaluatedMs - countedMs
  const lastSeenMs = Math.max(condition.lastSeenMs, previous.lastSeenMs + uncountedMs)
  const finding = findingOf(condition, rule, lastSeenMs, nowMs)
  const skippedMs = uncountedMs + (finding === 'unknown' ? countedMs : 0)
  const instance = {
    ...withTimesMoved(previous, skippedMs),
    level: rule.level,
    lastSeenMs: Math.min(lastSeenMs, nowMs),
    lastEvaluatedMs: nowMs,
    ...(finding !== 'unknown' && describe(condition, rule)),
  }
  if (instance.state === 'firing') return advanceFiring(instance, finding, rule, nowMs)
  // One reading and then silence must not fire: a value proves no more than the time it was read at.
  const isRepeated = condition.state === 'holds' && condition.lastSeenMs <= previous.lastSeenMs + uncountedMs
  if (finding === 'holds' && isRepeated) return { next: instance }
  return advancePending(instance, finding, rule, nowMs)
}

/** Ends a live instance whatever its condition, as when its rule is gone. */
export function end(instance: AlertInstance, nowMs: number): Advance {
  return {
    next: { ...instance, state: 'resolved', lastEvaluatedMs: nowMs },
    transition: instance.state === 'pending' ? 'dropped' : 'resolved',
  }
}

function findingOf(condition: Condition, rule: RuleBase, lastSeenMs: number, nowMs: number): Finding {
  if (condition.state !== 'no_data') return condition.state
  if (rule.noData === 'keep' || nowMs - lastSeenMs <= rule.noDataAfterMs) return 'unknown'
  return rule.noData === 'alert' ? 'holds' : 'clear'
}

function begin(condition: Condition, rule: RuleBase, nowMs: number): Advance {
  const pending: AlertInstance = {
    key: instanceKey(rule.name, condition.attributes),
    rule: rule.name,
    level: rule.level,
    attributes: condition.attributes,
    state: 'pending',
    activeSinceMs: nowMs,
    lastSeenMs: Math.min(condition.lastSeenMs, nowMs),
    lastEvaluatedMs: nowMs,
    ...describe(condition, rule),
  }
  return rule.forMs === 0 ? fire(pending, nowMs) : { next: pending, transition: 'pending' }
}

function fire(instance: AlertInstance, nowMs: number): Advance {
  return { next: { ...instance, state: 'firing', firingSinceMs: nowMs }, transition: 'firing' }
}

function advancePending(instance: AlertInstance, finding: Finding, rule: RuleBase, nowMs: number): Advance {
  if (finding === 'unknown') return { next: instance }
  if (finding !== 'holds') return end(instance, nowMs)
  return nowMs - instance.activeSinceMs >= rule.forMs ? fire(instance, nowMs) : { next: instance }
}

function advanceFiring(instance: AlertInstance, finding: Finding, rule: RuleBase, nowMs: number): Advance {
  if (finding === 'unknown') return { next: instance }
  const { clearSinceMs = nowMs, ...unclear } = instance
  if (finding !== 'clear') return { next: unclear }
  const clear = { ...unclear, clearSinceMs }
  return nowMs - clearSinceMs >= rule.keepFiringForMs ? end(clear, nowMs) : { next: clear }
}

/**
 * Moves the start of whatever is being counted by the time that does not count. A clock set back moves the past of
 * the instance with it; a start that is history, as that of a firing alert, is not moved forward.
 */
function withTimesMoved(instance: AlertInstance, skippedMs: number): AlertInstance {
  const { activeSinceMs, firingSinceMs, clearSinceMs, state } = instance
  const backMs = Math.min(0, skippedMs)
  return {
    ...instance,
    activeSinceMs: activeSinceMs + (state === 'pending' ? skippedMs : backMs),
    ...(firingSinceMs !== undefined && { firingSinceMs: firingSinceMs + backMs }),
    ...(clearSinceMs !== undefined && { clearSinceMs: clearSinceMs + skippedMs }),
  }
}

function describe({ evidence, attributes }: Condition, rule: RuleBase) {
  return { evidence, summary: renderSummary(rule.summary, evidence, attributes) }
}
