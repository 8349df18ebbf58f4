import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ManualClock, manualClock } from '../../test/support/manual-clock.ts'
import { AlertManager } from '../alert/alert-manager.ts'
import { alertRulesSchema } from '../alert/rule.ts'
import { defaultSourceSettings } from '../collect/source-options.ts'
import { vitalSigns } from '../collect/vital-signs.ts'
import { FramewatchError } from '../model/errors.ts'
import type { HardwareFault } from '../model/hardware-fault.ts'
import type { Sample } from '../model/sample.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import { seededRandom } from '../system/random.ts'
import { defaultStallSettings } from '../track/pace/stall.ts'
import { GenerationRecorder } from '../track/recorder.ts'
import { PerformanceTracker } from '../track/tracker.ts'
import { CheckQueue } from './check-queue.ts'
import { Engine } from './engine.ts'
import { createRing, RingReader, RingWriter } from './event-ring.ts'
import type { EngineSettings } from './options.ts'
import { qualityOptionsSchema } from './quality-options.ts'

const dayMs = 86_400_000
const retention = {
  samples1mMs: 1e15,
  samples10mMs: 1e15,
  samplesMs: 7 * dayMs,
  generationsMs: dayMs,
  alertEventsMs: dayMs,
  snapshotsMs: dayMs,
}

async function setup(
  options: {
    collect?: () => readonly Sample[]
    faults?: () => readonly HardwareFault[]
    clock?: ManualClock
    baseDir?: string
  } = {},
) {
  const baseDir = options.baseDir ?? mkdtempSync(join(tmpdir(), 'framewatch-engine-'))
  const clock = options.clock ?? manualClock()
  const random = seededRandom(1)
  const store = await openSqliteStore({ baseDir })
  const ring = createRing()
  const writer = new RingWriter(ring)
  const rules = alertRulesSchema().parse([{ name: 'Hot', metric: 'heat', above: 1, for: '60s' }])
  const settings: EngineSettings = {
    baseDir,
    node: 'n',
    collectionIntervalMs: 30_000,
    snapshotIntervalMs: 300_000,
    rules,
    storePrompts: false,
    retention,
    durability: 'normal',
    sources: defaultSourceSettings,
    costs: { currency: 'USD', prices: [], budgets: [] },
    errorClasses: [],
    stalls: defaultStallSettings,
    quality: qualityOptionsSchema().parse({}),
  }
  const emitted: [string, unknown][] = []
  const engine = new Engine({
    settings,
    writer: { pid: 1, node: 'n', startedAtMs: clock.nowMs(), collectionIntervalMs: 30_000 },
    clock,
    random,
    store,
    events: new RingReader(ring),
    tracker: new PerformanceTracker({ node: 'n', watchedSinceMs: clock.nowMs() }),
    checks: new CheckQueue({ enabled: false, maxQueue: 1 }, () => undefined),
    checker: undefined,
    collector: {
      collect: async () => ({
        samples: options.collect?.() ?? [],
        health: [],
        faults: options.faults?.() ?? [],
      }),
      close: async () => undefined,
    },
    alerts: new AlertManager({ rules, random }),
    metrics: () => [],
    vitalSigns,
    emit: (name, tell) => void emitted.push([name, tell()]),
  })
  const recorder = new GenerationRecorder({ sink: writer, clock, random })
  onTestFinished(async () => {
    writer.close()
    await store.close()
    rmSync(baseDir, { recursive: true, force: true })
  })
  return {
    engine,
    clock,
    store,
    recorder,
    writer,
    ring,
    emitted,
    baseDir,
    names: () => emitted.map(([name]) => name),
  }
}

/** Lets work that waits for the store, not for the clock, go on. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

describe('the engine', () => {
  test('collects at once, again after a second, and then at its interval', async () => {
    const { engine, clock, store, names } = await setup()
    const ticks = () => names().filter((name) => name === 'metrics').length
    const startMs = clock.nowMs()
    engine.start()
    await until(() => ticks() === 1)
    await clock.advance(1000)
    await until(() => ticks() === 2)
    await clock.advance(29_000)
    await until(() => ticks() === 3)
    await clock.advance(30_000)
    await until(() => ticks() === 4)
    const times = (await store.recentTicks(10)).map((tick) => tick.timestampMs - startMs)
    expect(times).toEqual([60_000, 30_000, 1000, 0])
  })

  test('puts maintenance off while the disk is full, and does it at the next write that is not refused', async () => {
    const { engine, clock, store } = await setup()
    const maintain = store.maintain.bind(store)
    let calls = 0
    store.maintain = async (...given) => {
      calls += 1
      if (calls === 1) throw new FramewatchError('STORE_DISK_FULL', 'The disk is full')
      return maintain(...given)
    }
    engine.start()
    await until(() => calls === 1)
    await clock.advance(30_000)
    await until(() => calls === 2)
    await engine.tick()
    const failing = { name: 'framewatch.store.maintenance_failing', fromMs: 0, toMs: clock.nowMs() }
    const [series] = (await store.range(failing)).series
    expect(new Set(series?.points.map(({ value }) => value))).toEqual(new Set([0]))
  })

  test('evaluates rules on what it collected, and stores each transition before it is told', async () => {
    const { engine, clock, store, emitted } = await setup({
      collect: () => [{ name: 'heat', attributes: {}, value: 2 }],
    })
    await engine.tick()
    expect(emitted.filter(([name]) => name === 'alert')).toEqual([])
    await clock.advance(60_000)
    await engine.tick()
    expect(emitted.filter(([name]) => name === 'alert')).toMatchObject([['alert', { transition: 'firing' }]])
    expect((await store.listAlertEvents()).map((event) => event.transition)).toEqual(['firing', 'pending'])
    expect(await store.loadAlertInstances()).toMatchObject([{ rule: 'Hot', state: 'firing' }])
  })

  test('stores a generation when it drains, and its last state when it stops', async () => {
    const { engine, store, recorder, baseDir } = await setup()
    const [done, open] = [recorder.startGeneration({ model: 'a' }), recorder.startGeneration({ model: 'b' })]
    done?.complete()
    await engine.drain()
    expect(await store.getGeneration(done?.id ?? '')).toMatchObject({ status: 'succeeded' })
    expect(await store.getGeneration(open?.id ?? '')).toMatchObject({ status: 'running' })
    open?.stage('denoise')
    expect(await engine.stop()).toEqual([])
    const again = await openSqliteStore({ baseDir })
    expect(await again.getGeneration(open?.id ?? '')).toMatchObject({
      status: 'lost',
      stages: [{ name: 'denoise' }],
    })
    expect((await again.readWriter())?.stoppedAtMs).toBeDefined()
    await again.close()
  })

  test('adds its own health to every tick', async () => {
    const { engine, store } = await setup()
    await engine.tick()
    const [tick] = await store.recentTicks(1)
    const own = tick?.samples
      .filter((sample) => sample.name.startsWith('framewatch.'))
      .map((sample) => sample.name)
    expect(own).toEqual(
      expect.arrayContaining([
        'framewatch.store.failing',
        'framewatch.recorder.dropped',
        'framewatch.tick.duration',
      ]),
    )
  })

  test('drops what retention does not keep, once an hour', async () => {
    const { engine, clock, store, recorder, names } = await setup()
    const old = recorder.startGeneration()
    old.complete()
    await engine.drain()
    engine.start()
    await until(() => names().includes('metrics'))
    await clock.advance(23 * 3_600_000)
    await engine.status()
    expect(await store.getGeneration(old.id)).toBeDefined()
    await clock.advance(2 * 3_600_000)
    await engine.status()
    expect(await store.getGeneration(old.id)).toBeUndefined()
  })

  test('drops at its start what retention did not keep while nothing ran', async () => {
    const { engine, clock, store, recorder } = await setup()
    const old = recorder.startGeneration()
    old.complete()
    await engine.drain()
    await clock.advance(2 * dayMs)
    engine.start()
    await engine.status()
    for (let turn = 0; turn < 100 && (await store.getGeneration(old.id)); turn++) await engine.drain()
    expect(await store.getGeneration(old.id)).toBeUndefined()
  })

  test('counts an event whose data could not be read as a whole, and keeps the generation', async () => {
    const { engine, recorder } = await setup()
    const hostile = {
      get prompt(): string {
        throw new Error('no')
      },
    }
    recorder.startGeneration(hostile).complete()
    await engine.tick()
    const { performance, recorder: health } = await engine.status()
    expect(performance.windows.last5m.byOutcome.succeeded).toBe(1)
    expect(health.invalidEvents).toBe(1)
  })

  test('lets a process that exits go only when what it recorded before is stored', async () => {
    const { engine, store, recorder, ring } = await setup()
    const flushWord = new Int32Array(ring, 0, 16)
    const handle = recorder.startGeneration()
    const draining = engine.drain()
    // The drain is under way: the host ends its generation and asks for the last flush meanwhile.
    handle.complete()
    Atomics.store(flushWord, 7, 1)
    await draining
    if (Atomics.load(flushWord, 7) === 1) await engine.drain()
    expect(Atomics.load(flushWord, 7)).toBe(2)
    expect(await store.getGeneration(handle.id)).toMatchObject({ status: 'succeeded' })
  })
})
