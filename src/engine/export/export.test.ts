import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteStore } from '../../store/sqlite/sqlite-store.ts'
import {
  decisionOf,
  eventOf,
  generationOf,
  sampleOf,
  snapshotOf,
} from '../../store/store.fixtures.contract.ts'
import type { Store } from '../../store/store.ts'
import {
  alertTable,
  decisionTable,
  type ExportFormat,
  exportFormats,
  exportTable,
  exportToFile,
  generationTable,
  sampleTable,
  snapshotTable,
  type Table,
} from './export.ts'

const dayMs = 86_400_000
const startMs = 1_760_000_000_000
const always = { fromMs: 0, toMs: startMs + 100 * dayMs }

let baseDir: string
let store: Store
beforeEach(async () => {
  baseDir = mkdtempSync(join(tmpdir(), 'framewatch-export-'))
  store = await openSqliteStore({ baseDir })
})
afterEach(async () => {
  await store.close()
  rmSync(baseDir, { recursive: true })
})

/** Every row as an object, through NDJSON. */
async function rowsOf(table: Table): Promise<Record<string, unknown>[]> {
  let text = ''
  const count = await exportTable(table, 'ndjson', async (chunk) => {
    text += chunk
  })
  const rows = text.split('\n').slice(0, -1)
  expect(rows).toHaveLength(count)
  return rows.map((line) => JSON.parse(line) as Record<string, unknown>)
}

async function writeTicks(times: readonly number[]): Promise<void> {
  for (const [index, timestampMs] of times.entries()) {
    const samples = [
      sampleOf('heat', index, {}),
      sampleOf('heat', index + 0.5, { gpu: '0' }),
      sampleOf('load', -index, { name: 'Zoë "π", 🎬' }),
    ]
    await store.write({ tick: { timestampMs, samples } })
  }
}

describe('an export of samples', () => {
  test('has each value of each series once, over days and in dense hours', async () => {
    const dense = Array.from({ length: 300 }, (_, index) => startMs + index)
    const times = [...dense, startMs + 3 * dayMs, startMs + 40 * dayMs]
    await writeTicks(times)
    const rows = await rowsOf(sampleTable(store, always))
    expect(rows).toHaveLength(times.length * 3)
    const heat = rows.filter(
      ({ name, attributes }) => name === 'heat' && JSON.stringify(attributes) === '{"gpu":"0"}',
    )
    expect(heat.map((row) => [row['timestamp_ms'], row['value']])).toEqual(
      times.map((timestampMs, index) => [timestampMs, index + 0.5]),
    )
    expect(rows.at(-1)).toEqual({
      timestamp: new Date(startMs + 40 * dayMs).toISOString(),
      timestamp_ms: startMs + 40 * dayMs,
      name: 'load',
      attributes: { name: 'Zoë "π", 🎬' },
      value: -301,
    })
  })

  test('keeps to its bounds, inclusive, and to its metric', async () => {
    const times = Array.from({ length: 10 }, (_, index) => startMs + index * 1000)
    await writeTicks(times)
    const selection = { fromMs: startMs + 2000, toMs: startMs + 5000, metric: 'load' }
    const rows = await rowsOf(sampleTable(store, selection))
    expect(rows.map(({ value }) => value)).toEqual([-2, -3, -4, -5])
    expect(await rowsOf(sampleTable(store, { ...always, metric: 'none' }))).toEqual([])
  })

  test('reads a metric of many points in slices', { timeout: 30_000 }, async () => {
    const series = Array.from({ length: 300 }, (_, index) => ({ gpu: String(index) }))
    for (let tick = 0; tick < 400; tick++) {
      const samples = series.map((attributes) => sampleOf('heat', tick, attributes))
      await store.write({ tick: { timestampMs: startMs + tick * 10_000, samples } })
    }
    const burst = Array.from({ length: 60_000 }, (_, index) =>
      sampleOf('burst', index, { series: `${index}` }),
    )
    await store.write({ tick: { timestampMs: startMs, samples: burst } })
    let rows = 0
    let largest = 0
    for await (const batch of sampleTable(store, always).batches) {
      rows += batch.length
      largest = Math.max(largest, batch.length)
    }
    expect(rows).toBe(180_000)
    // What comes at one time is read at once.
    expect(largest).toBe(60_000)
  })
})

test('an export of generations has the useful fields, the whole record, and every page', async () => {
  const generations = Array.from({ length: 1203 }, (_, index) =>
    generationOf(`g${index}`, index % 3 === 0 ? 'failed' : 'succeeded', {
      queuedAtMs: startMs + index,
      model: index % 2 === 0 ? 'wan' : 'ltx',
    }),
  )
  await store.write({ generations })
  const rows = await rowsOf(generationTable(store, {}))
  expect(rows.map(({ id }) => id)).toEqual(generations.map(({ id }) => id).reverse())
  expect(rows.at(-1)).toMatchObject({
    id: 'g0',
    model: 'wan',
    status: 'failed',
    width: 1280,
    queued_at: new Date(startMs).toISOString(),
    duration_ms: 990.5,
    error_class: 'out_of_memory',
    output_path: null,
    record: generations[0],
  })
  const some = await rowsOf(
    generationTable(store, { statuses: ['failed'], model: 'wan', toMs: startMs + 100 }),
  )
  expect(some.map(({ id }) => id)).toEqual([...Array(17).keys()].map((sixth) => `g${sixth * 6}`).reverse())
})

describe('an export of what happens now and then', () => {
  test('has every entry once, also when many are of one millisecond', async () => {
    const times = [
      ...Array(1700).fill(startMs + 5),
      ...Array.from({ length: 700 }, (_, index) => startMs + 10 + index),
    ]
    await store.write({
      alertEvents: times.map((time, index) => eventOf(`e${index}`, time)),
      decisions: times.map((time, index) => decisionOf(`d${index}`, time)),
      snapshots: times.map((time, index) => snapshotOf(`s${index}`, time)),
    })
    const ids = [...times.keys()].reverse()
    const events = await rowsOf(alertTable(store, always))
    expect(events.map(({ id }) => id)).toEqual(ids.map((index) => `e${index}`))
    const decisions = await rowsOf(decisionTable(store, always))
    expect(decisions.map(({ id }) => id)).toEqual(ids.map((index) => `d${index}`))
    const snapshots = await rowsOf(snapshotTable(store, always))
    expect(snapshots.map(({ id }) => id)).toEqual(ids.map((index) => `s${index}`))
  })

  test('keeps to its bounds and filters', async () => {
    const times = [0, 1, 2, 3, 4].map((index) => startMs + index)
    await store.write({
      alertEvents: times.map((time, index) =>
        eventOf(`e${index}`, time, 'firing', { level: index % 2 ? 'error' : 'info' }),
      ),
      decisions: times.map((time, index) =>
        decisionOf(`d${index}`, time, { receiver: index % 2 ? 'chat' : 'mail' }),
      ),
      snapshots: times.map((time, index) => snapshotOf(`s${index}`, time)),
    })
    const period = { fromMs: startMs + 1, toMs: startMs + 3 }
    const ids = async (table: Table) => (await rowsOf(table)).map(({ id }) => id)
    expect(await ids(alertTable(store, { ...period, level: 'error' }))).toEqual(['e3', 'e1'])
    expect(await ids(decisionTable(store, { ...period, receiver: 'mail' }))).toEqual(['d2'])
    expect(await ids(snapshotTable(store, period))).toEqual(['s3', 's2', 's1'])
  })

  test('has the fields of each', async () => {
    await store.write({
      alertEvents: [eventOf('e1')],
      decisions: [decisionOf('d1')],
      snapshots: [snapshotOf('s1')],
    })
    expect(await rowsOf(alertTable(store, always))).toMatchObject([
      {
        id: 'e1',
        rule: 'HostMemoryHigh',
        transition: 'firing',
        value: 0.97,
        threshold: 0.95,
        event: eventOf('e1'),
      },
    ])
    expect(await rowsOf(decisionTable(store, always))).toMatchObject([
      { id: 'd1', alert_key: 'HostMemoryHigh', receiver: 'on-call', decision: 'sent', reason: '200 OK' },
    ])
    expect(await rowsOf(snapshotTable(store, always))).toMatchObject([
      { id: 's1', status: 'healthy', running: 0, snapshot: snapshotOf('s1') },
    ])
  })
})

describe('an export to a file', () => {
  const target = () => join(baseDir, 'out')
  const exportSamples = (format: ExportFormat, replace = false, path = target()) =>
    exportToFile(sampleTable(store, always), format, path, { baseDir, replace })

  test.each(exportFormats)('as %s is whole when it has its name', async (format) => {
    await writeTicks([startMs, startMs + 1])
    const written = await exportSamples(format)
    expect(written).toEqual({ path: target(), rows: 6, sizeBytes: readFileSync(target()).length })
    expect(readdirSync(baseDir).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('as Parquet can be read by others', async () => {
    await writeTicks([startMs, startMs + 1])
    await exportSamples('parquet')
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(target()) })
    expect(rows[0]).toEqual({
      timestamp: new Date(startMs),
      timestamp_ms: BigInt(startMs),
      name: 'heat',
      attributes: '{}',
      value: 0,
    })
    expect(rows).toHaveLength(6)
  })

  test('replaces another only when it is told to, and never a file of the store', async () => {
    writeFileSync(target(), 'mine')
    await expect(exportSamples('csv')).rejects.toMatchObject({
      code: 'FILE_EXISTS',
      details: { path: target() },
    })
    expect(readFileSync(target(), 'utf8')).toBe('mine')
    await exportSamples('csv', true)
    expect(readFileSync(target(), 'utf8')).toMatch(/^timestamp,/)
    const own = join(baseDir, 'framewatch.sqlite')
    expect(() => exportSamples('csv', true, own)).toThrow(
      expect.objectContaining({ code: 'FILE_UNWRITABLE' }),
    )
  })

  test('that fails leaves nothing behind, and what was there as it was', async () => {
    writeFileSync(target(), 'mine')
    const batches = async function* () {
      yield [[1]]
      throw new Error('The table broke')
    }
    const table = { columns: [{ name: 'a', type: 'number', isOptional: false }], batches: batches() } as const
    const failing = exportToFile(table, 'csv', target(), { baseDir, replace: true })
    await expect(failing).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
    expect(readFileSync(target(), 'utf8')).toBe('mine')
    expect(existsSync(`${target()}.${process.pid}.tmp`)).toBe(false)
  })
})
