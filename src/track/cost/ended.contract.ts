/** Ended generations for tests. */
import fc from 'fast-check'
import { type GenerationRecord, generationOutcomes } from '../../model/generation.ts'

export const endMs = Date.UTC(2026, 4, 20, 12)

/** One that ran for 60 s on one GPU and succeeded. */
export function ended(more: Partial<GenerationRecord> = {}): GenerationRecord {
  return {
    id: 'g',
    node: 'n',
    status: 'succeeded',
    request: {},
    attempt: 1,
    queuedAtMs: endMs - 61_000,
    startedAtMs: endMs - 60_000,
    endedAtMs: endMs,
    durationMs: 60_000,
    stages: [],
    lastEventAtMs: endMs,
    verification: 'unverified',
    defects: [],
    ...more,
  }
}

/** Any end, of a few models, with a cost in whole cents that may be unknown or in another currency. */
export const anyEnded: fc.Arbitrary<GenerationRecord> = fc
  .record({
    status: fc.constantFrom(...generationOutcomes),
    verification: fc.constantFrom('unverified', 'verified', 'defective'),
    model: fc.constantFrom(undefined, 'wan', 'ltx', 'evil\n"model"'),
    cents: fc.option(fc.nat(1_000_000), { nil: undefined }),
    currency: fc.constantFrom('USD', 'USD', 'USD', 'EUR'),
    gpuSeconds: fc.option(fc.nat(10_000), { nil: undefined }),
    energyJoules: fc.option(fc.nat(1_000_000), { nil: undefined }),
    durationSeconds: fc.option(fc.nat(60), { nil: undefined }),
    endedAtMs: fc.integer({ min: endMs - 40 * 86_400_000, max: endMs }),
  })
  .map(({ status, verification, model, cents, currency, durationSeconds, endedAtMs, ...resources }) =>
    ended({
      status,
      verification,
      endedAtMs,
      request: { model },
      resources,
      output: { durationSeconds },
      cost: cents === undefined ? undefined : { amount: cents / 100, currency, basis: 'p' },
    }),
  )

/** Whole cents of a record's cost in USD. */
export function centsOf({ cost }: GenerationRecord): number {
  return cost?.currency === 'USD' ? Math.round(cost.amount * 100) : 0
}
