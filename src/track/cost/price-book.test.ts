import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type GenerationOutcome, type GenerationRecord, generationOutcomes } from '../../model/generation.ts'
import { type CostInput, costSettingsSchema } from './cost-settings.ts'
import { anyEnded, ended, endMs } from './ended.contract.ts'
import { contentSecondsOf, costOf, type PriceBook, priceOf } from './price-book.ts'

type PriceInput = NonNullable<CostInput['prices']>[number]

function book(...prices: Omit<PriceInput, 'name'>[]): PriceBook {
  return costSettingsSchema().parse({
    prices: prices.map((price, index) => ({ name: `p${index}`, ...price })),
  })
}

function amountOf(record: GenerationRecord, ...prices: Omit<PriceInput, 'name'>[]): number | undefined {
  return costOf(record, book(...prices))?.amount
}

const h100 = 'NVIDIA H100 80GB HBM3'

describe('the cost by each unit', () => {
  test('two minutes of GPU time at 3 an hour are 10 cents', () => {
    const record = ended({ resources: { gpuSeconds: 120, gpuType: h100 } })
    expect(costOf(record, book({ gpuType: '*h100*', perGpuHour: 3 }))).toEqual({
      amount: expect.closeTo(0.1, 12),
      currency: 'USD',
      basis: 'p0',
    })
  })

  test('eight seconds of content at 0.4 a second are 3.2', () => {
    expect(amountOf(ended({ output: { durationSeconds: 8 } }), { perOutputSecond: 0.4 })).toBeCloseTo(3.2, 12)
  })

  test('five seconds of 1280×720 are 4.608 megapixel-seconds', () => {
    const output = { frames: 120, fps: 24, width: 1280, height: 720 }
    expect(amountOf(ended({ output }), { perMegapixelSecond: 1 })).toBeCloseTo(4.608, 12)
  })

  test('a call is a call', () => {
    expect(amountOf(ended(), { perCall: 0.25 })).toBe(0.25)
  })

  test('what the provider reported stands before any price, but only if it is an amount', () => {
    const prices = book({ perCall: 0.25 })
    expect(costOf(ended(), prices, 0.7)).toEqual({ amount: 0.7, currency: 'USD', basis: 'reported' })
    expect(costOf(ended({ status: 'rejected' }), prices, 0)).toMatchObject({ amount: 0, basis: 'reported' })
    expect(costOf(ended(), prices, -1)).toMatchObject({ basis: 'p0' })
    expect(costOf(ended(), prices, 1e16)).toMatchObject({ basis: 'p0' })
    expect(costOf(ended(), prices, Number.NaN)).toMatchObject({ basis: 'p0' })
  })
})

describe('unknown is not zero', () => {
  test.each([
    ['no GPU time', ended(), { perGpuHour: 1 }],
    ['no length', ended({ output: { sizeBytes: 5 } }), { perOutputSecond: 1 }],
    ['a length of zero', ended({ output: { durationSeconds: 0 } }), { perOutputSecond: 1 }],
    ['no size', ended({ output: { durationSeconds: 5, width: 640 } }), { perMegapixelSecond: 1 }],
    ['no price for its GPU', ended({ resources: { gpuSeconds: 1 } }), { gpuType: '*', perGpuHour: 1 }],
    ['no end', ended({ status: 'running', endedAtMs: undefined }), { perCall: 1 }],
  ])('%s, no cost', (_, record, price) => {
    expect(costOf(record, book(price))).toBeUndefined()
  })

  test('an amount that no double holds is no cost', () => {
    const record = ended({ output: { durationSeconds: 1e200 } })
    expect(costOf(record, book({ perOutputSecond: 1e200 }))).toBeUndefined()
  })

  test('a price that lacks its data leaves no room for a less specific one', () => {
    const record = ended({ request: { model: 'wan' } })
    expect(costOf(record, book({ perCall: 1 }, { model: 'wan', perOutputSecond: 1 }))).toBeUndefined()
  })
})

describe('content', () => {
  const request = { durationSeconds: 5, width: 1000, height: 1000 }

  test('of a succeeded generation, what was requested counts where the output does not say', () => {
    const record = ended({ request, output: { width: 2000, height: 1000 } })
    expect(contentSecondsOf(record)).toBe(5)
    expect(amountOf(record, { perMegapixelSecond: 1 })).toBe(10)
  })

  test('the width of the output and the height of the request are no size', () => {
    const record = ended({ request, output: { width: 2000, durationSeconds: 1 } })
    expect(amountOf(record, { perMegapixelSecond: 1 })).toBe(1)
  })

  test.each(generationOutcomes.filter((outcome) => outcome !== 'succeeded'))(
    'of one that is %s, what was requested was not made',
    (status) => {
      expect(contentSecondsOf(ended({ status, request }))).toBeUndefined()
      const charges: GenerationOutcome[] = [status]
      expect(amountOf(ended({ status, request }), { perOutputSecond: 1, charges })).toBeUndefined()
      const output = { durationSeconds: 4 }
      expect(amountOf(ended({ status, request, output }), { perOutputSecond: 1, charges })).toBe(4)
    },
  )
})

describe('what is charged', () => {
  const amounts = (price: Omit<PriceInput, 'name'>, more: Partial<GenerationRecord> = {}) =>
    Object.fromEntries(
      generationOutcomes.map((status) => [status, amountOf(ended({ status, ...more }), price)]),
    )

  test('GPU time is charged whatever came of it', () => {
    const all = amounts({ perGpuSecond: 0.01 }, { resources: { gpuSeconds: 50 } })
    expect(new Set(Object.values(all))).toEqual(new Set([0.5]))
  })

  test('a call that was given up is not known to be free, any other that failed is', () => {
    expect(amounts({ perCall: 2 })).toEqual({
      succeeded: 2,
      failed: 0,
      cancelled: 0,
      rejected: 0,
      timed_out: undefined,
      lost: undefined,
    })
  })

  test('a list of what is charged is the whole of it', () => {
    expect(amounts({ perCall: 2, charges: ['succeeded', 'rejected', 'timed_out'] })).toEqual({
      succeeded: 2,
      failed: 0,
      cancelled: 0,
      rejected: 2,
      timed_out: 2,
      lost: 0,
    })
  })

  test('what was cancelled in the queue used no GPU; whether a lost one did is not known', () => {
    const queued = { startedAtMs: undefined, durationMs: undefined }
    expect(amountOf(ended({ status: 'cancelled', ...queued }), { perGpuHour: 3 })).toBe(0)
    expect(amountOf(ended({ status: 'lost', ...queued }), { perGpuHour: 3 })).toBeUndefined()
  })
})

describe('the price that counts', () => {
  const record = ended({
    request: { provider: 'fal', model: 'wan2.2-t2v-14b', engine: 'diffusers' },
    resources: { gpuType: h100 },
  })
  const chosen = (...patterns: Omit<PriceInput, 'name' | 'perCall'>[]) =>
    priceOf(record, book(...patterns.map((pattern) => ({ ...pattern, perCall: 1 }))))?.name

  test.each([
    ['an exact text before a pattern', { model: 'wan2.2*' }, { model: 'wan2.2-t2v-14b' }],
    ['the longer pattern before the shorter', { model: 'wan*' }, { model: 'wan2.2-*' }],
    ['any pattern before none', {}, { engine: '*' }],
    ['the provider before the model', { model: 'wan2.2-t2v-14b' }, { provider: 'f*' }],
    ['the model before the GPU', { gpuType: h100 }, { model: 'wan*' }],
    ['the GPU before the engine', { engine: 'diffusers' }, { gpuType: '*h100*' }],
    ['of one provider, the one with the model', { provider: 'fal' }, { provider: 'FAL', model: '*t2v*' }],
    ['what matches before what does not', { provider: 'fal', model: 'ltx' }, { model: '*' }],
  ])('%s, in any order', (_, lesser, greater) => {
    expect(chosen(lesser, greater)).toBe('p1')
    expect(chosen(greater, lesser)).toBe('p0')
  })

  test('of equals, the first', () => {
    expect(chosen({ model: 'wan*' }, { model: '*14b' })).toBe('p0')
  })

  test('a price holds from its first moment up to, but without, its last', () => {
    const prices = book(
      { perCall: 1, until: '2026-05-01' },
      { perCall: 2, from: '2026-05-01', until: '2026-06-01T00:00:00Z' },
    )
    const at = (endedAtMs: number) => costOf(ended({ endedAtMs }), prices)?.amount
    expect(at(Date.UTC(2026, 4, 1) - 1)).toBe(1)
    expect(at(Date.UTC(2026, 4, 1))).toBe(2)
    expect(at(Date.UTC(2026, 5, 1) - 1)).toBe(2)
    expect(at(Date.UTC(2026, 5, 1))).toBeUndefined()
  })

  test('the end of the generation decides, not its request', () => {
    const long = ended({ queuedAtMs: Date.UTC(2025, 0, 1), startedAtMs: Date.UTC(2025, 0, 1) })
    expect(amountOf(long, { perCall: 1, from: new Date(endMs).toISOString() })).toBe(1)
  })

  test('the order of unequal prices changes nothing', () => {
    const pattern = fc.constantFrom(undefined, '*', 'wan*', 'w*', 'wan')
    const price = fc.record({ provider: pattern, model: pattern, engine: pattern })
    const whole = ended({ request: { provider: 'wan', model: 'wan', engine: 'wan' } })
    fc.assert(
      fc.property(
        fc.uniqueArray(price, { selector: (entry) => JSON.stringify(entry), minLength: 1 }),
        (all) => {
          const input = all.map((entry, index) => ({ ...entry, name: `p${index}`, perCall: 1 }))
          const ahead = priceOf(whole, costSettingsSchema().parse({ prices: input }))
          const back = priceOf(whole, costSettingsSchema().parse({ prices: input.toReversed() }))
          expect(ahead).toEqual(back)
        },
      ),
    )
  })
})

test('no cost is negative or endless, whatever the record', () => {
  const prices = book(
    { perGpuHour: 3 },
    { model: 'wan', perOutputSecond: 1 },
    { model: 'ltx', perMegapixelSecond: 1 },
  )
  fc.assert(
    fc.property(anyEnded, fc.option(fc.double(), { nil: undefined }), (record, reported) => {
      const amount = costOf(record, prices, reported)?.amount ?? 0
      expect(amount).toBeGreaterThanOrEqual(0)
      expect(amount).toBeLessThan(Infinity)
    }),
  )
})
