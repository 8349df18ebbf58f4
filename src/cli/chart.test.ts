import fc from 'fast-check'
import { expect, test } from 'vitest'
import { drawChart } from './chart.ts'
import type { ChartPoint } from './chart-bins.ts'

const fromMs = Date.UTC(2026, 4, 1, 12)
const toMs = fromMs + 3_600_000

const pointOf = (timestampMs: number, value: number, isJoined = true): ChartPoint => ({
  timestampMs,
  value,
  min: value,
  max: value,
  isJoined,
})

/** One point a minute; undefined is a gap. */
const pointsOf = (values: readonly (number | undefined)[]) =>
  values.flatMap((value, index) =>
    value === undefined
      ? []
      : [pointOf(fromMs + index * 60_000, value, index > 0 && values[index - 1] !== undefined)],
  )

const chartOf = (points: readonly ChartPoint[], unit = '', height = 8, isRate = false) =>
  drawChart(points, { width: 60, height, fromMs, toMs, quantity: { unit, isRate } })

test('draws a sine with a gap, in the units of its values', () => {
  const values = Array.from({ length: 61 }, (_, minute) =>
    minute > 25 && minute < 33 ? undefined : (4 + 2 * Math.sin(minute / 5)) * 2 ** 30,
  )
  expect(`\n${chartOf(pointsOf(values), 'By').join('\n')}\n`).toMatchInlineSnapshot(`
    "
    6 GiB ┤    ⡔⠊⠉⠉⠑⢄                     ⢀⠤⠊⠉⠉⠒⢄
          │  ⢀⠎      ⠑⡄                  ⢰⠁     ⠈⠢⡀
    5 GiB ┤ ⡔⠁        ⠑⢄                ⡰⠁        ⠘⢄
    4 GiB ┤⡸            ⠣⡀                         ⠈⢢
          │              ⠑⡄                          ⢇
    3 GiB ┤               ⠸⡀                          ⠣⡀
          │                ⠘⢄                          ⠑⢄     ⢀⠜
    2 GiB ┤                  ⠑⠤⣀⡠⠄                      ⠈⠢⢄⣀⡠⠔⠁
          └┬────────────┬────────────┬────────────┬────────────┬
           12:00      12:15        12:30        12:45      13:00
    "
  `)
})

test('draws a ramp of shares as a straight line of per cent', () => {
  const values = Array.from({ length: 61 }, (_, minute) => minute / 60)
  expect(`\n${chartOf(pointsOf(values), '1', 4).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    100 % ┤                                        ⣀⣀⣀⡠⠤⠤⠤⠒⠒⠒⠊⠉⠉
     50 % ┤                          ⣀⣀⣀⡠⠤⠤⠤⠒⠒⠒⠊⠉⠉⠉
          │           ⢀⣀⣀⣀⡠⠤⠤⠤⠒⠒⠒⠊⠉⠉⠉
      0 % ┤⣀⠤⠤⠤⠔⠒⠒⠒⠉⠉⠉⠁
          └┬────────────┬────────────┬────────────┬────────────┬
           12:00      12:15        12:30        12:45      13:00
    "
  `)
})

test('shows a spike among many points', () => {
  const points = Array.from({ length: 3600 }, (_, second) =>
    pointOf(fromMs + second * 1000, second === 1800 ? 10 : 0),
  )
  expect(`\n${chartOf(points, 'By', 4, true).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    10 B/s ┤                          ⡇
     5 B/s ┤                          ⡇
           │                          ⡇
     0 B/s ┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣇⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀
           └┬────────────┬────────────┬────────────┬───────────┬
            12:00      12:15        12:30        12:45     13:00
    "
  `)
})

test('draws axes alone where there is nothing', () => {
  expect(`\n${chartOf([], '1', 2).join('\n')}\n`).toMatchInlineSnapshot(`
    "
     │
     │
     └┬─────────────┬──────────────┬─────────────┬─────────────┬
      12:00       12:15          12:30         12:45       13:00
    "
  `)
})

test.each([
  ['a constant', [5, 5, 5]],
  ['zeros', [0, 0]],
  ['a single point', [7]],
  ['the largest doubles', [-Number.MAX_VALUE, Number.MAX_VALUE]],
  ['the smallest doubles', [0, Number.MIN_VALUE]],
  ['values a rounding apart', [1e15, 1e15 + 0.125]],
])('draws %s', (_, values) => {
  const lines = chartOf(pointsOf(values))
  expect(lines).toHaveLength(10)
  expect(lines.join('')).toMatch(/[\u2801-\u28ff]/)
})

test('paints only the plot', () => {
  const options = { width: 40, height: 4, fromMs, toMs, quantity: { unit: '1' } }
  const painted = drawChart(pointsOf([0, 1]), { ...options, paint: (text) => `<${text}>` })
  expect(painted.join('\n').replace(/[<>]/g, '')).toBe(drawChart(pointsOf([0, 1]), options).join('\n'))
  expect(painted.at(-1)).not.toContain('<')
})

test('never fails, and is as wide and high as was asked, whatever the values', () => {
  const value = fc.double({ noNaN: true, noDefaultInfinity: true })
  const point = fc.record({ value, other: value, time: fc.nat(3_600_000), isJoined: fc.boolean() })
  const size = { width: fc.integer({ min: 40, max: 250 }), height: fc.integer({ min: 2, max: 30 }) }
  const quantity = fc.record({
    unit: fc.constantFrom('', '1', 's', 'By', 'Hz', '{thing}', 'J', 'Cel'),
    isRate: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(point), fc.record({ ...size, quantity }), (drawn, options) => {
      const points = drawn
        .toSorted((a, b) => a.time - b.time)
        .map(({ value: mean, other, time, isJoined }) => ({
          timestampMs: fromMs + time,
          value: mean,
          min: Math.min(mean, other),
          max: Math.max(mean, other),
          isJoined,
        }))
      const lines = drawChart(points, { ...options, fromMs, toMs })
      expect(lines).toHaveLength(options.height + 2)
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(options.width)
      expect(lines.at(-2)).toHaveLength(options.width)
      if (points.length > 0) expect(lines.join('')).toMatch(/[\u2801-\u28ff]/)
    }),
  )
})

test('has times for any span', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 1, max: 2e12 }), (start, span) => {
      const lines = drawChart([pointOf(start, 1)], {
        width: 80,
        height: 2,
        fromMs: start,
        toMs: start + span,
        quantity: { unit: '' },
      })
      expect(lines.at(-1)?.length).toBeLessThanOrEqual(80)
    }),
  )
})
