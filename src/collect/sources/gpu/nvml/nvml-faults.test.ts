/** What the NVML reader makes of GPUs, drivers and divisions that change while it reads. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  buildFakeNvml,
  directFakeNvml,
  type FakeNvml,
  hasCompiler,
} from '../../../../../test/support/fake-nvml.ts'
import { type ManualClock, manualClock } from '../../../../../test/support/manual-clock.ts'
import { type NvmlReader, openNvmlReader } from './nvml-reader.ts'

describe.skipIf(!hasCompiler)('faults seen through NVML (needs a C compiler as `cc`)', () => {
  const lost = {
    id: 'GPU-fake-1',
    index: 1,
    vendor: 'nvidia',
    name: 'NVIDIA H100 80GB HBM3',
    serial: '165001',
    pciAddress: '00000000:07:00.0',
    driverVersion: '595.71.05',
    isLost: true,
  }
  let libraryPath: string
  let fake: FakeNvml
  let clock: ManualClock
  let reader: NvmlReader

  beforeAll(() => {
    libraryPath = buildFakeNvml()
    fake = directFakeNvml(libraryPath)
  })

  beforeEach(() => {
    clock = manualClock()
    reader = openNvmlReader({ libraryPath, clock })
  })

  afterEach(() => {
    fake.play('')
    reader.drainXids()
    reader.close()
  })

  const states = () =>
    reader.read().gpus.map(({ id, isLost, utilization }) => [id, isLost ?? false, utilization])

  test('a GPU that falls off the bus is lost by its name, and the others go on', () => {
    fake.play('gpus=3')
    reader.read()
    fake.play('gpus=3 lost=1')
    for (let reading = 0; reading < 3; reading++) {
      const { gpus } = reader.read()
      expect(gpus[1]).toEqual(lost)
      expect([gpus[0]?.utilization, gpus[2]?.utilization]).toEqual([0.5, 0.52])
    }
  })

  test('a GPU that is back is read by its new handle', async () => {
    fake.play('gpus=2')
    reader.read()
    fake.play('gpus=2 lost=1')
    reader.read()
    reader.read()
    fake.play('gpus=2 invalid=1')
    await clock.advance(10_000)
    expect(states()[1]).toEqual(['GPU-fake-1', false, 0.51])
  })

  test('a GPU that needs a reset is lost, and not listed at every reading', () => {
    fake.play('gpus=2 reset=1')
    reader.read()
    fake.calls()
    expect(reader.read().gpus[1]).toEqual(lost)
    const first = fake.calls()
    expect(states()).toEqual([
      ['GPU-fake-0', false, 0.5],
      ['GPU-fake-1', true, undefined],
    ])
    expect(fake.calls()).toBe(first)
  })

  test('a GPU that answers unknown errors to all is lost', () => {
    fake.play('gpus=2')
    reader.read()
    fake.play('gpus=2 broken=1')
    expect(reader.read().gpus[1]).toEqual(lost)
    expect(reader.read().gpus[1]).toEqual(lost)
    expect(states()[0]).toEqual(['GPU-fake-0', false, 0.5])
  })

  test('a GPU that was lost before the first reading is named by its place', () => {
    fake.play('gpus=2 lost=0')
    expect(reader.read().gpus[0]).toEqual({ id: 'index 0', index: 0, vendor: 'nvidia', isLost: true })
    expect(reader.read().gpus).toHaveLength(2)
  })

  test('a GPU that the driver no longer counts is lost, and the one behind it is not taken for it', () => {
    fake.play('gpus=3')
    reader.read()
    fake.play('gpus=3 gone=1')
    const { gpus } = reader.read()
    expect(gpus.filter(({ isLost }) => isLost)).toEqual([lost])
    expect(gpus.find(({ id }) => id === 'GPU-fake-2')).toMatchObject({ index: 1, utilization: 0.52 })
  })

  test('a GPU that is added is read', () => {
    fake.play('gpus=1')
    expect(states()).toHaveLength(1)
    fake.play('gpus=2')
    expect(states()).toEqual([
      ['GPU-fake-0', false, 0.5],
      ['GPU-fake-1', false, 0.51],
    ])
  })

  test('a handle that the driver no longer knows is replaced', () => {
    fake.play('gpus=2')
    reader.read()
    fake.play('gpus=2 invalid=0')
    expect(states()[0]).toEqual(['GPU-fake-0', true, undefined])
    expect(states()[0]).toEqual(['GPU-fake-0', false, 0.5])
  })

  test.each([
    ['the driver was loaded again', 'restarted'],
    ['the driver was not loaded for a while', 'driver-gone'],
  ])('after %s, the next reading starts anew', (_, words) => {
    fake.play('gpus=2')
    reader.read()
    fake.play(words)
    expect(() => reader.read()).toThrow(/nvmlDeviceGetCount_v2 answered [19]: /)
    fake.play('gpus=2')
    expect(states().map(([, isLost]) => isLost)).toEqual([false, false])
  })

  test('a driver that is not loaded is an error that says so, at every reading', () => {
    fake.play('driver-gone')
    expect(() => reader.read()).toThrow('nvmlInit_v2 answered 9: Driver Not Loaded')
    expect(() => reader.read()).toThrow('nvmlInit_v2 answered 9: Driver Not Loaded')
    fake.play('')
    expect(states()).toHaveLength(1)
  })

  test('an XID event is told once, with the GPU it is about', async () => {
    fake.play('gpus=2')
    expect(reader.read().xids).toEqual([])
    fake.play('gpus=2 xid=1:79 xid=0:31')
    expect(reader.read().xids).toEqual([
      { timestampMs: clock.nowMs(), device: 'GPU-fake-1', code: 79 },
      { timestampMs: clock.nowMs(), device: 'GPU-fake-0', code: 31 },
    ])
    expect(reader.read().xids).toEqual([])
    fake.play('gpus=2 xid=0:13')
    expect(reader.drainXids()).toMatchObject([{ device: 'GPU-fake-0', code: 13 }])
    expect(reader.read().xids).toEqual([])
  })

  test('an XID event that comes with the loss of the GPU is not lost with it', () => {
    fake.play('gpus=2')
    reader.read()
    fake.play('gpus=2 lost=1 xid=1:79')
    expect(reader.read()).toMatchObject({
      gpus: [{}, { isLost: true }],
      xids: [{ device: 'GPU-fake-1', code: 79 }],
    })
  })

  test('an XID event that came before the driver went is told after', () => {
    reader.read()
    fake.play('restarted xid=0:119')
    expect(() => reader.read()).toThrow('answered 1')
    fake.play('')
    expect(reader.read().xids).toMatchObject([{ code: 119 }])
  })

  test('the instances of a divided GPU have memory and programs of their own', () => {
    fake.play('gpus=2 mig')
    const [divided, whole] = reader.read().gpus
    expect(divided).toMatchObject({
      isMigEnabled: true,
      instances: [
        { id: 'MIG-fake-0', profile: '1g.10gb', memory: { totalBytes: 10 * 2 ** 30 } },
        { id: 'MIG-fake-1', profile: '2g.20gb', memory: { totalBytes: 10 * 2 ** 30 } },
      ],
    })
    expect(divided?.processes?.map(({ pid, instance }) => [pid, instance])).toEqual([
      [1000, 'MIG-fake-0'],
      [1001, 'MIG-fake-0'],
      [1000, 'MIG-fake-1'],
      [1001, 'MIG-fake-1'],
    ])
    expect(divided?.utilization).toBeUndefined()
    expect(divided?.powerWatts).toBe(400)
    expect(whole).toMatchObject({ isMigEnabled: false, utilization: 0.51 })
  })

  test('a GPU that is divided anew is looked at anew', () => {
    fake.play('mig')
    reader.read()
    fake.play('mig-moved')
    expect(reader.read().gpus[0]?.isLost).toBeUndefined()
    expect(reader.read().gpus[0]?.instances).toMatchObject([
      { id: 'MIG-fake-0', memory: { totalBytes: 10 * 2 ** 30 } },
      { id: 'MIG-fake-1' },
    ])
  })

  test('a handle that means another instance now is not taken for the one before', () => {
    fake.play('mig')
    reader.read()
    fake.play('mig-renamed')
    expect(reader.read().gpus[0]?.instances).toEqual([])
    expect(reader.read().gpus[0]?.instances).toMatchObject([{ id: 'MIG-fake-10' }, { id: 'MIG-fake-11' }])
  })

  test('a GPU that is whole again tells what it told before it was divided', async () => {
    fake.play('mig')
    expect(reader.read().gpus[0]?.utilization).toBeUndefined()
    fake.play('')
    await clock.advance(10_000)
    expect(reader.read().gpus[0]).toMatchObject({ isMigEnabled: false, utilization: 0.5 })
  })
})
