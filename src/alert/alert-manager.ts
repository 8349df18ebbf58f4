/**
 * Alerting: rules, the live instances of before and the newest samples flow in; transitions and the changed
 * instances flow out. It keeps nothing on disk, runs no timer, calls no handler and sends no notification:
 * who calls `evaluate` stores and delivers what it answers.
 */
import { type AlertEvent, type AlertInstance, type AlertSummary, alertLevels } from '../model/alert.ts'
import { FramewatchError, messageOf } from '../model/errors.ts'
import { IdMaker, type Random } from '../system/random.ts'
import { FiringCounts } from './firing-counts.ts'
import { type Advance, advance, type Condition, end, instanceKey } from './lifecycle.ts'
import { repeatedNames } from './rule.ts'
import { type AlertRule, evaluateRule } from './rules.ts'
import type { SampleSource } from './sample-source.ts'

/** What an AlertManager is made of. */
export interface AlertManagerOptions {
  /** Rules that are not enabled count as not there. */
  readonly rules: readonly AlertRule[]
  /** For event ids. */
  readonly random: Random
  /** The live instances of the run before, pending and firing. @default none */
  readonly restored?: readonly AlertInstance[]
  /** Events of the last 24 hours, for the counts of `summary`. @default none */
  readonly recentEvents?: readonly AlertEvent[]
  /** Live instances of a rule beyond this are not followed. Minimum 1. @default 1000 */
  readonly maxInstancesPerRule?: number
}

/** What one evaluation of all rules brought about. */
export interface Evaluation {
  /** In the order they happened. */
  readonly events: readonly AlertEvent[]
  /** Live instances as they stand now: to be stored by key. */
  readonly changed: readonly AlertInstance[]
  /** Keys of the instances that ended. */
  readonly removed: readonly string[]
  /** Rules that could not be evaluated; their instances are as they were. */
  readonly failures: readonly { readonly rule: string; readonly message: string }[]
  /** Instances that would have begun but for `maxInstancesPerRule`, by rule. */
  readonly dropped: readonly { readonly rule: string; readonly count: number }[]
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] }
type Live = Map<string, AlertInstance>

/** Follows every instance of every rule. */
export class AlertManager {
  readonly #rules: ReadonlyMap<string, AlertRule>
  readonly #ids: IdMaker
  readonly #maxInstancesPerRule: number
  /** Pending and firing instances by key, by rule name; rules that are gone included until the next evaluation. */
  readonly #live = new Map<string, Live>()
  readonly #firingCounts = new FiringCounts()

  /** @throws FramewatchError `CONFIG_INVALID` when two rules have the same name. */
  constructor(options: AlertManagerOptions) {
    const [repeated] = repeatedNames(options.rules)
    const name = repeated === undefined ? undefined : options.rules[repeated]?.name
    if (name !== undefined)
      throw new FramewatchError('CONFIG_INVALID', `Two alert rules are named "${name}"`, {
        details: { key: 'name', value: name },
      })
    this.#rules = new Map(options.rules.filter((rule) => rule.enabled).map((rule) => [rule.name, rule]))
    this.#ids = new IdMaker('alert', options.random)
    this.#maxInstancesPerRule = options.maxInstancesPerRule ?? 1000
    for (const instance of options.restored ?? []) this.#liveOf(instance.rule).set(instance.key, instance)
    for (const event of options.recentEvents ?? []) this.#count(event)
  }

  /** Evaluates every rule once. Never throws: a rule that cannot be evaluated is among the failures. */
  evaluate(source: SampleSource, nowMs: number): Evaluation {
    const evaluation: Mutable<Evaluation> = {
      events: [],
      changed: [],
      removed: [],
      failures: [],
      dropped: [],
    }
    for (const [name, live] of this.#live) {
      if (this.#rules.has(name)) continue
      for (const instance of live.values()) this.#apply(live, end(instance, nowMs), nowMs, evaluation)
      this.#live.delete(name)
    }
    for (const rule of this.#rules.values()) {
      try {
        this.#evaluateRule(rule, source, nowMs, evaluation)
      } catch (error) {
        evaluation.failures.push({ rule: rule.name, message: messageOf(error) })
      }
    }
    return evaluation
  }

  /** Pending and firing instances, the most severe first, then by key. */
  active(): readonly AlertInstance[] {
    return [...this.#live.values()]
      .flatMap((live) => [...live.values()])
      .sort((a, b) => severity(b) - severity(a) || (a.key < b.key ? -1 : 1))
  }

  summary(nowMs: number): AlertSummary {
    const active = this.active()
    const firedByLevelLast24h = this.#firingCounts.last24h(nowMs)
    return {
      firing: active.filter(({ state }) => state === 'firing'),
      pending: active.filter(({ state }) => state === 'pending'),
      firedLast24h: Object.values(firedByLevelLast24h).reduce((sum, count) => sum + count, 0),
      firedByLevelLast24h,
    }
  }

  #liveOf(ruleName: string): Live {
    const live = this.#live.get(ruleName) ?? new Map<string, AlertInstance>()
    this.#live.set(ruleName, live)
    return live
  }

  /** All that can throw comes before the first change, so a rule that fails is left as it was. */
  #evaluateRule(rule: AlertRule, source: SampleSource, nowMs: number, evaluation: Mutable<Evaluation>): void {
    const live = this.#liveOf(rule.name)
    const found = new Map(
      evaluateRule(rule, source, nowMs).map((condition) => [
        instanceKey(rule.name, condition.attributes),
        condition,
      ]),
    )
    for (const [key, instance] of live) if (!found.has(key)) found.set(key, vanished(instance))
    let dropped = 0
    for (const [key, condition] of found) {
      const previous = live.get(key)
      const step = advance(previous, condition, rule, nowMs)
      if (!previous && step.next && live.size >= this.#maxInstancesPerRule) dropped += 1
      else this.#apply(live, step, nowMs, evaluation)
    }
    if (dropped > 0) evaluation.dropped.push({ rule: rule.name, count: dropped })
  }

  #apply(live: Live, { next, transition }: Advance, nowMs: number, evaluation: Mutable<Evaluation>): void {
    if (!next) return
    if (next.state === 'resolved') {
      live.delete(next.key)
      evaluation.removed.push(next.key)
    } else {
      live.set(next.key, next)
      evaluation.changed.push(next)
    }
    if (!transition) return
    const id = this.#ids.next(nowMs)
    const event: AlertEvent = { id, timestampMs: nowMs, transition, alert: next }
    evaluation.events.push(event)
    this.#count(event)
  }

  #count({ transition, alert, timestampMs }: AlertEvent): void {
    if (transition === 'firing') this.#firingCounts.record(alert.level, timestampMs)
  }
}

/** The condition of an instance whose series the source does not know any more. */
function vanished({ attributes, evidence, lastSeenMs }: AlertInstance): Condition {
  return { attributes, state: 'no_data', evidence: { ...evidence, value: null }, lastSeenMs }
}

function severity({ level }: AlertInstance): number {
  return alertLevels.indexOf(level)
}
