import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type AlertEvent,
  type GenerationNotice,
  type MetricsNotice,
  MonitoringService,
  type MonitoringServiceOptions,
} from '../src/index.ts'
import { temporaryDirectory } from './support/service-process.ts'

async function startService(options: MonitoringServiceOptions = {}): Promise<MonitoringService> {
  const service = new MonitoringService({
    baseDir: temporaryDirectory(),
    collectionInterval: 0.2,
    ...options,
  })
  onTestFinished(async () => void (await service.stop()))
  await service.start()
  return service
}

function next<T>(
  subscribe: (listener: (payload: T) => void) => () => void,
  accept: (payload: T) => boolean = () => true,
): Promise<T> {
  return new Promise((resolve) => {
    const stop = subscribe((payload) => {
      if (!accept(payload)) return
      stop()
      resolve(payload)
    })
  })
}

describe('a monitoring service', () => {
  test('collects host metrics that agree with the kernel', async () => {
    const service = await startService()
    const notice = await next<MetricsNotice>(
      (listener) => service.on('metrics', listener),
      ({ vitalSigns }) => vitalSigns.cpuUtilization !== null,
    )
    const { vitalSigns } = notice
    expect(vitalSigns.memoryTotalBytes).toBe(totalmem())
    expect(vitalSigns.cpuCount).toBe(cpus().length)
    expect(vitalSigns.cpuUtilization).toBeGreaterThan(0)
    expect(vitalSigns.memoryUtilization).toBeGreaterThan(0)
    expect(vitalSigns.memoryUtilization).toBeLessThan(1)
    if (process.platform === 'linux') {
      const load1m = Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0])
      expect(Math.abs((vitalSigns.load1m ?? -1) - load1m)).toBeLessThan(1)
      expect(vitalSigns.processCount).toBeGreaterThan(1)
    }
    expect(
      notice.collectors.filter((source) => source.state === 'failed' || source.state === 'timed_out'),
    ).toEqual([])
  })

  test('follows a generation from start to end, and keeps its record', async () => {
    const service = await startService()
    const changes: string[] = []
    const ended = next<GenerationNotice>(
      (listener) => service.on('generation', listener),
      ({ change }) => changes.push(change) > 0 && change === 'succeeded',
    )
    const handle = service.startGeneration({ model: 'wan', prompt: 'a red boat', queued: true })
    handle.begin()
    handle.stage('denoise')
    handle.progress(1, 2)
    handle.complete({ quality: { sharpness: 0.5 }, verification: 'verified' })
    const { record } = await ended
    expect(changes).toEqual(['queued', 'running', 'stage', 'progress', 'succeeded'])
    expect(await service.getGeneration(handle.id)).toEqual(record)
    const { performance } = await service.getSystemStatus()
    expect(performance.windows.last5m).toMatchObject({
      successRate: 1,
      verifiedSuccessRate: 1,
      qualityMeans: { sharpness: 0.5 },
    })
  })

  test('tracks a call: its value, or its failure thrown on', async () => {
    const service = await startService()
    expect(await service.trackGeneration({ model: 'a' }, async (handle) => handle.id)).toMatch(/^gen_/)
    await expect(
      service.trackGeneration({ model: 'b' }, () => {
        throw new Error('CUDA out of memory')
      }),
    ).rejects.toThrow('CUDA out of memory')
    const { records } = await service.listGenerations({ statuses: ['failed'] })
    expect(records).toMatchObject([{ request: { model: 'b' }, error: { errorClass: 'gpu_out_of_memory' } }])
  })

  test('fires a threshold alert at its handlers and resolves it, and keeps both in the history', async () => {
    const rule = {
      name: 'Busy',
      metric: 'video_generation.active',
      attributes: { state: 'running' },
      above: 0,
      level: 'critical',
    } as const
    const service = await startService({ alertThresholds: [rule], defaultAlerts: false })
    const told: AlertEvent[] = []
    service.registerAlertHandler(() => {
      throw new Error('a handler that fails disturbs nobody')
    })
    const resolved = next<AlertEvent>(
      (listener) => service.registerAlertHandler(listener),
      (event) => told.push(event) > 0 && event.transition === 'resolved',
    )
    const firing = next<AlertEvent>((listener) => service.on('alert', listener))
    const handle = service.startGeneration()
    expect((await firing).alert).toMatchObject({
      rule: 'Busy',
      level: 'critical',
      evidence: { value: 1, threshold: 0 },
    })
    expect(await service.getSystemStatus()).toMatchObject({
      status: 'critical',
      alerts: { firing: [{ rule: 'Busy' }] },
    })
    handle.complete()
    await resolved
    expect(told.map((event) => event.transition)).toEqual(['firing', 'resolved'])
    expect((await service.listAlertEvents()).map((event) => event.transition)).toEqual(['resolved', 'firing'])
    expect((await service.getSystemStatus()).status).toBe('healthy')
  })

  test('does not fire again what was firing when it was stopped', async () => {
    const baseDir = temporaryDirectory()
    const alertThresholds = [{ name: 'Memory', metric: 'system.memory.utilization', above: 0 }]
    const first = new MonitoringService({ baseDir, alertThresholds, defaultAlerts: false })
    const fired = next<AlertEvent>((listener) => first.on('alert', listener))
    await first.start()
    await fired
    await first.stop()
    const second = await startService({ baseDir, alertThresholds, defaultAlerts: false })
    await next<MetricsNotice>((listener) => second.on('metrics', listener))
    expect(await second.getSystemStatus()).toMatchObject({
      status: 'degraded',
      alerts: { firing: [{ rule: 'Memory' }], firedLast24h: 1 },
    })
    expect(await second.listAlertEvents()).toHaveLength(1)
  })

  test('stores a snapshot at each snapshot interval', async () => {
    const service = await startService({ snapshotInterval: 1 })
    service.startGeneration().complete()
    const snapshot = await next<{ id: string }>((listener) => service.on('snapshot', listener))
    expect(await service.listSnapshots()).toMatchObject([
      { id: snapshot.id, performance: { last1h: { byOutcome: { succeeded: 1 } } } },
    ])
  })

  test('summarises every series with statistics and a trend', async () => {
    const service = await startService()
    let ticks = 0
    await next<MetricsNotice>(
      (listener) => service.on('metrics', listener),
      () => ++ticks >= 3,
    )
    const { series } = await service.getDetailedMetrics({ windowSeconds: 60 })
    const memory = series.find(({ name }) => name === 'system.memory.limit')
    expect(memory).toMatchObject({
      unit: 'By',
      min: totalmem(),
      max: totalmem(),
      standardDeviation: 0,
      trend: { slopePerHour: 0 },
    })
    expect(memory?.count).toBeGreaterThanOrEqual(3)
  })

  test('restores its windows after a restart', async () => {
    const baseDir = temporaryDirectory()
    const first = await startService({ baseDir })
    for (let index = 0; index < 3; index++) first.startGeneration().complete()
    first.startGeneration().fail(new Error('x'))
    expect(await first.stop()).toEqual([])
    const second = await startService({ baseDir })
    await next<MetricsNotice>((listener) => second.on('metrics', listener))
    expect((await second.getSystemStatus()).performance.windows.last1h).toMatchObject({ successRate: 0.75 })
  })

  test('records a generation under way at its stop as lost', async () => {
    const baseDir = temporaryDirectory()
    const first = await startService({ baseDir })
    const { id } = first.startGeneration()
    await first.stop()
    const second = await startService({ baseDir })
    expect(await second.getGeneration(id)).toMatchObject({ status: 'lost', error: { errorClass: 'lost' } })
  })

  test('learns the true end of a lost generation, and counts it as what it was', async () => {
    const baseDir = temporaryDirectory()
    const first = await startService({ baseDir })
    const { id } = first.startGeneration({ model: 'hosted' })
    await first.stop()
    const second = await startService({ baseDir })
    expect(await second.getGeneration(id)).toMatchObject({ status: 'lost' })
    const endedAtMs = Date.now()
    for (const wrong of [5, endedAtMs + 3_600_000])
      await expect(
        second.reconcileGeneration(id, { outcome: 'succeeded', endedAtMs: wrong }),
      ).rejects.toMatchObject({ code: 'QUERY_INVALID', details: { key: 'endedAtMs' } })
    const record = await second.reconcileGeneration(id, {
      outcome: 'succeeded',
      result: { output: { durationSeconds: 5 }, cost: 0.4 },
      endedAtMs,
    })
    expect(record).toMatchObject({
      status: 'succeeded',
      reconciledFrom: 'lost',
      endedAtMs,
      output: { durationSeconds: 5 },
      cost: { amount: 0.4, currency: 'USD', basis: 'reported' },
    })
    expect(await second.getGeneration(id)).toEqual(record)
    const { performance } = await second.getSystemStatus()
    expect(performance.windows.last5m.byOutcome).toMatchObject({ succeeded: 1, lost: 0 })
    await expect(second.reconcileGeneration(id, { outcome: 'failed' })).rejects.toMatchObject({
      code: 'QUERY_INVALID',
    })
    await expect(second.reconcileGeneration('gen_0', { outcome: 'failed' })).rejects.toMatchObject({
      code: 'GENERATION_NOT_FOUND',
    })
    await expect(second.reconcileGeneration(id, { outcome: 'lost' as 'failed' })).rejects.toMatchObject({
      code: 'QUERY_INVALID',
    })
  })

  test('prices generations by the price book, and follows the budget, across a restart', async () => {
    const baseDir = temporaryDirectory()
    const costs = {
      currency: 'EUR',
      prices: [{ name: 'by the second', provider: 'hosted-*', perOutputSecond: 0.1 }],
      budgets: [{ name: 'all', amount: 10, per: 'month' as const }],
    }
    const first = await startService({ baseDir, costs })
    const request = { provider: 'hosted-x', durationSeconds: 5 }
    const { id } = first.startGeneration(request)
    first.startGeneration(request).complete()
    const dear = first.startGeneration(request)
    dear.reject('filtered after the render', { cost: 2 })
    expect(await first.getGeneration(dear.id)).toMatchObject({ cost: { amount: 2, basis: 'reported' } })
    await first.stop()
    const second = await startService({ baseDir, costs })
    await second.reconcileGeneration(id, { outcome: 'succeeded' })
    const spend = async () => {
      const { series } = await second.getDetailedMetrics({ windowSeconds: 60 })
      return series.find(({ name }) => name === 'video_generation.budget.spend')?.last
    }
    await expect.poll(spend, { timeout: 10_000 }).toBeCloseTo(3, 9)
  })

  test('keeps a generation whose metadata cannot be encoded, without it', async () => {
    const service = await startService()
    const circular: Record<string, string> = {}
    Object.defineProperty(circular, 'self', { enumerable: true, get: () => circular })
    service.startGeneration({ model: 'x', tags: circular }).complete()
    const { records } = await service.listGenerations()
    expect(records).toMatchObject([{ status: 'succeeded', request: { model: 'x' } }])
    expect((await service.getSystemStatus()).recorder.invalidEvents).toBe(1)
  })
})

describe('a monitoring service under stress', () => {
  test('stores everything that was recorded faster than it could be stored, before it stops', async () => {
    const baseDir = temporaryDirectory()
    const service = await startService({ baseDir })
    for (let index = 0; index < 5000; index++) service.startGeneration({ model: 'burst' }).complete()
    expect(await service.stop()).toEqual([])
    const again = await startService({ baseDir })
    await again.getSystemStatus()
    const { performance } = await again.getSystemStatus()
    expect(performance.windows.last1h.byOutcome.succeeded).toBe(5000)
  })

  test('keeps a generation whose prompt, path or error is far too long', async () => {
    const service = await startService()
    service.startGeneration({ model: 'm', prompt: '\u0001'.repeat(10_000_000) }).complete()
    service
      .startGeneration({ model: 'm', tags: { a: 'x'.repeat(1e6), b: 'y' } })
      .fail(new Error('z'.repeat(1e6)))
    service
      .startGeneration({ model: 'm' })
      .complete({ output: { path: 'p'.repeat(1e7) }, quality: { sharpness: 1 } })
    const { records } = await service.listGenerations()
    expect(records.map((record) => [record.status, record.request.model])).toEqual([
      ['succeeded', 'm'],
      ['failed', 'm'],
      ['succeeded', 'm'],
    ])
    expect(records[0]?.quality).toEqual({ sharpness: 1 })
    expect(records[2]?.promptHash).toMatch(/^[0-9a-f]{64}$/)
  })

  test('leaves out of hostile metadata only what is hostile', async () => {
    const service = await startService()
    const seed = 10n as unknown as number
    const handle = service.startGeneration({ model: 'm', seed })
    const options = {
      get errorClass(): string {
        throw new Error('no')
      },
    }
    expect(() => handle.fail(new Error('x'), options)).not.toThrow()
    const { records } = await service.listGenerations()
    expect(records).toMatchObject([{ status: 'failed', request: { model: 'm' }, error: { message: 'x' } }])
  })

  test('survives listeners and handlers that throw and reject, and warns of them', async () => {
    const service = await startService({
      alertThresholds: [{ name: 'Always', metric: 'system.memory.utilization', above: 0 }],
    })
    const warnings: string[] = []
    const onWarning = (warning: Error) => void warnings.push(warning.message)
    process.on('warning', onWarning)
    onTestFinished(() => void process.off('warning', onWarning))
    service.on('metrics', () => {
      throw new Error('thrown')
    })
    service.on('metrics', () => Promise.reject(new Error('rejected')) as unknown as undefined)
    let ticks = 0
    await next<MetricsNotice>(
      (listener) => service.on('metrics', listener),
      () => ++ticks >= 2,
    )
    expect(warnings).toEqual(
      expect.arrayContaining([expect.stringContaining('thrown'), expect.stringContaining('rejected')]),
    )
    expect(() => service.on('bogus' as 'metrics', () => undefined)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })

  test('says so when its baseDir is removed under it', async () => {
    const baseDir = temporaryDirectory()
    const service = await startService({ baseDir })
    await service.getSystemStatus()
    rmSync(baseDir, { recursive: true })
    service.startGeneration().complete()
    expect(await service.getSystemStatus()).toMatchObject({
      status: 'critical',
      store: { lastError: { code: 'STORE_WRITE_FAILED' } },
    })
    expect(await service.stop()).toMatchObject([{ code: 'STORE_WRITE_FAILED' }])
  })
})

describe('a service that does not run', () => {
  test('has the status unknown, refuses questions, and records without harm', async () => {
    const service = new MonitoringService({ baseDir: join(temporaryDirectory(), 'never') })
    service.startGeneration({ model: 'x' }).complete()
    expect(await service.getSystemStatus()).toMatchObject({
      status: 'unknown',
      statusMessage: expect.stringContaining('not started'),
    })
    await expect(service.listGenerations()).rejects.toMatchObject({ code: 'SERVICE_NOT_STARTED' })
    expect(await service.stop()).toEqual([])
  })

  test('has stored what was recorded before its start', async () => {
    const service = new MonitoringService({ baseDir: temporaryDirectory() })
    onTestFinished(async () => void (await service.stop()))
    const { id } = service.startGeneration({ model: 'early' })
    await service.start()
    expect(await service.getGeneration(id)).toMatchObject({ request: { model: 'early' } })
  })

  test('stops idempotently, and cannot be started again', async () => {
    const service = await startService()
    expect(await Promise.all([service.stop(), service.stop()])).toEqual([[], []])
    expect(await service.stop()).toEqual([])
    await expect(service.start()).rejects.toMatchObject({ code: 'SERVICE_STOPPED' })
    expect(await service.getSystemStatus()).toMatchObject({ status: 'unknown' })
    expect(() => service.startGeneration().complete()).not.toThrow()
  })

  test.each<[string, (service: MonitoringService) => Promise<unknown>]>([
    ['a limit below 1', (service) => service.listGenerations({ limit: 0 })],
    ['a cursor of no page', (service) => service.listGenerations({ cursor: 'x' })],
    [
      'a limit that cannot cross a thread',
      (service) => service.listGenerations({ limit: (() => 1) as unknown as number }),
    ],
    ['a window of no time', (service) => service.getDetailedMetrics({ windowSeconds: Number.NaN })],
  ])('refuses %s', async (_, ask) => {
    await expect(ask(await startService())).rejects.toMatchObject({ code: 'QUERY_INVALID' })
  })

  test('starts idempotently', async () => {
    const service = new MonitoringService({ baseDir: temporaryDirectory() })
    onTestFinished(async () => void (await service.stop()))
    await Promise.all([service.start(), service.start()])
    await service.start()
    expect((await service.getSystemStatus()).baseDir).toBe(service.baseDir)
  })
})

describe('bad input is a typed error that names the key, the value and the remedy', () => {
  test.each<[title: string, options: Record<string, unknown>, key: string, value: string]>([
    ['an unknown key', { collectionIntervall: 3 }, 'collectionIntervall', '3'],
    ['a negative interval', { collectionInterval: -1 }, 'collectionInterval', '-1'],
    ['an interval that is no number', { snapshotInterval: '5' }, 'snapshotInterval', '5'],
    [
      'a rule with two thresholds',
      { alertThresholds: [{ metric: 'a', above: 1, below: 2 }] },
      'alertThresholds[0].below',
      '2',
    ],
    [
      'a rule with an unknown key',
      { alertThresholds: [{ metric: 'a', abov: 1, above: 2 }] },
      'alertThresholds[0].abov',
      '1',
    ],
    ['a configPath that is no path', { configPath: 5 }, 'configPath', '5'],
    ['a durability there is not', { durability: 'most' }, 'durability', 'most'],
    ['a store that is too small', { maxStoreBytes: 16_777_215 }, 'maxStoreBytes', '16777215'],
    ['half a byte', { maxStoreBytes: 20_000_000.5 }, 'maxStoreBytes', '20000000.5'],
    ['a retention of nothing', { retentionDays: { samples: 0 } }, 'retentionDays.samples', '0'],
  ])('%s', (_, options, key, value) => {
    expect(() => new MonitoringService(options)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', details: expect.objectContaining({ key, value }) }),
    )
  })

  test('in a file, with its line', () => {
    const configPath = join(temporaryDirectory(), 'framewatch.yaml')
    writeFileSync(configPath, 'collectionInterval: 5\nsnapshotIntervall: 3\n')
    expect(() => new MonitoringService({ configPath })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        details: expect.objectContaining({ file: configPath, line: 2, key: 'snapshotIntervall' }),
      }),
    )
  })

  test('a missing file', () => {
    expect(() => new MonitoringService({ configPath: '/no/such/file.yaml' })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_FILE_NOT_FOUND',
        message: expect.stringContaining('/no/such/file.yaml'),
      }),
    )
  })

  test('a baseDir that cannot be written to', async () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, 'kept')
    const service = new MonitoringService({ baseDir: join(file, 'below') })
    await expect(service.start()).rejects.toMatchObject({
      code: 'BASE_DIR_UNWRITABLE',
      details: { key: 'baseDir', value: join(file, 'below') },
    })
    expect(await service.getSystemStatus()).toMatchObject({
      status: 'unknown',
      statusMessage: expect.stringContaining('below'),
    })
    expect(readFileSync(file, 'utf8')).toBe('kept')
  })

  test.skipIf(process.platform !== 'linux')(
    'a baseDir where no directory can be, on a file system that says so oddly',
    async () => {
      const service = new MonitoringService({ baseDir: '/proc/framewatch' })
      await expect(service.start()).rejects.toMatchObject({ code: 'BASE_DIR_UNWRITABLE' })
    },
  )

  test('a baseDir in use by another service', async () => {
    const { baseDir } = await startService()
    const second = new MonitoringService({ baseDir })
    await expect(second.start()).rejects.toMatchObject({
      code: 'BASE_DIR_IN_USE',
      message: expect.stringContaining(String(process.pid)),
    })
  })
})

test('a store that is none is set aside, and the service says so in its status and by an alert', async () => {
  const baseDir = join(temporaryDirectory(), 'damaged')
  mkdirSync(baseDir)
  writeFileSync(join(baseDir, 'framewatch.sqlite'), 'x'.repeat(5000))
  const service = new MonitoringService({ baseDir, collectionInterval: 0.2 })
  onTestFinished(async () => void (await service.stop()))
  await service.start()
  const { status, store, alerts } = await service.getSystemStatus()
  expect(store).toMatchObject({ lastError: null, setAside: { reason: 'file is not a database' } })
  expect(readFileSync(store.setAside?.path ?? '', 'utf8')).toBe('x'.repeat(5000))
  expect(status).toBe('degraded')
  expect(alerts.firing).toMatchObject([{ rule: 'StoreSetAside', level: 'error' }])
})

test('damage that shows only when the service reads is found, and its store set aside', async () => {
  const baseDir = temporaryDirectory()
  const first = new MonitoringService({ baseDir, defaultAlerts: false })
  await first.start()
  for (let count = 0; count < 300; count++) first.startGeneration({ model: 'wan' }).complete()
  await first.stop()
  const file = join(baseDir, 'framewatch.sqlite')
  // The first page names the tables and is left whole: the store opens, and was closed in order.
  writeFileSync(file, readFileSync(file).fill(0xa5, 4096))
  const second = new MonitoringService({ baseDir })
  onTestFinished(async () => void (await second.stop()))
  await second.start()
  expect((await second.getSystemStatus()).store.setAside?.path).toMatch(
    /framewatch\.sqlite\.damaged-\d{8}T\d{6}Z$/,
  )
  expect((await second.listGenerations()).records).toEqual([])
})

test('a rule written in YAML fires, and the service ends with its scope', async () => {
  const folder = temporaryDirectory()
  const configPath = join(folder, 'framewatch.yaml')
  const rule = '{ name: InYaml, metric: system.memory.utilization, above: 0, for: 0s, level: critical }'
  writeFileSync(
    configPath,
    `baseDir: ${join(folder, 'store')}\ncollectionInterval: 0.2\nalertThresholds:\n  - ${rule}\n`,
  )
  let ended: MonitoringService
  {
    await using service = new MonitoringService({ configPath })
    const fired = next<AlertEvent>((listener) => service.registerAlertHandler(listener))
    await service.start()
    expect((await fired).alert).toMatchObject({ rule: 'InYaml', level: 'critical', state: 'firing' })
    ended = service
  }
  await expect(ended.listGenerations()).rejects.toMatchObject({ code: 'SERVICE_STOPPED' })
})

test('options in code win over the file', async () => {
  const folder = temporaryDirectory()
  const configPath = join(folder, 'framewatch.yaml')
  writeFileSync(configPath, `baseDir: ${join(folder, 'a')}\ncollectionInterval: 5\n`)
  expect(new MonitoringService({ configPath }).baseDir).toBe(join(folder, 'a'))
  expect(new MonitoringService({ configPath, baseDir: join(folder, 'b') }).baseDir).toBe(join(folder, 'b'))
})
