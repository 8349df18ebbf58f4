import { describe, expect, test } from 'vitest'
import type { GpuReading, GpuXid } from './gpu-reading.ts'
import { gpuSamples } from './gpu-samples.ts'
import { KnownGpus } from './known-gpus.ts'

const gpu = (fields: Partial<GpuReading> = {}): GpuReading => ({
  id: 'GPU-1',
  index: 0,
  vendor: 'nvidia',
  pciAddress: '00000000:3B:00.0',
  ...fields,
})
const xid = (code: number, device = 'GPU-1'): GpuXid => ({ timestampMs: 5, device, code })

/** A machine whose GPUs are read each second. */
function setUp() {
  const gpus = new KnownGpus()
  let monotonicMs = 1000
  const describeXid = (code: number) => ({
    severity: code === 79 ? ('critical' as const) : code === 94 ? ('warning' as const) : ('info' as const),
    message: `XID ${code}.`,
  })
  return (readings: readonly GpuReading[], options: Options = {}) => {
    const { elapsedMs = 1000, unread = [], xids = [] } = options
    monotonicMs += elapsedMs
    const answer = { gpus: readings, xids, skipped: 0 }
    const { samples, ...reading } = gpuSamples({ answer, unread }, gpus, { describeXid, monotonicMs })
    /** The value of a series, by name and some of its attributes. */
    const value = (name: string, wanted: Record<string, string> = {}) => {
      const has = (attributes: Readonly<Record<string, string>>) =>
        Object.entries(wanted).every(([key, text]) => attributes[key] === text)
      return samples.find((sample) => sample.name === name && has(sample.attributes))?.value
    }
    const state = (id = 'GPU-1') =>
      ['ok', 'degraded', 'failed'].filter(
        (each) => value('hw.status', { 'hw.id': id, 'hw.state': each }) === 1,
      )
    return { ...reading, samples, value, state }
  }
}

interface Options {
  readonly elapsedMs?: number
  readonly unread?: readonly GpuReading['vendor'][]
  readonly xids?: readonly GpuXid[]
}

describe('a GPU that vanishes', () => {
  test('is failed until it comes back', () => {
    const read = setUp()
    const other = gpu({ id: 'GPU-2', pciAddress: '00000000:5E:00.0', powerWatts: 1 })
    expect(read([gpu(), other]).state('GPU-2')).toEqual(['ok'])
    const without = read([gpu()])
    expect(without.state('GPU-2')).toEqual(['failed'])
    expect(without.state('GPU-1')).toEqual(['ok'])
    expect(without.value('hw.power')).toBeUndefined()
    expect(without.value('hw.gpu.count')).toBe(1)
    expect(read([gpu(), other]).state('GPU-2')).toEqual(['ok'])
  })

  test('is failed when the driver says that it is lost, and has no other values', () => {
    const reading = setUp()([gpu({ isLost: true, powerWatts: 3 })])
    expect(reading.state()).toEqual(['failed'])
    expect(reading.value('hw.power')).toBeUndefined()
    expect(reading.value('hw.gpu.count')).toBe(0)
  })

  test('is forgotten after a day', () => {
    const read = setUp()
    read([gpu()])
    expect(read([], { elapsedMs: 86_399_000 }).state()).toEqual(['failed'])
    expect(read([], { elapsedMs: 2000 }).state()).toEqual([])
  })

  test('is forgotten when there is another one in its place', () => {
    const read = setUp()
    read([gpu()])
    const replaced = read([gpu({ id: 'GPU-9', pciAddress: '0000:3b:00.0' })])
    expect(replaced.state('GPU-1')).toEqual([])
    expect(replaced.state('GPU-9')).toEqual(['ok'])
  })

  test('is not known to have vanished while its driver cannot be read, which is counted', () => {
    const read = setUp()
    const amd = gpu({ id: 'AMD-1', vendor: 'amd', pciAddress: '0000:01:00.0' })
    read([gpu(), amd])
    const reading = read([amd], { unread: ['nvidia'] })
    expect(reading.state('GPU-1')).toEqual([])
    expect(reading.state('AMD-1')).toEqual(['ok'])
    expect(reading.skipped).toBe(1)
  })

  test('is one of at most 64, the first that was lost making room', () => {
    const read = setUp()
    const place = (slot: number) => ({ id: `GPU-${slot}`, pciAddress: `0000:00:${slot.toString(16)}.0` })
    const cards = Array.from({ length: 70 }, (_, slot) => gpu(place(slot + 16)))
    const reading = read(cards)
    expect(reading.value('hw.gpu.count')).toBe(64)
    expect(reading.skipped).toBe(6)
    read(cards.slice(1, 64))
    read(cards.slice(1, 65))
    const last = read(cards.slice(1, 65))
    expect(last.value('hw.gpu.count')).toBe(64)
    expect(last.state('GPU-16')).toEqual([])
  })

  test('that two readers tell of, is one', () => {
    const reading = setUp()([gpu({ powerWatts: 1 }), gpu({ powerWatts: 2 })])
    expect(reading.samples.filter(({ name }) => name === 'hw.power')).toMatchObject([{ value: 1 }])
    expect(reading.skipped).toBe(1)
  })
})

describe('a GPU with failing memory', () => {
  test.each<[string, Partial<GpuReading>]>([
    ['rows wait for their replacement', { remappedRows: { isPending: true } }],
    ['a row could not be replaced', { remappedRows: { hasFailed: true } }],
    ['pages wait to be retired', { retiredPages: { isPending: true } }],
  ])('is degraded while %s', (_, fields) => {
    const read = setUp()
    expect(read([gpu(fields)]).state()).toEqual(['degraded'])
    expect(read([gpu()]).state()).toEqual(['ok'])
  })

  test('is degraded when errors grow that could not be corrected, until the driver counts anew', () => {
    const read = setUp()
    const withErrors = (uncorrected: number) => [gpu({ ecc: { uncorrected } })]
    expect(read(withErrors(3)).state()).toEqual(['ok'])
    expect(read(withErrors(4)).state()).toEqual(['degraded'])
    expect(read(withErrors(4)).state()).toEqual(['degraded'])
    expect(read(withErrors(0)).state()).toEqual(['ok'])
    expect(read(withErrors(1)).state()).toEqual(['degraded'])
  })
})

describe('an XID', () => {
  test('is a fault, a count that began at 0, and recent for ten minutes', () => {
    const read = setUp()
    const first = read([gpu()])
    expect(first.value('hw.errors', { 'error.type': 'xid' })).toBe(0)
    expect(first.value('hw.gpu.xid.recent', { 'hw.gpu.xid.severity': 'critical' })).toBe(0)
    const next = read([gpu()], { xids: [xid(79), xid(94), xid(13)] })
    expect(next.faults).toEqual([
      { timestampMs: 5, kind: 'xid', device: 'GPU-1', code: 79, severity: 'critical', message: 'XID 79.' },
      { timestampMs: 5, kind: 'xid', device: 'GPU-1', code: 94, severity: 'warning', message: 'XID 94.' },
      { timestampMs: 5, kind: 'xid', device: 'GPU-1', code: 13, severity: 'info', message: 'XID 13.' },
    ])
    expect(next.value('hw.errors', { 'error.type': 'xid' })).toBe(3)
    expect(next.value('hw.gpu.xid.recent', { 'hw.gpu.xid.severity': 'critical' })).toBe(1)
    expect(next.value('hw.gpu.xid.recent', { 'hw.gpu.xid.severity': 'warning' })).toBe(1)
    const late = read([gpu()], { elapsedMs: 599_999 })
    expect(late.faults).toEqual([])
    expect(late.value('hw.gpu.xid.recent', { 'hw.gpu.xid.severity': 'critical' })).toBe(1)
    const later = read([gpu()], { elapsedMs: 1 })
    expect(later.value('hw.gpu.xid.recent', { 'hw.gpu.xid.severity': 'critical' })).toBe(0)
    expect(later.value('hw.errors', { 'error.type': 'xid' })).toBe(3)
  })

  test.each(['0000:3b:00', '0000:3B:00.0', '00000000:3b:00.0'])(
    'of a GPU that is named by its PCI address, as %s, is that of the GPU, though it has fallen off the bus',
    (device) => {
      const read = setUp()
      read([gpu()])
      const reading = read([], { xids: [xid(79, device)] })
      expect(reading.faults).toMatchObject([{ device: 'GPU-1' }])
      expect(reading.value('hw.errors', { 'error.type': 'xid' })).toBe(1)
      expect(reading.state()).toEqual(['failed'])
    },
  )

  test('of a GPU that was never seen is a fault of the device as it is named', () => {
    const reading = setUp()([gpu()], { xids: [xid(79, '0000:99:00.0\u0007')] })
    expect(reading.faults).toMatchObject([{ device: '0000:99:00.0_' }])
    expect(reading.value('hw.errors', { 'error.type': 'xid' })).toBe(0)
  })

  test('that is one of thousands is counted, and told of only the first', () => {
    const read = setUp()
    const reading = read([gpu()], { xids: Array.from({ length: 5000 }, () => xid(79)) })
    expect(reading.faults).toHaveLength(64)
    expect(reading.skipped).toBe(5000 - 64)
    expect(reading.value('hw.errors', { 'error.type': 'xid' })).toBe(5000)
    expect(read([gpu()]).value('hw.gpu.xid.recent', { 'hw.gpu.xid.severity': 'critical' })).toBe(1000)
  })
})

describe('throttling', () => {
  const reason = { 'hw.gpu.throttle_reason': 'hw_slowdown' }
  const counted = (seconds: number) => [gpu({ throttledSeconds: { hw_slowdown: seconds } })]
  const holding = (...throttleReasons: readonly 'hw_slowdown'[]) => [gpu({ throttleReasons })]

  test('is a share of the time by the counts of the driver', () => {
    const read = setUp()
    const first = read(counted(100))
    expect(first.value('hw.gpu.throttled', reason)).toBeUndefined()
    expect(first.value('hw.gpu.throttled.time', reason)).toBe(100)
    const next = read(counted(100.25))
    expect(next.value('hw.gpu.throttled', reason)).toBe(0.25)
    expect(next.value('hw.gpu.throttled.time', reason)).toBe(100.25)
    const full = read(counted(101.3))
    expect(full.value('hw.gpu.throttled', reason)).toBe(1)
    expect(full.value('hw.gpu.throttled', { 'hw.gpu.throttle_reason': 'sync_boost' })).toBeUndefined()
  })

  test('goes on counting when the driver begins anew, and through a count that cannot be', () => {
    const read = setUp()
    read(counted(100))
    expect(read(counted(0.5)).value('hw.gpu.throttled.time', reason)).toBe(100.5)
    const odd = read(counted(1e9))
    expect(odd.value('hw.gpu.throttled', reason)).toBeUndefined()
    expect(odd.value('hw.gpu.throttled.time', reason)).toBe(100.5)
  })

  test('is 1 or 0 where only the present is told, and its time that between two readings which show it', () => {
    const read = setUp()
    expect(read(holding('hw_slowdown')).value('hw.gpu.throttled', reason)).toBe(1)
    const second = read(holding('hw_slowdown'), { elapsedMs: 2000 })
    expect(second.value('hw.gpu.throttled.time', reason)).toBe(2)
    const third = read(holding())
    expect(third.value('hw.gpu.throttled', reason)).toBe(0)
    expect(third.value('hw.gpu.throttled.time', reason)).toBe(2)
    expect(read(holding('hw_slowdown')).value('hw.gpu.throttled.time', reason)).toBe(2)
    const afterGap = read(holding('hw_slowdown'), { elapsedMs: 3_600_000 })
    expect(afterGap.value('hw.gpu.throttled.time', reason)).toBe(2)
  })

  test('does not jump when a reader that counts takes the place of one that does not', () => {
    const read = setUp()
    read(holding('hw_slowdown'))
    read(holding('hw_slowdown'))
    expect(read(counted(5000)).value('hw.gpu.throttled.time', reason)).toBe(1)
    expect(read(counted(5000.5)).value('hw.gpu.throttled.time', reason)).toBe(1.5)
  })
})
