/** The commands that make files of a store, and that take care of it, as their own processes. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { expect, onTestFinished, test } from 'vitest'
import { MonitoringService } from '../src/index.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { framewatch, program } from './support/command.ts'
import { startProcess, temporaryDirectory } from './support/service-process.ts'

/** A service that runs until the test is over, with a few generations and ticks. */
async function runningService(baseDir = temporaryDirectory()) {
  const service = new MonitoringService({ baseDir, collectionInterval: 0.2, node: 'gpu-7' })
  onTestFinished(async () => void (await service.stop()))
  const ticked = new Promise((resolve) => service.on('metrics', resolve))
  await service.start()
  service.startGeneration({ model: 'wan', width: 1280 }).complete({ output: { path: '/videos/ä,"b".mp4' } })
  service.startGeneration({ model: 'ltx' }).fail(new Error('CUDA out of memory'))
  await ticked
  await service.listGenerations()
  return { baseDir, service }
}

/** A closed store with 5000 generations. */
async function closedStore(): Promise<{ baseDir: string; file: string }> {
  const baseDir = join(temporaryDirectory(), 'store')
  const store = await openSqliteStore({ baseDir })
  const generations = Array.from({ length: 5000 }, (_, index) => ({
    id: `g${index}`,
    node: 'n',
    status: 'succeeded' as const,
    request: { model: 'wan' },
    attempt: 1,
    queuedAtMs: 1_760_000_000_000 + index,
    stages: [],
    lastEventAtMs: 0,
    verification: 'unverified' as const,
    defects: [],
  }))
  await store.write({ generations })
  await store.close()
  return { baseDir, file: join(baseDir, 'framewatch.sqlite') }
}

/** Overwrites pages in the midst of the file. */
function damage(file: string): void {
  const bytes = readFileSync(file)
  const middle = Math.floor(bytes.length / 2 / 8192) * 8192
  writeFileSync(file, bytes.fill(0xa5, middle, middle + 3 * 8192))
}

test('exports what a running service stores, to files and to the standard output', async () => {
  const { baseDir } = await runningService()
  const folder = temporaryDirectory()
  const path = join(folder, 'samples.parquet')
  const options = ['--base-dir', baseDir, '--from', '-1h']
  const metric = ['--metric', 'system.memory.limit']
  const samples = ['export', 'samples', '--format', 'parquet', '--out', path, ...metric, ...options]
  const written = (await framewatch(...samples, '--json')).json()
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) })
  expect(written).toEqual({ path, rows: rows.length, sizeBytes: readFileSync(path).length })
  expect(rows[0]).toMatchObject({ name: 'system.memory.limit', value: expect.any(Number) })

  const again = await framewatch(...samples)
  expect(again.code).toBe(1)
  expect(again.stderr).toContain('FILE_EXISTS')
  expect((await framewatch(...samples, '--force')).stdout).toMatch(/^\d+ rows, .* B: \/|KiB: \//)

  const lines = await framewatch('export', 'generations', '--format', 'ndjson', '--out', '-', ...options)
  const records = lines.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(records).toMatchObject([
    { model: 'ltx', status: 'failed', error_class: 'gpu_out_of_memory', record: { node: 'gpu-7' } },
    { model: 'wan', status: 'succeeded', width: 1280, output_path: '/videos/ä,"b".mp4' },
  ])
  const csv = await framewatch(
    'export',
    'generations',
    '--format',
    'csv',
    '--out',
    '-',
    '--model',
    'wan',
    ...options,
  )
  expect(csv.stdout.split('\r\n')).toHaveLength(3)
  expect(csv.stdout).toContain('"/videos/ä,""b"".mp4"')

  for (const table of ['alerts', 'decisions', 'snapshots']) {
    const empty = await framewatch(
      'export',
      table,
      '--format',
      'csv',
      '--out',
      '-',
      '--to',
      '1970-01-02',
      '--base-dir',
      baseDir,
    )
    expect(empty.stdout).toMatch(/^timestamp,timestamp_ms,id,.*\r\n$/)
    expect(empty.code).toBe(0)
  }
})

test('an export ends quietly when its reader goes away', async () => {
  const { baseDir } = await closedStore()
  const command =
    'set -o pipefail; "$0" "$1" export generations --format ndjson --out - --base-dir "$2" | head -n 1'
  const running = startProcess('bash', ['-c', command, process.execPath, program, baseDir])
  expect((await running.exited).code).toBe(0)
  expect(JSON.parse(running.stdout())).toMatchObject({ id: 'g4999' })
  expect(running.stderr()).toBe('')
})

test('a backup of a running service is restored when none runs, and what it replaces is kept', async () => {
  const { baseDir, service } = await runningService()
  const folder = temporaryDirectory()
  const path = join(folder, 'backup.sqlite')
  const made = (await framewatch('backup', path, '--base-dir', baseDir, '--json')).json()
  expect(made).toEqual({ path, sizeBytes: readFileSync(path).length, schemaVersion: expect.any(Number) })
  expect((await framewatch('backup', path, '--base-dir', baseDir)).stderr).toContain('FILE_EXISTS')
  expect((await framewatch('backup', path, '--base-dir', baseDir, '--force')).code).toBe(0)

  const refused = await framewatch('restore', path, '--base-dir', baseDir)
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('BASE_DIR_IN_USE')

  await service.stop()
  const restored = (await framewatch('restore', path, '--base-dir', baseDir, '--json')).json()
  expect(restored.setAsidePath).toMatch(/framewatch\.sqlite\.before-restore-\d{8}T\d{6}Z$/)
  expect(existsSync(restored.setAsidePath)).toBe(true)
  const list = (await framewatch('generations', '--base-dir', baseDir, '--json')).json()
  expect(list.map(({ status }: { status: string }) => status)).toEqual(['failed', 'succeeded'])
  expect(readdirSync(folder)).toEqual(['backup.sqlite'])
})

test('a file that is no backup is refused', async () => {
  const { baseDir } = await closedStore()
  const path = join(temporaryDirectory(), 'no-backup')
  writeFileSync(path, 'x'.repeat(5000))
  const { code, stderr } = await framewatch('restore', path, '--base-dir', baseDir)
  expect(code).toBe(1)
  expect(stderr).toMatch(/BACKUP_INVALID .*: file is not a database/)
  expect((await framewatch('restore', `${path}-missing`, '--base-dir', baseDir)).stderr).toContain(
    'no such file',
  )
  expect((await framewatch('generations', '--base-dir', baseDir, '--json')).json()).toHaveLength(20)
})

test('checks a store and counts what it holds, beside a running service', async () => {
  const { baseDir } = await runningService()
  const check = await framewatch('store', 'check', '--base-dir', baseDir)
  expect(check).toMatchObject({ code: 0, stdout: 'The store is sound.\n' })
  const stats = (await framewatch('store', 'stats', '--base-dir', baseDir, '--json')).json()
  expect(stats.logBytes).toBeGreaterThan(0)
  const generations = stats.tables.find(({ table }: { table: string }) => table === 'generations')
  expect(generations).toMatchObject({ rows: 2, oldestMs: expect.any(Number) })
  expect((await framewatch('store', 'stats', '--base-dir', baseDir)).stdout).toMatch(
    /\ngenerations +2 +[\d.]+ KiB +20/,
  )
})

test('a damaged store is found, and repaired but for what was damaged', async () => {
  const { baseDir, file } = await closedStore()
  damage(file)
  const check = await framewatch('store', 'check', '--base-dir', baseDir, '--json')
  expect(check.code).toBe(1)
  expect(check.json().findings.length).toBeGreaterThan(0)

  const repair = await framewatch('store', 'repair', '--base-dir', baseDir, '--json')
  const { tables, setAsidePath } = repair.json()
  const generations = tables.find(({ table }: { table: string }) => table === 'generations')
  expect(generations.saved).toBeGreaterThan(4900)
  expect(repair.code).toBe(generations.saved === 5000 ? 0 : 1)
  expect(existsSync(setAsidePath)).toBe(true)
  expect((await framewatch('store', 'check', '--base-dir', baseDir)).code).toBe(0)

  const page = await framewatch('store', 'repair', '--base-dir', baseDir)
  expect(page.code).toBe(0)
  expect(page.stdout).toMatch(new RegExp(`\\ngenerations +${generations.saved} +0\\n`))
})

test('what a service has set aside can be repaired and restored', async () => {
  const { baseDir, file } = await closedStore()
  damage(file)
  const { service } = await runningService(baseDir)
  const { setAside } = (await framewatch('status', '--base-dir', baseDir, '--json')).json().store
  expect(setAside.path).toContain('.damaged-')
  await service.stop()
  const path = join(temporaryDirectory(), 'saved.sqlite')
  await framewatch('store', 'repair', '--file', setAside.path, '--out', path, '--base-dir', baseDir)
  expect((await framewatch('restore', path, '--base-dir', baseDir)).code).toBe(0)
  const list = (await framewatch('generations', '--limit', '5000', '--base-dir', baseDir, '--json')).json()
  expect(list.length).toBeGreaterThan(4900)
})

test('a repair is refused while a service runs, and of what is no database', async () => {
  const { baseDir } = await runningService()
  expect((await framewatch('store', 'repair', '--base-dir', baseDir)).stderr).toContain('BASE_DIR_IN_USE')
  const other = join(temporaryDirectory(), 'other')
  expect((await framewatch('store', 'repair', '--base-dir', other)).stderr).toContain('STORE_NOT_FOUND')
  mkdirSync(other)
  writeFileSync(join(other, 'framewatch.sqlite'), 'x'.repeat(5000))
  expect((await framewatch('store', 'repair', '--base-dir', other)).stderr).toContain('STORE_DAMAGED')
  expect((await framewatch('store', 'check', '--base-dir', other)).stdout).toBe('file is not a database\n')
})
