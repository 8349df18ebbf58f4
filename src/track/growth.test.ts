import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../system/random.ts'
import { growthOf, maxGrowthValues } from './growth.ts'

/** Gigabytes of device memory. */
const card = 48
const seed = 20_261_125

function chance(offset: number) {
  const random = seededRandom(seed + offset)
  const between = (low: number, high: number) => low + random.next() * (high - low)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
  return {
    between,
    normal,
    uniform: () => random.next() - 0.5,
    pick: (count: number) => Math.floor(random.next() * count),
  }
}

type Chance = ReturnType<typeof chance>
/** Draws one series: its value at each run. */
type Draw = (chance: Chance) => (run: number) => number

/** Share of the series that raise a trend at any of their runs. */
function alarmShare(draw: Draw, count: number, runs: number, isComparable = true): number {
  const drawn = chance(count)
  let alarms = 0
  for (let index = 0; index < count; index++) {
    const valueAt = draw(drawn)
    if (firstAlarm(valueAt, runs, isComparable) !== undefined) alarms += 1
  }
  return alarms / count
}

function firstAlarm(valueAt: (run: number) => number, runs: number, isComparable = true): number | undefined {
  const values: number[] = []
  for (let run = 0; run < runs; run++) {
    values.push(valueAt(run))
    if (growthOf(values.slice(-maxGrowthValues), card, isComparable)) return run + 1
  }
  return undefined
}

describe('the series of a video upscaler that ran out of 48 GB in its fifth run', () => {
  const peaks = [31.46, 35.39, 39.33, 43.27]

  test('is told by the third run, with two to three more to come', () => {
    expect(growthOf(peaks.slice(0, 2), card)).toBeUndefined()
    const growth = growthOf(peaks.slice(0, 3), card)
    expect(growth?.perRun).toBeCloseTo(3.935, 3)
    expect(growth?.runsLeft?.expected).toBe(2)
    expect(growth?.runsLeft?.low).toBeLessThanOrEqual(2)
    expect(growth?.runsLeft?.high).toBeGreaterThanOrEqual(2)
  })

  test('has one run left after the fourth', () => {
    expect(growthOf(peaks, card)?.runsLeft?.expected).toBe(1)
  })

  test('waits for eight runs when they may be of different kinds, or nobody knows the limit', () => {
    expect(growthOf(peaks, card, false)).toBeUndefined()
    expect(growthOf(peaks)).toBeUndefined()
    const eight = Array.from({ length: 8 }, (_, run) => 20 + 2 * run)
    expect(growthOf(eight, card, false)?.runsLeft?.expected).toBe(7)
    expect(growthOf(eight)).toEqual({ perRun: 2, interval: { low: 2, high: 2 } })
  })
})

describe('at most one in a hundred of the series that do not leak raises a trend', () => {
  const level = ({ between }: Chance) => between(10, 44)
  const flat: readonly [name: string, draw: Draw][] = [
    ...[0.01, 0.1, 0.5, 1, 2.4].map((deviation): [string, Draw] => [
      `normal noise of ${deviation} GB`,
      (drawn) => {
        const base = level(drawn)
        return () => base + deviation * drawn.normal()
      },
    ]),
    [
      'uniform noise',
      (drawn) => {
        const base = level(drawn)
        return () => base + drawn.uniform()
      },
    ],
    [
      'noise in steps of half a gigabyte',
      (drawn) => {
        const base = level(drawn)
        return () => base + Math.round(2 * drawn.normal()) / 2
      },
    ],
    [
      'noise that remembers half of what it was',
      (drawn) => {
        const base = level(drawn)
        let noise = 0
        return () => {
          noise = 0.5 * noise + 0.5 * drawn.normal()
          return base + noise
        }
      },
    ],
    ['two resolutions in turn', (drawn) => (run) => (run % 2 === 0 ? 20 : 36) + 0.05 * drawn.normal()],
    ['two resolutions mixed', (drawn) => () => (drawn.pick(2) === 0 ? 20 : 36) + 0.05 * drawn.normal()],
  ]
  test.each(flat)('flat: %s (1000 series of 60 runs)', (_, draw) => {
    expect(alarmShare(draw, 1000, 60)).toBeLessThanOrEqual(0.01)
  })

  test('three resolutions mixed, where sizes are not known (1000 series)', () => {
    const draw: Draw = (drawn) => () => 20 + 8 * drawn.pick(3) + 0.05 * drawn.normal()
    expect(alarmShare(draw, 1000, 60, false)).toBeLessThanOrEqual(0.01)
  })

  test.each([0.01, 0.1, 0.4])('a step up, then flat, under noise of %d GB (1000 series)', (deviation) => {
    const draw: Draw = (drawn) => {
      const base = drawn.between(10, 30)
      const at = 1 + drawn.pick(30)
      const height = drawn.between(1, 13)
      return (run) => base + (run >= at ? height : 0) + deviation * drawn.normal()
    }
    expect(alarmShare(draw, 1000, 60)).toBeLessThanOrEqual(0.01)
  })

  const saturating =
    (deviation: number, shortest: number, longest: number, fill: readonly [number, number]): Draw =>
    (drawn) => {
      const base = drawn.between(8, 32)
      const tau = drawn.between(shortest, longest)
      const rise = drawn.between(...fill) * (card - base)
      return (run) => base + rise * (1 - Math.exp(-run / tau)) + deviation * drawn.normal()
    }

  test.each([0.01, 0.1, 0.4])(
    'a warm-up of up to three runs that fills up to nine tenths of the room, under noise of %d GB (1000 series)',
    (deviation) => {
      expect(alarmShare(saturating(deviation, 0.5, 3, [0.1, 0.9]), 1000, 30)).toBeLessThanOrEqual(0.01)
    },
  )

  test.each([
    [0.01, 0.9],
    [0.1, 0.5],
    [0.4, 0.5],
  ])(
    'a slow warm-up of up to 20 runs, under noise of %d GB, to %d of the room (1000 series)',
    (deviation, most) => {
      expect(alarmShare(saturating(deviation, 3, 20, [0.1, most]), 1000, 40)).toBeLessThanOrEqual(0.01)
    },
  )

  test('but one that takes 3 to 8 runs to just below the limit, under much noise, may: at most one in ten', () => {
    expect(alarmShare(saturating(0.4, 3, 8, [0.5, 0.9]), 500, 40)).toBeLessThanOrEqual(0.1)
  })
})

describe('a leak is told while there is time', () => {
  test.each([
    [4, 0.05, 4],
    [4, 0.2, 6],
    [2, 0.05, 7],
    [2, 0.3, 12],
    [1, 0.05, 16],
    [1, 0.8, 28],
    [0.3, 0.05, 34],
    [0.3, 0.3, 66],
    [0.2, 0.1, 90],
  ])('%d GB a run under noise of %d GB: 19 of 20 by run %d', (slope, deviation, latest) => {
    const drawn = chance(latest)
    const alarms = Array.from({ length: 100 }, () => {
      const start = drawn.between(14, 16)
      return firstAlarm((run) => start + slope * run + deviation * drawn.normal(), latest)
    })
    expect(alarms.filter((run) => run !== undefined).length).toBeGreaterThanOrEqual(95)
  })

  test('one that begins after 40 flat runs is told within 35 of its own', () => {
    const drawn = chance(0)
    const alarms = Array.from({ length: 100 }, () =>
      firstAlarm((run) => 20 + 0.5 * Math.max(0, run - 40) + 0.1 * drawn.normal(), 75),
    )
    expect(alarms.filter((run) => run !== undefined && run > 40).length).toBeGreaterThanOrEqual(95)
  })

  test('the run that no longer fits is within the interval in at least nine of ten', () => {
    const drawn = chance(1)
    let told = 0
    let within = 0
    for (let index = 0; index < 300; index++) {
      const slope = drawn.between(0.8, 3)
      const values = Array.from({ length: 12 }, (_, run) => 14 + slope * run + 0.1 * drawn.normal())
      const left = growthOf(values, card)?.runsLeft
      if (!left) continue
      told += 1
      const truth = Math.max(0, Math.floor((card - 14 - slope * 11) / slope))
      if (truth >= left.low - 1 && truth <= left.high + 1) within += 1
    }
    expect(told).toBeGreaterThan(150)
    expect(within / told).toBeGreaterThanOrEqual(0.9)
  })
})

test('any finite values give nothing or finite figures in order', () => {
  const values = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { maxLength: 70 })
  fc.assert(
    fc.property(
      values,
      fc.option(fc.double({ min: 1, max: 1e12, noNaN: true }), { nil: undefined }),
      (drawn, limit) => {
        const growth = growthOf(drawn, limit)
        if (!growth) return
        expect(growth.perRun).toBeGreaterThan(0)
        expect(Number.isFinite(growth.interval.low) && Number.isFinite(growth.interval.high)).toBe(true)
        const { low = 0, expected = 0, high = 0 } = growth.runsLeft ?? {}
        expect([low <= expected, expected <= high, Number.isFinite(high)]).toEqual([true, true, true])
      },
    ),
  )
})
