import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generationOf, keepAll, startMs } from '../store.fixtures.contract.ts'
import { openSqliteStore } from './sqlite-store.ts'

test('texts that SQLite does not give back as they are are counted, found and taken back all the same', async () => {
  const baseDir = mkdtempSync(join(tmpdir(), 'framewatch-texts-'))
  const models = ['m\0n', 'm\0o', 'm\ud800', 'm\ud801', 'p\0q']
  const store = await openSqliteStore({ baseDir })
  for (const [index, model] of models.entries())
    await store.write({ generations: [generationOf(`g${index}`, 'succeeded', { model })] })
  for (const [index, model] of models.entries()) {
    await store.write({ generations: [generationOf(`g${index}`, 'failed', { model })] })
    const { records } = await store.listGenerations({ model })
    expect(records.map(({ id }) => id)).toContain(`g${index}`)
  }
  const day = { fromMs: startMs - 1e8, toMs: startMs + 1e8 }
  const [all] = await store.aggregateGenerations(day)
  expect(all?.byOutcome).toMatchObject({ succeeded: 0, failed: models.length })
  while (await store.maintain({ ...keepAll, generationsMs: 0 }, startMs + 1e9));
  expect(await store.aggregateGenerations({ ...day, groupBy: ['model'] })).toEqual([])
  await store.close()
  rmSync(baseDir, { recursive: true })
})
