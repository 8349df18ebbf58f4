/** What every engine of the store port must do with the ledger of notifications, and the ledgers of random histories. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NotificationDecision } from '../model/alert.ts'
import { decisionOf, keepAll, startMs } from './store.fixtures.contract.ts'
import type { DecisionQuery, Store } from './store.ts'

const time = fc.integer({ min: 0, max: 12 }).map((tenths) => startMs + tenths * 500)
const alertKey = fc.constantFrom('High', 'Low{gpu="0"}')
const receiver = fc.constantFrom('on-call', 'chat')
const kind = fc.constantFrom<NotificationDecision['decision'][]>('sent', 'retried', 'failed', 'suppressed')
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

/** Few ids, so that entries are replaced. */
export const decision: fc.Arbitrary<NotificationDecision> = fc
  .record({
    id: fc.constantFrom('d1', 'd2', 'd3', 'd4'),
    timestampMs: time,
    alertKey,
    receiver,
    decision: kind,
  })
  .map(({ id, timestampMs, ...rest }) => decisionOf(id, timestampMs, rest))

export const decisionQuery: fc.Arbitrary<DecisionQuery> = fc.record({
  alertKey: maybe(alertKey),
  receiver: maybe(receiver),
  decision: maybe(kind),
  fromMs: maybe(time),
  toMs: maybe(time),
  limit: maybe(fc.integer({ min: 1, max: 6 })),
})

export function describeDecisions(store: () => Store): void {
  const ids = async (query?: DecisionQuery) => (await store().listDecisions(query)).map(({ id }) => id)

  test('the ledger is listed newest first, of one millisecond the last written first', async () => {
    await store().write({ decisions: [decisionOf('z', startMs), decisionOf('a', startMs)] })
    await store().write({ decisions: [decisionOf('new', startMs + 1), decisionOf('old', startMs - 1)] })
    expect(await ids()).toEqual(['new', 'a', 'z', 'old'])
    expect(await ids({ limit: 2 })).toEqual(['new', 'a'])
  })

  test('an entry of the ledger comes back as it was written, and is replaced by its id', async () => {
    const entry = decisionOf('d1', startMs, { decision: 'failed', reason: 'Zoë said "no" 🎬' })
    await store().write({ decisions: [decisionOf('d1', startMs - 5), entry] })
    expect(await store().listDecisions()).toEqual([entry])
  })

  test('the ledger is filtered by alert, receiver, decision and time, inclusive', async () => {
    const decisions = [
      decisionOf('d1', startMs, { alertKey: 'Low' }),
      decisionOf('d2', startMs + 1, { receiver: 'chat' }),
      decisionOf('d3', startMs + 2, { decision: 'suppressed', reason: 'silenced' }),
    ]
    await store().write({ decisions })
    expect(await ids({ alertKey: 'Low' })).toEqual(['d1'])
    expect(await ids({ receiver: 'chat' })).toEqual(['d2'])
    expect(await ids({ decision: 'suppressed' })).toEqual(['d3'])
    expect(await ids({ fromMs: startMs + 1, toMs: startMs + 1 })).toEqual(['d2'])
    expect(await ids({ alertKey: 'Low', receiver: 'chat' })).toEqual([])
  })

  test.each([0, -1, 1.5])('a limit of %d of the ledger is refused', async (limit) => {
    const refused = { code: 'QUERY_INVALID', details: { key: 'limit' } }
    await expect(store().listDecisions({ limit })).rejects.toMatchObject(refused)
  })

  test('the ledger is kept for as long as alert events', async () => {
    await store().write({ decisions: [decisionOf('old', startMs), decisionOf('new', startMs + 2000)] })
    const policy = { ...keepAll, alertEventsMs: 1000 }
    while (await store().maintain(policy, startMs + 2500, 1));
    expect(await ids()).toEqual(['new'])
  })
}
