import { describe, expect, test, vi } from 'vitest'
import { manualClock } from '../../../../test/support/manual-clock.ts'
import { GpuReaderSet } from './gpu-reader-set.ts'
import type { GpuReaderEntry } from './gpu-readers.ts'
import type { GpuReader } from './gpu-reading.ts'

/** A way to read that does as it is told. */
function fakeEntry(name: string, vendor: 'nvidia' | 'amd' = 'nvidia') {
  const state = { opens: true, reads: true, isSlow: false }
  const close = vi.fn()
  const open = vi.fn((): GpuReader => {
    if (!state.opens) throw new Error('no library')
    const gpus = [{ id: `${name}-0`, index: 0, vendor }]
    const answer = { gpus, xids: [], skipped: 1 }
    const read = vi.fn(() => {
      if (!state.reads) throw new Error('driver gone')
      return state.isSlow ? Promise.resolve(answer) : answer
    })
    return { name, read, close }
  })
  return { entry: { name, open } satisfies GpuReaderEntry, open, close, state }
}

function setUp() {
  const clock = manualClock()
  const [best, second, card] = [fakeEntry('nvml'), fakeEntry('nvidia-smi'), fakeEntry('amdgpu', 'amd')]
  const readers = { nvidia: [best.entry, second.entry], amd: [card.entry] }
  const set = new GpuReaderSet(readers, { clock, sysRoot: '/sys', devRoot: '/dev' })
  return { clock, best, second, card, set }
}

describe('the readers of a machine', () => {
  test('are opened once, the best of each vendor, and only those of the vendors asked for', async () => {
    const { set, best, second, card } = setUp()
    card.state.isSlow = true
    await set.read(['nvidia'])
    expect(card.open).not.toHaveBeenCalled()
    const report = await set.read(['nvidia', 'amd'])
    expect(report).toEqual({
      answer: {
        gpus: [
          { id: 'nvml-0', index: 0, vendor: 'nvidia' },
          { id: 'amdgpu-0', index: 0, vendor: 'amd' },
        ],
        xids: [],
        skipped: 2,
      },
      readers: ['nvml', 'amdgpu'],
      problems: [],
      unread: [],
    })
    expect(best.open).toHaveBeenCalledTimes(1)
    expect(second.open).not.toHaveBeenCalled()
  })

  test('stand in for one that cannot be opened, which is tried again once a minute', async () => {
    const { set, clock, best, second } = setUp()
    best.state.opens = false
    const report = await set.read(['nvidia'])
    expect(report).toMatchObject({
      readers: ['nvidia-smi'],
      problems: ['nvml cannot be opened: no library'],
      unread: [],
    })
    await clock.advance(59_999)
    await set.read(['nvidia'])
    expect(best.open).toHaveBeenCalledTimes(1)
    await clock.advance(1)
    await set.read(['nvidia'])
    expect(best.open).toHaveBeenCalledTimes(2)
    best.state.opens = true
    await clock.advance(60_000)
    expect(await set.read(['nvidia'])).toMatchObject({ readers: ['nvml'], problems: [] })
    expect(second.close).toHaveBeenCalledTimes(1)
  })

  test('stand in for one that fails, at once; it is closed, and opened anew a minute later', async () => {
    const { set, clock, best } = setUp()
    await set.read(['nvidia'])
    best.state.reads = false
    best.close.mockImplementation(() => {
      throw new Error('cannot close')
    })
    expect(await set.read(['nvidia'])).toMatchObject({
      answer: { gpus: [{ id: 'nvidia-smi-0' }] },
      readers: ['nvidia-smi'],
      problems: ['nvml failed: driver gone'],
    })
    expect(best.close).toHaveBeenCalledTimes(1)
    best.state.reads = true
    await clock.advance(60_000)
    expect(await set.read(['nvidia'])).toMatchObject({ readers: ['nvml'], problems: [] })
    expect(best.open).toHaveBeenCalledTimes(2)
  })

  test('say which vendor could not be read, and why, while the other one is', async () => {
    const { set, best, second } = setUp()
    best.state.opens = false
    second.state.opens = false
    expect(await set.read(['nvidia', 'amd'])).toMatchObject({
      readers: ['amdgpu'],
      problems: ['nvml cannot be opened: no library', 'nvidia-smi cannot be opened: no library'],
      unread: ['nvidia'],
    })
  })

  test('are all closed, though one of them fails to', async () => {
    const { set, best, card } = setUp()
    await set.read(['nvidia', 'amd'])
    best.close.mockRejectedValue(new Error('cannot close'))
    await set.close()
    expect(card.close).toHaveBeenCalledTimes(1)
  })
})
