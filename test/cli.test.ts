/** The command line, as its own process beside a running service. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { MonitoringService } from '../src/index.ts'
import { framewatch, program } from './support/command.ts'
import { startProcess, startScript, temporaryDirectory } from './support/service-process.ts'

/** A service that has seen three generations and one alert. */
async function watchedService(): Promise<{ baseDir: string; id: string }> {
  const baseDir = temporaryDirectory()
  const alertThresholds = [
    { name: 'Always', metric: 'system.memory.utilization', above: 0, summary: 'memory is {{value}}' },
  ]
  const service = new MonitoringService({
    baseDir,
    collectionInterval: 0.2,
    alertThresholds,
    defaultAlerts: false,
    node: 'gpu-7',
  })
  onTestFinished(async () => void (await service.stop()))
  const fired = new Promise((resolve) => service.registerAlertHandler(resolve))
  await service.start()
  service.startGeneration({ model: 'wan' }).complete({ output: { path: '/videos/a.mp4', sizeBytes: 2048 } })
  service.startGeneration({ model: 'wan' }).fail(new Error('CUDA out of memory\u001b[2J'))
  const { id } = service.startGeneration({ model: 'ltx', tags: { tenant: 'a' } })
  await fired
  await service.listGenerations()
  return { baseDir, id }
}

test('answers every question beside the running service, as text and as JSON', async () => {
  const { baseDir, id } = await watchedService()
  const status = await framewatch('status', '--base-dir', baseDir, '--json')
  expect(status.json()).toMatchObject({
    status: 'degraded',
    node: 'gpu-7',
    performance: { runningCount: 1, windows: { last1h: { byOutcome: { succeeded: 1, failed: 1 } } } },
    alerts: { firing: [{ rule: 'Always' }] },
  })
  const page = await framewatch('status', '--base-dir', baseDir)
  expect(page.stdout).toMatch(/^DEGRADED {2}warning alert Always: memory is/)
  expect(page.stdout).toContain(id)

  const list = await framewatch('generations', '--base-dir', baseDir, '--json')
  expect(list.json().map((record: { status: string }) => record.status)).toEqual([
    'running',
    'failed',
    'succeeded',
  ])
  expect(
    (await framewatch('generations', 'list', '--status', 'failed', '--base-dir', baseDir)).stdout,
  ).toContain('gpu_out_of_memory')
  const table = await framewatch('generations', '--base-dir', baseDir)
  expect(table.stdout).toMatch(/succeeded +(pending|unverified) +wan/)
  const shown = await framewatch('generations', 'show', id, '--base-dir', baseDir)
  expect(shown.stdout).toMatch(/tags +tenant=a/)
  const [failed] = (
    await framewatch('generations', 'list', '--status', 'failed', '--base-dir', baseDir, '--json')
  ).json()
  expect((await framewatch('generations', 'show', failed.id, '--base-dir', baseDir)).stdout).not.toContain(
    '\u001b',
  )

  const alerts = await framewatch('alerts', '--base-dir', baseDir)
  expect(alerts.stdout).toContain('firing')
  expect((await framewatch('alerts', 'list', '--base-dir', baseDir, '--json')).json()).toMatchObject({
    active: [{ rule: 'Always' }],
    history: [{ transition: 'firing' }],
  })

  expect((await framewatch('metrics', '--base-dir', baseDir)).stdout).toMatch(
    /system\.memory\.limit +By +gauge/,
  )
  const [memory] = (
    await framewatch('metrics', 'show', 'system.memory.utilization', '--base-dir', baseDir, '--json')
  ).json()
  expect(memory.last).toBeGreaterThan(0)
  expect(
    (await framewatch('metrics', 'show', 'system.memory.utilization', '--base-dir', baseDir)).stdout,
  ).toContain('TREND')
})

test('knows that a stopped service does not run', async () => {
  const baseDir = temporaryDirectory()
  const service = new MonitoringService({ baseDir })
  await service.start()
  await service.stop()
  expect((await framewatch('status', '--base-dir', baseDir, '--json')).json()).toMatchObject({
    status: 'unknown',
    statusMessage: expect.stringContaining('stopped'),
  })
})

test('knows that a killed service does not run, however fresh what it left', async () => {
  const baseDir = temporaryDirectory()
  const running = startScript(
    `import { MonitoringService } from 'framewatch'
    const service = new MonitoringService({ baseDir: process.argv[1], collectionInterval: 0.2, defaultAlerts: false })
    await service.start()
    service.startGeneration()
    await service.getSystemStatus()
    console.log('started')
    setInterval(() => {}, 1000)`,
    baseDir,
  )
  await running.says('started')
  const before = (await framewatch('status', '--base-dir', baseDir, '--json')).json()
  expect(before.statusMessage).not.toContain('No service')
  running.child.kill('SIGKILL')
  await running.exited
  expect((await framewatch('status', '--base-dir', baseDir, '--json')).json()).toMatchObject({
    status: 'unknown',
    statusMessage: 'No service is running; the last one ended without stopping.',
  })
})

test('status exits with 1 when the system is critical', async () => {
  const baseDir = temporaryDirectory()
  const rule = { name: 'Always', metric: 'system.memory.utilization', above: 0, level: 'critical' } as const
  const service = new MonitoringService({ baseDir, collectionInterval: 0.2, alertThresholds: [rule] })
  onTestFinished(async () => void (await service.stop()))
  const fired = new Promise((resolve) => service.registerAlertHandler(resolve))
  await service.start()
  await fired
  await service.getSystemStatus()
  const { code, stdout } = await framewatch('status', '--base-dir', baseDir)
  expect(stdout).toMatch(/^CRITICAL/)
  expect(code).toBe(1)
})

test('ends quietly when the reader of its output goes away', async () => {
  const command = 'set -o pipefail; "$0" "$1" --help | true'
  const running = startProcess('bash', ['-c', command, process.execPath, program])
  expect((await running.exited).code).toBe(0)
  expect(running.stderr()).toBe('')
})

test.skipIf(!existsSync('/dev/full'))(
  'says in one line that its output cannot be written (needs /dev/full: Linux)',
  async () => {
    const command = 'exec "$0" "$1" --help > /dev/full'
    const running = startProcess('bash', ['-c', command, process.execPath, program])
    expect((await running.exited).code).toBe(1)
    expect(running.stderr()).toMatch(/^framewatch: cannot write to the standard output: .*ENOSPC.*\n$/)
  },
)

test('does not let what it was given drive the terminal in an error message', async () => {
  const { stderr } = await framewatch('status', '--base-dir', '/no/such/\u001b[2J')
  expect(stderr).toContain('/no/such/ [2J')
  expect((await framewatch('\u001b[2J')).stderr).not.toContain('\u001b')
})

test.each([
  ['a baseDir with no store', ['status', '--base-dir', '/no/such/place'], 1, 'STORE_NOT_FOUND'],
  ['an unknown command', ['statsu'], 2, 'unknown command'],
  ['an unknown option', ['status', '--jsno'], 2, 'unknown option'],
  ['a limit that is no number', ['generations', '--limit', 'x'], 2, "'--limit <count>' argument 'x'"],
  ['a limit beyond all use', ['alerts', '--limit', '10001'], 2, 'whole number from 1 to 10000'],
  ['an export of nothing', ['export'], 2, 'Commands:'],
  ['an export without a format', ['export', 'samples', '--out', 'x'], 2, "required option '--format"],
  ['an export to nowhere', ['export', 'samples', '--format', 'csv'], 2, "required option '--out"],
  ['a format there is not', ['export', 'samples', '--format', 'xls', '--out', 'x'], 2, 'Allowed choices'],
  [
    'a filter of another table',
    ['export', 'alerts', '--format', 'csv', '--out', 'x', '--metric', 'a'],
    2,
    'unknown option',
  ],
  [
    'a time that is none',
    ['export', 'samples', '--format', 'csv', '--out', 'x', '--from', 'yesterday'],
    2,
    'Expected a time',
  ],
  [
    'a parquet file on the standard output',
    ['export', 'samples', '--format', 'parquet', '--out', '-'],
    2,
    'standard output',
  ],
  ['half a repair', ['store', 'repair', '--file', 'x'], 2, 'need each other'],
  ['a status there is not', ['generations', '--status', 'odd'], 2, 'Allowed choices'],
])('refuses %s', async (_, args, code, message) => {
  const result = await framewatch(...args)
  expect(result.code).toBe(code)
  expect(result.stderr).toContain(message)
  expect(result.stdout).toBe('')
})

test('refuses an unknown generation and metric by their codes', async () => {
  const { baseDir } = await watchedService()
  expect((await framewatch('generations', 'show', 'gen_x', '--base-dir', baseDir)).stderr).toContain(
    'GENERATION_NOT_FOUND',
  )
  expect((await framewatch('metrics', 'show', 'no.such', '--base-dir', baseDir)).stderr).toContain(
    'METRIC_NOT_FOUND',
  )
})

test('doctor says what works and what to do about what does not', async () => {
  const good = await framewatch('doctor', '--base-dir', temporaryDirectory(), '--json')
  const checks = good.json() as { check: string; state: string; detail: string; remedy?: string }[]
  expect(checks.map(({ check }) => check)).toEqual(
    expect.arrayContaining(['node', 'base directory', 'ffmpeg', 'source cpu']),
  )
  expect(checks.find(({ check }) => check === 'base directory')?.state).toBe('ok')
  expect(checks.find(({ check }) => check === 'ffmpeg')?.detail).toMatch(
    /outputs (can be checked|stay unverified)/,
  )
  const file = join(temporaryDirectory(), 'file')
  writeFileSync(file, '')
  const bad = await framewatch('doctor', '--base-dir', join(file, 'below'))
  expect(bad.code).toBe(1)
  expect(bad.stdout).toMatch(/failed +base directory/)
})
