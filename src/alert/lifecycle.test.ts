import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AlertInstance } from '../model/alert.ts'
import { advance, type Condition, end } from './lifecycle.ts'
import { type AlertRuleInput, alertRuleSchema } from './rule.ts'

const startMs = 1_760_000_000_000

interface Step {
  readonly state: Condition['state']
  /** Since the step before; negative when the clock was set back. */
  readonly elapsedMs: number
}

function parse(options: Partial<AlertRuleInput>) {
  return alertRuleSchema().parse({ metric: 'm', above: 1, ...options })
}

type Rule = ReturnType<typeof parse>

const valueByState = { holds: 2, in_hysteresis: 0.9, clear: 0, no_data: null }

function timeline(steps: readonly Step[]): { state: Condition['state']; nowMs: number }[] {
  let nowMs = startMs
  return steps.map(({ state, elapsedMs }) => {
    nowMs += elapsedMs
    return { state, nowMs }
  })
}

/** Runs the steps; `restart` passes each instance through what a store does to it. */
function run(steps: readonly Step[], rule: Rule, restart = false): (string | undefined)[] {
  let live: AlertInstance | undefined
  let seenMs = Number.NEGATIVE_INFINITY
  return timeline(steps).map(({ state, nowMs }) => {
    if (state !== 'no_data') seenMs = nowMs
    const evidence = { metric: 'm', value: valueByState[state], comparison: 'above', threshold: 1 } as const
    const condition = { attributes: {}, state, evidence, lastSeenMs: seenMs }
    const { next, transition } = advance(live, condition, rule, nowMs)
    live = next?.state === 'resolved' ? undefined : next
    if (live && restart) live = JSON.parse(JSON.stringify(live)) as AlertInstance
    return transition
  })
}

/**
 * The meaning, spelled out over the whole past at every step, with no state but "is it firing": it begins to fire
 * when the condition has held at every known evaluation for `for`, and ends when it was clear for `keepFiringFor`.
 */
function reference(steps: readonly Step[], rule: Rule): ('firing' | 'resolved' | undefined)[] {
  const findings = timeline(steps).map(({ state }, index, all) => {
    if (state !== 'no_data') return state
    const seen = all.slice(0, index).findLast((step) => step.state !== 'no_data')
    const silentMs = seen ? (all[index]?.nowMs ?? 0) - seen.nowMs : Number.POSITIVE_INFINITY
    if (rule.noData === 'keep' || silentMs <= rule.noDataAfterMs) return 'unknown'
    return rule.noData === 'alert' ? 'holds' : 'clear'
  })
  let firing = false
  return findings.map((finding, index) => {
    const known = findings.map((found, at) => ({ found, at })).filter((step) => step.found !== 'unknown')
    const past = known.filter(({ at }) => at <= index)
    const runStart = past.findLastIndex(({ found }) => found !== finding) + 1
    const lastedMs = past
      .slice(runStart + 1)
      .map(({ at }) => Math.min(Math.max(0, steps[at]?.elapsedMs ?? 0), rule.noDataAfterMs))
      .reduce((sum, elapsedMs) => sum + elapsedMs, 0)
    const turns = firing
      ? finding === 'clear' && lastedMs >= rule.keepFiringForMs
      : finding === 'holds' && lastedMs >= rule.forMs
    if (turns) firing = !firing
    return turns ? (firing ? 'firing' : 'resolved') : undefined
  })
}

const states: Condition['state'][] = ['holds', 'holds', 'holds', 'clear', 'clear', 'in_hysteresis', 'no_data']
const holdMs = fc.constantFrom(0, 10, 60, 300, 301)
const policy = fc.constantFrom('ok', 'keep', 'alert')

function sequences(elapsedMs: fc.Arbitrary<number>): fc.Arbitrary<Step[]> {
  return fc.array(fc.record({ state: fc.constantFrom(...states), elapsedMs }), { maxLength: 60 })
}

function ruleWith(forSeconds: number, keepSeconds: number, noData: Rule['noData']): Rule {
  return parse({ for: forSeconds, keepFiringFor: keepSeconds, noData, noDataAfter: 120 })
}

const steady = sequences(fc.constantFrom(1000, 15_000, 30_000, 60_000, 120_000))
const unsteady = sequences(
  fc.oneof(fc.constantFrom(30_000, 60_000), fc.integer({ min: -4_000_000, max: 4_000_000 })),
)
const endings = new Set<string | undefined>(['firing', 'resolved'])
const firings = (transitions: readonly (string | undefined)[]) =>
  transitions.map((transition) => (endings.has(transition) ? transition : undefined))

describe('for any sequence of conditions the lifecycle', () => {
  test('fires and resolves exactly when the brute-force reading of the whole past says so', () => {
    fc.assert(
      fc.property(steady, holdMs, holdMs, policy, (steps, forSeconds, keepSeconds, noData) => {
        const rule = ruleWith(forSeconds, keepSeconds, noData)
        expect(firings(run(steps, rule))).toEqual(reference(steps, rule))
      }),
      { numRuns: 2000 },
    )
  })

  test('does so whatever steps the clock makes and however long the process stands still', () => {
    fc.assert(
      fc.property(unsteady, holdMs, holdMs, (steps, forSeconds, keepSeconds) => {
        const rule = ruleWith(forSeconds, keepSeconds, 'keep')
        expect(firings(run(steps, rule))).toEqual(reference(steps, rule))
      }),
      { numRuns: 2000 },
    )
  })

  test('never fires twice without a resolution between, and never resolves what did not fire', () => {
    fc.assert(
      fc.property(unsteady, holdMs, holdMs, policy, (steps, forSeconds, keepSeconds, noData) => {
        const transitions = run(steps, ruleWith(forSeconds, keepSeconds, noData))
        const ends = transitions.filter((transition) => endings.has(transition))
        expect(ends).toEqual(ends.map((_, index) => (index % 2 === 0 ? 'firing' : 'resolved')))
      }),
      { numRuns: 1000 },
    )
  })

  test('answers each pending with one firing or one drop', () => {
    fc.assert(
      fc.property(unsteady, fc.constantFrom(10, 60, 300), policy, (steps, forSeconds, noData) => {
        const transitions = run(steps, ruleWith(forSeconds, 0, noData)).filter((t) => t && t !== 'resolved')
        for (const [index, transition] of transitions.entries())
          if (index % 2 === 0) expect(transition).toBe('pending')
          else expect(['firing', 'dropped']).toContain(transition)
      }),
    )
  })

  test('goes through a restart after every step as if there had been none', () => {
    fc.assert(
      fc.property(unsteady, holdMs, holdMs, policy, (steps, forSeconds, keepSeconds, noData) => {
        const rule = ruleWith(forSeconds, keepSeconds, noData)
        expect(run(steps, rule, true)).toEqual(run(steps, rule))
      }),
      { numRuns: 500 },
    )
  })
})

const holds = (elapsedMs: number): Step => ({ state: 'holds', elapsedMs })

describe('the lifecycle', () => {
  test('fires at the first evaluation without `for`', () => {
    expect(run([holds(0)], parse({}))).toEqual(['firing'])
  })

  test('fires after the hold time, not before', () => {
    expect(run([holds(0), holds(29_999), holds(1)], parse({ for: 30 }))).toEqual([
      'pending',
      undefined,
      'firing',
    ])
  })

  test('drops a pending alert that goes into hysteresis', () => {
    const steps: Step[] = [holds(0), { state: 'in_hysteresis', elapsedMs: 10 }]
    expect(run(steps, parse({ for: 30 }))).toEqual(['pending', 'dropped'])
  })

  test('does not count a clock set forward by a day, nor lose what was held before it was set back', () => {
    const rule = parse({ for: '10m' })
    const day = 86_400_000
    expect(run([holds(0), holds(240_000), holds(day), holds(-day), holds(60_000)], rule).at(-1)).toBe(
      'firing',
    )
    expect(run([holds(0), holds(240_000), holds(day), holds(-day), holds(59_999)], rule).at(-1)).toBe(
      undefined,
    )
  })

  test('keeps the past of a firing alert in the past when the clock is set back', () => {
    const condition = (nowMs: number): Condition => ({
      attributes: {},
      state: 'holds',
      evidence: { metric: 'm', value: 2, comparison: 'above', threshold: 1 },
      lastSeenMs: nowMs,
    })
    const first = advance(undefined, condition(startMs), parse({}), startMs).next
    const later = advance(first, condition(startMs + 60_000), parse({}), startMs + 60_000).next
    const back = advance(later, condition(startMs - 9000), parse({}), startMs - 9000).next
    expect(back).toMatchObject({ firingSinceMs: startMs - 69_000, activeSinceMs: startMs - 69_000 })
    expect(back && end(back, startMs)).toMatchObject({ next: { state: 'resolved' }, transition: 'resolved' })
  })
})
