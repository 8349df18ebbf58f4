import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AlertInstance } from '../model/alert.ts'
import { FramewatchError } from '../model/errors.ts'
import type { GenerationRecord, GenerationStatus } from '../model/generation.ts'
import type { WriteBatch } from '../store/store.ts'
import { WriteBuffer } from './write-buffer.ts'

function record(id: string, status: GenerationStatus = 'running'): GenerationRecord {
  const base = {
    node: 'n',
    request: {},
    attempt: 1,
    queuedAtMs: 0,
    lastEventAtMs: 0,
    stages: [],
    defects: [],
  }
  return { ...base, id, status, verification: 'unverified' }
}

/** A store that keeps what is written, and refuses while it is full. */
function fillableStore() {
  const state = { full: false, generations: new Map<string, GenerationRecord>(), ticks: [] as number[] }
  return {
    state,
    async write(batch: WriteBatch) {
      if (state.full) throw new FramewatchError('STORE_DISK_FULL', 'The disk is full')
      if (batch.tick) state.ticks.push(batch.tick.timestampMs)
      for (const generation of batch.generations ?? []) state.generations.set(generation.id, generation)
    },
  }
}

describe('the write buffer', () => {
  test('keeps what a full disk refuses, says why, and writes it when there is room', async () => {
    const store = fillableStore()
    const buffer = new WriteBuffer(store)
    store.state.full = true
    buffer.add({ tick: { timestampMs: 1, samples: [] }, generations: [record('a')] })
    await buffer.flush()
    expect(buffer.lastError).toMatchObject({ code: 'STORE_DISK_FULL' })
    expect(buffer.generation('a')?.status).toBe('running')
    buffer.add({ tick: { timestampMs: 2, samples: [] }, generations: [record('a', 'succeeded')] })
    store.state.full = false
    await buffer.flush()
    expect(buffer.lastError).toBeUndefined()
    expect(store.state.ticks).toEqual([1, 2])
    expect(store.state.generations.get('a')?.status).toBe('succeeded')
    expect(buffer.dropped).toBe(0)
  })

  test('is bounded: the oldest ticks are given up first, and counted', async () => {
    const store = fillableStore()
    const buffer = new WriteBuffer(store)
    store.state.full = true
    for (let index = 0; index < 300; index++) {
      buffer.add({ tick: { timestampMs: index, samples: [] }, generations: [record(`g${index}`)] })
      await buffer.flush()
    }
    store.state.full = false
    await buffer.flush()
    expect(buffer.dropped).toBe(60)
    expect(store.state.ticks[0]).toBe(60)
    expect(store.state.generations.size).toBe(300)
  })

  test('writes what waited long bit by bit', async () => {
    const sizes: number[] = []
    const buffer = new WriteBuffer({
      write: async ({ generations }) => void sizes.push(generations?.length ?? 0),
    })
    buffer.add({ generations: Array.from({ length: 1200 }, (_, index) => record(`g${index}`)) })
    await buffer.flush()
    expect(sizes).toEqual([500, 500, 200])
  })

  test('keeps the ledger of notifications like all else', async () => {
    const written: unknown[] = []
    const state = { full: true }
    const buffer = new WriteBuffer({
      async write({ decisions }) {
        if (state.full) throw new FramewatchError('STORE_DISK_FULL', 'The disk is full')
        written.push(decisions)
      },
    })
    const decision = {
      id: 'd',
      timestampMs: 1,
      alertKey: 'a',
      receiver: 'r',
      decision: 'sent',
      reason: '',
    } as const
    buffer.add({ decisions: [decision] })
    await buffer.flush()
    state.full = false
    await buffer.flush()
    await buffer.flush()
    expect(written).toEqual([[decision]])
  })

  test('forgets an alert instance that was removed after it changed, and the other way round', async () => {
    const written: WriteBatch[] = []
    const buffer = new WriteBuffer({ write: async (batch) => void written.push(batch) })
    const instance = { key: 'k' } as AlertInstance
    buffer.add({ alertInstances: { changed: [instance], removed: [] } })
    buffer.add({ alertInstances: { changed: [], removed: ['k'] } })
    await buffer.flush()
    expect(written).toMatchObject([{ alertInstances: { changed: [], removed: ['k'] } }])
  })

  test('for any order of writes and refusals, the store ends with the last state of every record', async () => {
    const steps = fc.array(
      fc.record({
        id: fc.constantFrom('a', 'b', 'c'),
        status: fc.constantFrom('queued', 'running', 'failed'),
        full: fc.boolean(),
      }),
      { maxLength: 40 },
    )
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const store = fillableStore()
        const buffer = new WriteBuffer(store)
        const expected = new Map<string, string>()
        for (const [index, { id, status, full }] of sequence.entries()) {
          store.state.full = full
          expected.set(id, status)
          buffer.add({
            tick: { timestampMs: index, samples: [] },
            generations: [record(id, status as GenerationStatus)],
          })
          await buffer.flush()
        }
        store.state.full = false
        await buffer.flush()
        expect(store.state.ticks).toEqual(sequence.map((_, index) => index))
        for (const [id, status] of expected) expect(store.state.generations.get(id)?.status).toBe(status)
      }),
    )
  })
})
