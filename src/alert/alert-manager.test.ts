import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AlertEvent, AlertInstance } from '../model/alert.ts'
import { isFramewatchError } from '../model/errors.ts'
import { seededRandom } from '../system/random.ts'
import { AlertManager, type AlertManagerOptions } from './alert-manager.ts'
import { type AlertRuleInput, alertRulesSchema } from './rule.ts'
import { SeriesMemory, startMs } from './rule-cases.contract.ts'
import type { SampleSource } from './sample-source.ts'

const minuteMs = 60_000

function managerOf(rules: AlertRuleInput[], options: Partial<AlertManagerOptions> = {}): AlertManager {
  return new AlertManager({ random: seededRandom(7), rules: alertRulesSchema().parse(rules), ...options })
}

function sourceOf(values: Readonly<Record<string, number>>, nowMs = startMs): SeriesMemory {
  const source = new SeriesMemory('m')
  for (const [disk, value] of Object.entries(values)) source.put({ disk }, value, nowMs)
  return source
}

const told = (events: readonly AlertEvent[]) => events.map(({ transition, alert }) => [alert.key, transition])
const throughStore = (instances: readonly AlertInstance[]): AlertInstance[] =>
  JSON.parse(JSON.stringify(instances)) as AlertInstance[]

describe('an evaluation', () => {
  test('answers events, instances to store and keys to forget', () => {
    const manager = managerOf([{ name: 'Full', metric: 'm', above: 0.9, summary: 'disk {{attribute.disk}}' }])
    const first = manager.evaluate(sourceOf({ a: 0.95, b: 0.5 }), startMs)
    expect(first).toMatchObject({ removed: [], failures: [], dropped: [] })
    expect(first.events).toEqual([
      {
        id: expect.stringMatching(/^alert_/),
        timestampMs: startMs,
        transition: 'firing',
        alert: {
          key: 'Full{disk="a"}',
          rule: 'Full',
          level: 'warning',
          attributes: { disk: 'a' },
          state: 'firing',
          activeSinceMs: startMs,
          firingSinceMs: startMs,
          lastSeenMs: startMs,
          lastEvaluatedMs: startMs,
          evidence: { metric: 'm', value: 0.95, comparison: 'above', threshold: 0.9 },
          summary: 'disk a',
        },
      },
    ])
    expect(first.changed).toEqual(manager.active())
    const second = manager.evaluate(sourceOf({ a: 0.2 }, startMs + 1), startMs + 1)
    expect(second).toMatchObject({ changed: [], removed: ['Full{disk="a"}'] })
    expect(second.events).toMatchObject([
      { transition: 'resolved', alert: { state: 'resolved', evidence: { value: 0.2 } } },
    ])
    expect(manager.active()).toEqual([])
  })

  test('makes one instance for each set of values of `by`, and the worst value decides', () => {
    const source = new SeriesMemory('m')
    source.put({ disk: 'a', mode: 'read' }, 5, startMs)
    source.put({ disk: 'a', mode: 'write' }, 2, startMs)
    source.put({ mode: 'read' }, 1, startMs)
    const manager = managerOf([{ name: 'Low', metric: 'm', below: 3, by: ['disk'] }])
    manager.evaluate(source, startMs)
    expect(manager.active()).toMatchObject([
      { attributes: {}, evidence: { value: 1 } },
      { attributes: { disk: 'a' }, evidence: { value: 2 } },
    ])
    expect(managerOf([{ metric: 'm', below: 3, by: [] }]).evaluate(source, startMs).events).toHaveLength(1)
  })

  test('matches an empty attribute with one that is absent', () => {
    const source = sourceOf({ a: 1 })
    source.put({}, 2, startMs)
    const manager = managerOf([{ metric: 'm', above: 0, attributes: { disk: '' } }])
    expect(manager.evaluate(source, startMs).events).toMatchObject([{ alert: { evidence: { value: 2 } } }])
  })

  test('does not use values that are no numbers, nor those of a clock since set back', () => {
    const source = sourceOf({ a: Number.NaN, b: Number.POSITIVE_INFINITY })
    source.put({ disk: 'c' }, 1, startMs + 3_600_000)
    expect(managerOf([{ metric: 'm', above: 0, noData: 'alert' }]).evaluate(source, startMs).events).toEqual(
      [],
    )
  })

  test('goes on when one rule throws, and leaves the alerts of that rule as they were', () => {
    const rules: AlertRuleInput[] = [
      { name: 'Bad', metric: 'bad', above: 0 },
      { name: 'Good', metric: 'm', above: 0 },
    ]
    const working: SampleSource = {
      select: () => [{ attributes: {}, value: 1, timestampMs: startMs }],
    }
    const broken: SampleSource = {
      select(metric, attributes) {
        if (metric === 'bad') throw new Error('no such table')
        return working.select(metric, attributes)
      },
    }
    const manager = managerOf(rules)
    manager.evaluate(working, startMs)
    const { failures, removed, changed } = manager.evaluate(broken, startMs + 1)
    expect(failures).toEqual([{ rule: 'Bad', message: 'no such table' }])
    expect(removed).toEqual([])
    expect(changed.map(({ key }) => key)).toEqual(['Good'])
    expect(manager.active().map(({ key }) => key)).toEqual(['Bad', 'Good'])
  })

  test('follows no more instances than the bound, and says how many it left out', () => {
    const manager = managerOf([{ name: 'Full', metric: 'm', above: 0 }], { maxInstancesPerRule: 2 })
    const { events, dropped } = manager.evaluate(sourceOf({ a: 1, b: 1, c: 1, d: 0, e: 1 }), startMs)
    expect(told(events)).toEqual([
      ['Full{disk="a"}', 'firing'],
      ['Full{disk="b"}', 'firing'],
    ])
    expect(dropped).toEqual([{ rule: 'Full', count: 2 }])
    expect(manager.summary(startMs).firedLast24h).toBe(2)
    const later = manager.evaluate(sourceOf({ a: 0, b: 1, c: 1 }, startMs + 1), startMs + 1)
    expect(manager.active()).toHaveLength(2)
    expect(later.dropped).toEqual([])
  })

  test('ignores rules that are not enabled', () => {
    const manager = managerOf([{ metric: 'm', above: 0, enabled: false }])
    expect(manager.evaluate(sourceOf({ a: 1 }), startMs).events).toEqual([])
  })
})

describe('a series that vanishes', () => {
  const at = (noData: 'ok' | 'keep' | 'alert', afterMs: number) => {
    const manager = managerOf([{ name: 'R', metric: 'm', above: 0, noData, noDataAfter: '1m' }])
    const source = sourceOf({ firing: 1, calm: 0 })
    manager.evaluate(source, startMs)
    source.forget({ disk: 'firing' })
    return manager.evaluate(source, startMs + afterMs).events
  }

  test('keeps its alert as it is by default', () => expect(at('keep', 10 * minuteMs)).toEqual([]))

  test('resolves its alert under `ok`, only after the grace time', () => {
    const manager = managerOf([{ name: 'R', metric: 'm', above: 0, noData: 'ok', noDataAfter: '1m' }])
    manager.evaluate(sourceOf({ a: 1 }), startMs)
    const nothing = sourceOf({})
    expect(manager.evaluate(nothing, startMs + minuteMs).events).toEqual([])
    expect(manager.evaluate(nothing, startMs + minuteMs + 1).events).toMatchObject([
      { transition: 'resolved', alert: { evidence: { value: null } } },
    ])
  })

  test('does not resolve its alert under `ok` because nobody looked for an hour', () => {
    const manager = managerOf([{ name: 'R', metric: 'm', above: 0, noData: 'ok', noDataAfter: '1m' }])
    manager.evaluate(sourceOf({ a: 1 }), startMs)
    const afterMs = startMs + 60 * minuteMs
    expect(manager.evaluate(sourceOf({}), afterMs).events).toEqual([])
    expect(told(manager.evaluate(sourceOf({}), afterMs + 1).events)).toEqual([['R{disk="a"}', 'resolved']])
  })

  test('counts with its last value until the grace time is over', () => {
    const source = sourceOf({ a: 1 })
    const rule: AlertRuleInput = { metric: 'm', above: 0, noDataAfter: '1m' }
    expect(managerOf([rule]).evaluate(source, startMs + minuteMs).events).toHaveLength(1)
    expect(managerOf([rule]).evaluate(source, startMs + minuteMs + 1).events).toEqual([])
  })

  test('fires under `alert` where it was calm, and where it fired goes on firing', () => {
    expect(told(at('alert', minuteMs))).toEqual([])
    const events = at('alert', minuteMs + 1)
    expect(told(events)).toEqual([['R{disk="calm"}', 'firing']])
    expect(events).toMatchObject([{ alert: { evidence: { value: null } } }])
  })
})

describe('after a restart', () => {
  const rules: AlertRuleInput[] = [
    { name: 'Now', metric: 'm', above: 0 },
    { name: 'Later', metric: 'm', above: 0, for: '2m' },
  ]
  const before = managerOf(rules)
  const { events: recentEvents } = before.evaluate(sourceOf({ a: 1 }), startMs)
  const restored = throughStore(before.active())
  const nextMs = startMs + 2 * minuteMs

  test('a firing alert is not announced again, and a pending one has kept its time', () => {
    const { events } = managerOf(rules, { restored }).evaluate(sourceOf({ a: 1 }, nextMs), nextMs)
    expect(told(events)).toEqual([['Later{disk="a"}', 'firing']])
  })

  test('instances of rules that are gone or disabled end with an event at the first evaluation', () => {
    const manager = managerOf([{ name: 'Now', metric: 'm', above: 0, enabled: false }], { restored })
    const { events, removed } = manager.evaluate(sourceOf({ a: 1 }, nextMs), nextMs)
    expect(told(events).sort()).toEqual([
      ['Later{disk="a"}', 'dropped'],
      ['Now{disk="a"}', 'resolved'],
    ])
    expect([...removed].sort()).toEqual(['Later{disk="a"}', 'Now{disk="a"}'])
    expect(manager.evaluate(sourceOf({ a: 1 }, nextMs), nextMs).events).toEqual([])
  })

  test('the counts of the last 24 hours are those of the recent events', () => {
    const manager = managerOf(rules, { restored, recentEvents })
    expect(manager.summary(nextMs)).toMatchObject({
      firing: [{ rule: 'Now' }],
      pending: [{ rule: 'Later' }],
      firedLast24h: 1,
      firedByLevelLast24h: { info: 0, warning: 1, error: 0, critical: 0 },
    })
    expect(manager.summary(startMs + 24 * 60 * minuteMs).firedLast24h).toBe(0)
  })

  test('at every evaluation, the transitions are those of a run without any restart', () => {
    const value = fc.constantFrom(0, 1, undefined)
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { maxLength: 40 }), (ticks) => {
        const source = new SeriesMemory('m')
        const steady = managerOf(rules)
        let fresh = managerOf(rules)
        for (const [index, [a, b]] of ticks.entries()) {
          const nowMs = startMs + index * 30_000
          source.put({ disk: 'a' }, a, nowMs)
          source.put({ disk: 'b' }, b, nowMs)
          expect(told(fresh.evaluate(source, nowMs).events).sort()).toEqual(
            told(steady.evaluate(source, nowMs).events).sort(),
          )
          fresh = managerOf(rules, { restored: throughStore(fresh.active()) })
        }
      }),
    )
  })
})

test('the most severe alerts come first', () => {
  const manager = managerOf([
    { name: 'A', metric: 'm', above: 0, level: 'info' },
    { name: 'B', metric: 'm', above: 0, level: 'critical' },
    { name: 'C', metric: 'm', above: 0, level: 'error' },
  ])
  manager.evaluate(sourceOf({ b: 1, a: 1 }), startMs)
  expect(manager.active().map(({ key }) => key.replace('disk=', ''))).toEqual([
    'B{"a"}',
    'B{"b"}',
    'C{"a"}',
    'C{"b"}',
    'A{"a"}',
    'A{"b"}',
  ])
})

test('two rules of one name are refused', () => {
  const [rule] = alertRulesSchema().parse([{ name: 'Twice', metric: 'm', above: 0 }])
  let thrown: unknown
  try {
    new AlertManager({ random: seededRandom(1), rules: rule ? [rule, rule] : [] })
  } catch (error) {
    thrown = error
  }
  expect(isFramewatchError(thrown, 'CONFIG_INVALID')).toBe(true)
})
