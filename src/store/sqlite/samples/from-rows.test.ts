import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sampleOf, startMs } from '../../store.fixtures.contract.ts'
import { Database } from '../database.ts'
import { migrate, migrations } from '../migrations.ts'
import { openSqliteReader, openSqliteStore } from '../sqlite-store.ts'

let baseDir: string
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), 'framewatch-rows-'))
})
afterEach(() => rmSync(baseDir, { recursive: true }))

/** Two frames and a part of one; the second series is in every third tick, and full of digits. */
const ticks = Array.from({ length: 800 }, (_, index) => ({
  timestampMs: startMs + index * 30_000,
  samples: [
    sampleOf('heat', index / 4, { gpu: '0' }),
    ...(index % 3 ? [] : [sampleOf('load', 1 / (index + 3))]),
  ],
}))

/** As version 1 wrote them: a row for each sample. */
function writeFirstVersion(): void {
  const database = new Database(join(baseDir, 'framewatch.sqlite'), { readOnly: false })
  migrate(database, migrations.slice(0, 1))
  database.transaction('BEGIN IMMEDIATE', () => {
    database.exec(`INSERT INTO series VALUES (1, 'heat', '{"gpu":"0"}'), (2, 'load', '{}')`)
    for (const { timestampMs, samples } of ticks) {
      database.run('INSERT INTO ticks VALUES (:timestampMs)', { timestampMs })
      for (const { name, value } of samples) {
        const seriesId = name === 'heat' ? 1 : 2
        database.run('INSERT INTO samples VALUES (:seriesId, :timestampMs, :value)', {
          seriesId,
          timestampMs,
          value,
        })
      }
    }
  })
  database.close()
}

test('a store of the first version keeps every sample, and takes new ones', async () => {
  writeFirstVersion()
  await expect(openSqliteReader({ baseDir })).rejects.toMatchObject({ code: 'STORE_OLDER_SCHEMA' })
  let upgrades = 0
  const onUpgrade = () => {
    upgrades += 1
  }
  const store = await openSqliteStore({ baseDir, onUpgrade })
  expect(upgrades).toBe(1)
  expect((await store.recentTicks(1000)).toReversed()).toEqual(ticks)
  const tick = { timestampMs: startMs + 800 * 30_000, samples: [sampleOf('heat', 7, { gpu: '0' })] }
  await store.write({ tick })
  expect((await store.recentTicks(2)).map(({ samples }) => samples.length)).toEqual([1, 1])
  expect(await store.listSeries()).toEqual([
    { name: 'heat', attributes: { gpu: '0' } },
    { name: 'load', attributes: {} },
  ])
  await store.close()
})
