/** What every engine of the store port must do with the faults that hardware reported. */
import { expect, test } from 'vitest'
import type { FaultRecord } from '../model/hardware-fault.ts'
import { keepAll, startMs } from './store.fixtures.contract.ts'
import type { FaultQuery, Store } from './store.ts'

/** A fault of a GPU. */
export function faultOf(id: string, timestampMs: number, rest: Partial<FaultRecord> = {}): FaultRecord {
  return {
    id,
    timestampMs,
    kind: 'xid',
    device: 'GPU-1',
    code: 79,
    severity: 'critical',
    message: 'The GPU has fallen off the bus.',
    node: 'a',
    generationIds: ['gen_1'],
    ...rest,
  }
}

export function describeFaults(store: () => Store): void {
  const ids = async (query?: FaultQuery) => (await store().listFaults(query)).map(({ id }) => id)

  test('faults are listed newest first, of one millisecond the last written first', async () => {
    await store().write({ faults: [faultOf('z', startMs), faultOf('a', startMs)] })
    await store().write({ faults: [faultOf('new', startMs + 1), faultOf('old', startMs - 1)] })
    expect(await ids()).toEqual(['new', 'a', 'z', 'old'])
    expect(await ids({ limit: 2 })).toEqual(['new', 'a'])
  })

  test('a fault comes back as it was written, and is replaced by its id', async () => {
    const fault = faultOf('f1', startMs, { message: 'Zoë said "no" 🎬', generationIds: [] })
    await store().write({ faults: [faultOf('f1', startMs - 5), fault] })
    expect(await store().listFaults()).toEqual([fault])
  })

  test('faults are filtered by device and time, inclusive', async () => {
    const faults = [
      faultOf('f1', startMs),
      faultOf('f2', startMs + 1, { device: 'GPU-2' }),
      faultOf('f3', startMs + 2),
    ]
    await store().write({ faults })
    expect(await ids({ device: 'GPU-2' })).toEqual(['f2'])
    expect(await ids({ fromMs: startMs + 1, toMs: startMs + 1 })).toEqual(['f2'])
    expect(await ids({ device: 'GPU-1', toMs: startMs })).toEqual(['f1'])
  })

  test.each([0, -1, 1.5])('a limit of %d faults is refused', async (limit) => {
    const refused = { code: 'QUERY_INVALID', details: { key: 'limit' } }
    await expect(store().listFaults({ limit })).rejects.toMatchObject(refused)
  })

  test('faults are kept for as long as alert events', async () => {
    await store().write({ faults: [faultOf('old', startMs), faultOf('new', startMs + 2000)] })
    while (await store().maintain({ ...keepAll, alertEventsMs: 1000 }, startMs + 2500, 1));
    expect(await ids()).toEqual(['new'])
  })
}
