/** What must hold whatever happens to the process: kill -9, a blocked host, a full disk, a plain exit. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openReader } from '../src/engine/open-reader.ts'
import type { GenerationRecord } from '../src/index.ts'
import { runScript, startScript, temporaryDirectory } from './support/service-process.ts'

async function recordsIn(baseDir: string): Promise<readonly GenerationRecord[]> {
  const reader = await openReader(baseDir)
  const { records } = await reader.listGenerations({ limit: 1000 })
  await reader.close()
  return records
}

const open = `
  import { MonitoringService } from 'framewatch'
  const service = new MonitoringService({ baseDir: process.argv[1], collectionInterval: 0.5 })
  await service.start()
`

describe('kill -9', () => {
  test('in the middle of a generation leaves it lost, and loses nothing that was recorded before', async () => {
    const baseDir = temporaryDirectory()
    const running = startScript(
      `${open}
      const done = service.startGeneration({ model: 'done' })
      done.complete({ quality: { sharpness: 0.5 } })
      const handle = service.startGeneration({ model: 'interrupted' })
      handle.stage('denoise')
      // A start is durable within 250 ms, with no help from this thread.
      const until = Date.now() + 250
      while (Date.now() < until);
      console.log('recorded')
      while (true);`,
      baseDir,
    )
    await running.says('recorded')
    running.child.kill('SIGKILL')
    await running.exited
    expect(await recordsIn(baseDir)).toMatchObject([
      { status: 'running', request: { model: 'interrupted' }, stage: 'denoise' },
      { status: 'succeeded', request: { model: 'done' }, quality: { sharpness: 0.5 } },
    ])
    const again = await runScript(
      `${open} console.log(JSON.stringify((await service.listGenerations()).records)); await service.stop()`,
      baseDir,
    )
    expect(JSON.parse(again.stdout)).toMatchObject([
      { status: 'lost', error: { errorClass: 'lost' }, request: { model: 'interrupted' } },
      { status: 'succeeded', request: { model: 'done' } },
    ])
  })

  test('frees the baseDir for the next service at once', async () => {
    const baseDir = temporaryDirectory()
    const running = startScript(`${open} console.log('started'); setInterval(() => {}, 1000)`, baseDir)
    await running.says('started')
    running.child.kill('SIGKILL')
    await running.exited
    const again = await runScript(
      `${open} console.log((await service.getSystemStatus()).node); await service.stop()`,
      baseDir,
    )
    expect(again).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('the process that is monitored', () => {
  test('exits by itself after stop(), with nothing left behind', async () => {
    const result = await runScript(
      `${open}
      service.startGeneration().complete()
      console.log(JSON.stringify(await service.stop()), process.getActiveResourcesInfo().filter((name) => name !== 'TTYWrap' && name !== 'PipeWrap').join())`,
      temporaryDirectory(),
    )
    expect(result).toMatchObject({ code: 0, stdout: '[] \n', stderr: '' })
  })

  test('exits by itself without stop(), and what it recorded last is stored', async () => {
    const baseDir = temporaryDirectory()
    const result = await runScript(`${open} service.startGeneration({ model: 'last' }).complete()`, baseDir)
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(await recordsIn(baseDir)).toMatchObject([{ status: 'succeeded', request: { model: 'last' } }])
  })

  test('stores what it recorded before process.exit() and before an uncaught error', async () => {
    for (const end of ['process.exit(3)', 'throw new Error("crash")']) {
      const baseDir = temporaryDirectory()
      const result = await runScript(
        `${open} service.startGeneration({ model: 'last' }).complete(); ${end}`,
        baseDir,
      )
      expect(result.code).not.toBe(0)
      expect(await recordsIn(baseDir)).toMatchObject([{ status: 'succeeded' }])
    }
  })

  test('does not hear of it when the engine cannot start', async () => {
    const result = await runScript(
      `import { MonitoringService } from 'framewatch'
      const service = new MonitoringService({ baseDir: '/dev/null/below' })
      await service.start().catch((error) => console.log(error.code))
      service.startGeneration().complete()`,
    )
    expect(result).toMatchObject({ code: 0, stdout: 'BASE_DIR_UNWRITABLE\n', stderr: '' })
  })
})

test('the host goes on when the engine dies, and the status says why nothing is known', async () => {
  const result = await runScript(
    `import { syncBuiltinESMExports } from 'node:module'
    import threads from 'node:worker_threads'
    // The engine's thread is taken hold of as it is made, to end it as running out of memory would.
    const { Worker } = threads
    let engine
    threads.Worker = class extends Worker {
      constructor(...args) {
        super(...args)
        engine = this
      }
    }
    syncBuiltinESMExports()
    const { MonitoringService } = await import('framewatch')
    const service = new MonitoringService({ baseDir: process.argv[1] })
    await service.start()
    const handle = service.startGeneration()
    const asked = service.listGenerations().catch((error) => error.code)
    await engine.terminate()
    handle.complete()
    service.startGeneration().complete()
    const { status, statusMessage } = await service.getSystemStatus()
    const refused = await service.listGenerations().catch((error) => error.code)
    const failures = (await service.stop()).map((error) => error.code)
    console.log(JSON.stringify({ asked: await asked, status, statusMessage, refused, failures }))`,
    temporaryDirectory(),
  )
  expect(result).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(result.stdout)).toMatchObject({
    status: 'unknown',
    statusMessage: expect.stringContaining('engine ended unexpectedly'),
    refused: 'ENGINE_FAILED',
    failures: ['ENGINE_FAILED'],
  })
})

test('a host blocked for 5 s is collected on at its interval, and the block is visible while it lasts', async () => {
  const result = await runScript(
    `${open}
    const ticks = []
    service.on('metrics', ({ tick }) => {
      const delay = tick.samples.find((sample) => sample.name === 'nodejs.eventloop.delay.max')
      ticks.push([tick.timestampMs, delay.value])
    })
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
    await wait(1500)
    const from = Date.now()
    while (Date.now() < from + 5000);
    await wait(1500)
    console.log(JSON.stringify({ from, ticks }))
    await service.stop()`,
    temporaryDirectory(),
  )
  const { from, ticks } = JSON.parse(result.stdout) as { from: number; ticks: [number, number][] }
  const gaps = ticks.slice(1).map(([at], index) => at - (ticks[index]?.[0] ?? 0))
  expect(Math.max(...gaps)).toBeLessThanOrEqual(750)
  const during = ticks.filter(([at]) => at > from && at < from + 5000)
  expect(during.length).toBeGreaterThanOrEqual(9)
  expect(during.at(-1)?.[1]).toBeGreaterThan(3)
  expect(Math.max(...ticks.map(([, delay]) => delay))).toBeGreaterThan(4)
})

test('a host that never pauses, and reports all the while, is collected on at its interval', async () => {
  const result = await runScript(
    `${open}
    const times = []
    service.on('metrics', ({ tick }) => times.push(tick.timestampMs))
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
    await wait(1500)
    const handle = service.startGeneration()
    const until = Date.now() + 3000
    for (let step = 0; Date.now() < until; step++) handle.progress(step)
    handle.complete()
    await wait(1500)
    console.log(JSON.stringify({ times, record: await service.getGeneration(handle.id) }))
    await service.stop()`,
    temporaryDirectory(),
  )
  const { times, record } = JSON.parse(result.stdout) as { times: number[]; record: GenerationRecord }
  expect(Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)))).toBeLessThanOrEqual(750)
  expect(record.status).toBe('succeeded')
})

const canMount = process.platform === 'linux' && process.getuid?.() === 0

test.skipIf(!canMount)(
  'a full disk is reported, loses nothing, and recording resumes by itself (needs root, to mount a small tmpfs)',
  async () => {
    const mount = temporaryDirectory()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', mount])
    onTestFinished(() => void execFileSync('umount', [mount]))
    const baseDir = join(mount, 'monitoring')
    mkdirSync(baseDir)
    // The rules on file systems would fire for this one too, and outlast the filler by the ten seconds between two looks at it.
    const without = open.replace('0.5 }', `0.5, sources: { off: ['filesystem'] } }`)
    const running = startScript(
      `${without}
    service.registerAlertHandler(({ transition, alert }) => console.error(transition, alert.rule))
    service.startGeneration({ model: 'before' }).complete()
    await service.listGenerations()
    console.log('ready')
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
    const status = async (wanted) => {
      for (;;) {
        const { status, statusMessage, store } = await service.getSystemStatus()
        if (status === wanted) return { status, statusMessage, lastError: store.lastError }
        service.startGeneration({ model: 'during', tags: { filler: 'x'.repeat(200) } }).complete()
        await wait(5)
      }
    }
    console.log(JSON.stringify(await status('critical')))
    service.startGeneration({ model: 'full' }).complete()
    console.log(JSON.stringify(await status('healthy')))
    console.log(JSON.stringify(await service.stop()))`,
      baseDir,
    )
    await running.says('ready')
    const filler = join(mount, 'filler')
    fill(filler)
    await running.says('"status":"critical"')
    await running.says('firing StoreRefusingWrites')
    rmSync(filler)
    expect((await running.exited).code).toBe(0)
    const [, full] = running.stdout().split('\n')
    expect(JSON.parse(full ?? '')).toMatchObject({
      lastError: { code: 'STORE_DISK_FULL', message: expect.stringContaining('Free disk space') },
    })
    const models = (await recordsIn(baseDir)).map((record) => record.request.model)
    expect(models).toContain('before')
    expect(models).toContain('full')
    expect(running.stdout()).toContain('"status":"healthy"')
    expect(running.stderr()).toBe('firing StoreRefusingWrites\nresolved StoreRefusingWrites\n')
  },
)

/** Writes until there is no room. */
function fill(path: string): void {
  try {
    writeFileSync(path, Buffer.alloc(16 * 1024 * 1024))
  } catch {
    // ENOSPC is what is wanted.
  }
}
