/** Rule tests as data: series over time flow in, the state of each instance at given times is compared. */
import { expect } from 'vitest'
import { type AlertState, alertLevels } from '../model/alert.ts'
import { type Attributes, attributesKey, matchesAttributes } from '../model/sample.ts'
import { seededRandom } from '../system/random.ts'
import { AlertManager } from './alert-manager.ts'
import type { AlertRule } from './rules.ts'
import type { LatestValue, SampleSource } from './sample-source.ts'

export interface RuleCase {
  /** A sentence. */
  readonly title: string
  /** Seconds between evaluations. @default 30 */
  readonly intervalSeconds?: number
  readonly series: readonly {
    readonly attributes?: Attributes
    /** `0.9x5 _x2 0.99`: five times 0.9, twice nothing, once 0.99; the first at second 0. */
    readonly values: string
  }[]
  /** What is live at a second, `attributesKey` → state; an instance that is not named must not be live. */
  readonly expected: readonly (readonly [atSeconds: number, alerts: Readonly<Record<string, AlertState>>])[]
}

export const startMs = 1_760_000_000_000

/** `0.9x2 _` → [0.9, 0.9, undefined] */
function parseSeries(notation: string): (number | undefined)[] {
  return notation.split(' ').flatMap((part) => {
    const [, text = '', times = '1'] = /^(.+?)(?:x(\d+))?$/.exec(part) ?? []
    return Array<number | undefined>(Number(times)).fill(text === '_' ? undefined : Number(text))
  })
}

/** A source of one metric that remembers the newest value of each series. */
export class SeriesMemory implements SampleSource {
  readonly #metric: string
  readonly #latest = new Map<string, LatestValue>()

  constructor(metric: string) {
    this.#metric = metric
  }

  put(attributes: Attributes, value: number | undefined, timestampMs: number): void {
    if (value !== undefined) this.#latest.set(attributesKey(attributes), { attributes, value, timestampMs })
  }

  forget(attributes: Attributes): void {
    this.#latest.delete(attributesKey(attributes))
  }

  select(metric: string, attributes: Attributes): readonly LatestValue[] {
    if (metric !== this.#metric) return []
    return [...this.#latest.values()].filter((latest) => matchesAttributes(latest.attributes, attributes))
  }
}

/** Runs a case against the real manager. */
export function runRuleCase(rule: AlertRule, { series, expected, intervalSeconds = 30 }: RuleCase): void {
  const manager = new AlertManager({ rules: [rule], random: seededRandom(1) })
  const source = new SeriesMemory(rule.metric)
  const columns = series.map(({ attributes = {}, values }) => ({ attributes, values: parseSeries(values) }))
  const wanted = new Map(expected)
  const lastSecond = Math.max(...wanted.keys())
  for (let tick = 0; tick * intervalSeconds <= lastSecond; tick++) {
    const atSeconds = tick * intervalSeconds
    const nowMs = startMs + atSeconds * 1000
    for (const { attributes, values } of columns) source.put(attributes, values[tick], nowMs)
    expect(manager.evaluate(source, nowMs).failures).toEqual([])
    const alerts = wanted.get(atSeconds)
    wanted.delete(atSeconds)
    if (alerts) expect({ atSeconds, alerts: states(manager) }).toEqual({ atSeconds, alerts })
  }
  expect([...wanted.keys()], 'expected times between evaluations').toEqual([])
}

function states(manager: AlertManager): Record<string, AlertState> {
  for (const alert of manager.active()) {
    expect(alertLevels).toContain(alert.level)
    expect(alert.summary).not.toMatch(/[{}]|unknown|undefined|NaN/)
  }
  return Object.fromEntries(manager.active().map((alert) => [attributesKey(alert.attributes), alert.state]))
}
