/**
 * What monitoring costs the process it lives in. The least of several runs: noise of the machine only adds. The limits
 * are those of the machine that runs the gate; any other may take three times as long.
 */
import { expect, test } from 'vitest'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { runScript, temporaryDirectory } from './support/service-process.ts'

const slack = process.env['CI'] === 'true' ? 1 : 3

async function leastOf(runs: number, source: string): Promise<number> {
  const values: number[] = []
  for (let run = 0; run < runs; run++) {
    const { stdout, stderr } = await runScript(source, temporaryDirectory())
    expect(stderr).toBe('')
    values.push(Number(stdout))
  }
  return Math.min(...values)
}

test('importing the package takes less than 60 ms', async () => {
  const source = `const start = performance.now(); await import('framewatch'); console.log(performance.now() - start)`
  expect(await leastOf(9, source)).toBeLessThan(60 * slack)
})

test('start() returns in less than 150 ms', async () => {
  const source = `
    import { MonitoringService } from 'framewatch'
    const service = new MonitoringService({ baseDir: process.argv[1] })
    const start = performance.now()
    await service.start()
    console.log(performance.now() - start)
    await service.stop()`
  expect(await leastOf(9, source)).toBeLessThan(150 * slack)
})

test('start() takes no longer on a store with a week of history', async () => {
  const baseDir = temporaryDirectory()
  const store = await openSqliteStore({ baseDir })
  const samples = Array.from({ length: 100 }, (_, index) => ({
    name: `metric.${index}`,
    attributes: {},
    value: index,
  }))
  const writer = { pid: 1, node: 'n', startedAtMs: 1, collectionIntervalMs: 30_000 }
  for (let tick = 0; tick < 3000; tick++)
    await store.write({ tick: { timestampMs: Date.now() - tick * 30_000, samples } })
  await store.saveWriter({ ...writer, stoppedAtMs: 2 })
  await store.close()
  const sourceOf = (folder: string) => `
    import { MonitoringService } from 'framewatch'
    const service = new MonitoringService({ baseDir: ${folder} })
    const start = performance.now()
    await service.start()
    console.log(performance.now() - start)
    await service.stop()`
  const empty = await leastOf(7, sourceOf('process.argv[1]'))
  // Beside an empty store in the same run: how fast the machine is just now does not tell.
  expect(await leastOf(7, sourceOf(JSON.stringify(baseDir)))).toBeLessThan(1.25 * empty * slack)
})

test('the service adds less than 70 MB to the memory of the process', async () => {
  const source = `
    const before = process.memoryUsage.rss()
    const { MonitoringService } = await import('framewatch')
    const service = new MonitoringService({ baseDir: process.argv[1], collectionInterval: 0.2 })
    await service.start()
    for (let count = 0; count < 1000; count++) {
      service.startGeneration({ model: 'x', prompt: 'a prompt' }).complete({ quality: { sharpness: 0.5 } })
      if (count % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await service.getSystemStatus()
    console.log((process.memoryUsage.rss() - before) / 1e6)
    await service.stop()`
  expect(await leastOf(3, source)).toBeLessThan(70)
})
