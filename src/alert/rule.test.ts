import { describe, expect, test } from 'vitest'
import { alertRuleSchema, alertRulesSchema } from './rule.ts'

const valid = { metric: 'system.cpu.utilization', above: 0.9 }

function complaint(rule: unknown): { path: string; message: string } {
  const issue = alertRuleSchema().safeParse(rule).error?.issues[0]
  if (!issue) throw new Error('Expected the rule to be refused')
  return { path: issue.path.join('.'), message: issue.message }
}

describe('a rule', () => {
  test('needs only a metric and a comparison', () => {
    expect(alertRuleSchema().parse(valid)).toEqual({
      kind: 'threshold',
      name: 'system.cpu.utilization above 0.9',
      metric: 'system.cpu.utilization',
      attributes: {},
      comparison: 'above',
      threshold: 0.9,
      clear: 0.9,
      forMs: 0,
      keepFiringForMs: 0,
      level: 'warning',
      noData: 'keep',
      noDataAfterMs: 300_000,
      summary: '{{metric}} is {{value}}, above {{threshold}}',
      enabled: true,
      by: undefined,
    })
  })

  test('is plain data that survives a copy between threads', () => {
    const rule = alertRuleSchema().parse(valid)
    expect(structuredClone(rule)).toEqual(rule)
  })

  const durations: [string | number, number][] = [
    [0, 0],
    [1.5, 1500],
    ['250ms', 250],
    ['30s', 30_000],
    ['0.5m', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
  ]
  test.each(durations)('with `for: %s` holds for %d ms', (given, forMs) => {
    expect(alertRuleSchema().parse({ ...valid, for: given, keepFiringFor: given })).toMatchObject({
      forMs,
      keepFiringForMs: forMs,
    })
  })

  test.each([-1, '5', '-5m', '5 minutes', '', 'm', '1h30m', null, true])(
    'with `for: %j` is refused',
    (given) => {
      expect(complaint({ ...valid, for: given })).toMatchObject({
        path: 'for',
        message: 'Expected seconds from 0 up, or a duration such as "30s", "5m" or "1h"',
      })
    },
  )

  test.each([
    ['an unknown key', { ...valid, abvoe: 1 }, '', 'abvoe'],
    ['an unknown kind', { ...valid, kind: 'sorcery' }, 'kind', 'Expected a rule of kind threshold'],
    ['no comparison', { metric: 'a' }, '', 'exactly one of'],
    ['two comparisons', { ...valid, below: 1 }, 'below', 'exactly one of'],
    ['an infinite threshold', { metric: 'a', above: Number.POSITIVE_INFINITY }, 'above', 'number'],
    ['a clear value above an upper threshold', { ...valid, clear: 0.91 }, 'clear', 'at most 0.9'],
    ['a clear value below a lower one', { metric: 'a', below: 5, clear: 4 }, 'clear', 'at least 5'],
    ['an unknown level', { ...valid, level: 'fatal' }, 'level', ''],
    ['an unknown no-data policy', { ...valid, noData: 'maybe' }, 'noData', ''],
    ['an empty name', { ...valid, name: '' }, 'name', 'name'],
    ['braces in its name', { ...valid, name: 'a{b="c"}' }, 'name', 'without braces'],
    ['a metric that is no name', { ...valid, metric: 'a b' }, 'metric', 'metric name'],
    ['an attribute that is not text', { ...valid, attributes: { a: 1 } }, 'attributes.a', 'string'],
    ['an unknown placeholder', { ...valid, summary: 'at {{vaule}}' }, 'summary', '{{vaule}}'],
    [
      'an attribute placeholder without a name',
      { ...valid, summary: '{{attribute.}}' },
      'summary',
      'Unknown',
    ],
    ['an open placeholder', { ...valid, summary: 'at {{value' }, 'summary', 'not closed'],
    [
      'a placeholder its instances have no attribute for',
      { ...valid, by: ['a'], summary: '{{attribute.b}}' },
      'summary',
      'not in `by`',
    ],
  ])('with %s is refused at the right key', (_, rule, path, message) => {
    expect(complaint(rule)).toEqual({ path, message: expect.stringContaining(message) })
  })
})

test('two rules of one name are refused at the second', () => {
  const issues = alertRulesSchema().safeParse([valid, { ...valid, name: 'Other' }, valid]).error?.issues
  expect(issues).toMatchObject([{ path: [2, 'name'], message: expect.stringContaining('above 0.9') }])
})
