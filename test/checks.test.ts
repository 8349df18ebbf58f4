/** Checks of outputs in the flow of generations: what they change, and what survives. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { GenerationNotice, MonitoringServiceOptions, QualityReport } from '../src/index.ts'
import { MonitoringService } from '../src/index.ts'
import { startCheckedEngine } from './support/checked-engine.ts'
import { startScript, temporaryDirectory } from './support/service-process.ts'

const sound: QualityReport = {
  file: '',
  verdict: 'ok',
  defects: [],
  metrics: { qualityScore: 0.9, sharpness: 0.5 },
  scoreParts: {},
  profile: 'default',
  checkedFrames: 1,
  fullResolutionFrames: 1,
  skipped: [],
  costMs: 10,
}
const black = {
  type: 'black',
  startSeconds: 0,
  endSeconds: 2,
  severity: 'major',
  evidence: '100 % black',
} as const
const defective: QualityReport = { ...sound, verdict: 'defective', defects: [black], metrics: {} }

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function start(
  check: (path: string) => Promise<QualityReport>,
  options: MonitoringServiceOptions = {},
) {
  const notices: GenerationNotice[] = []
  const started = await startCheckedEngine(
    { baseDir: temporaryDirectory(), ...options },
    ({ path }) => check(path),
    (notice) => void notices.push(notice),
  )
  onTestFinished(async () => void (await started.stop()))
  const checked = async (count: number) => {
    const found = () => notices.filter(({ change }) => change === 'checked').map(({ record }) => record)
    while (found().length < count) await turn()
    return found()
  }
  return { ...started, checked }
}

describe('a check of an output', () => {
  test('makes its record verified or defective, tells it again, and counts it again', async () => {
    const { engine, recorder, checked } = await start(
      async (path) => (path.endsWith('bad.mp4') ? defective : sound),
      { costs: { prices: [{ name: 'run', perCall: 2 }] } },
    )
    const good = recorder.startGeneration({ model: 'wan', width: 640, height: 360 })
    good.complete({ outputPath: '/videos/good.mp4', quality: { sharpness: 7 } })
    const bad = recorder.startGeneration({ model: 'wan' })
    bad.complete({ output: { path: '/videos/bad.mp4' } })
    recorder.startGeneration().fail(new Error('out of memory'))
    const own = recorder.startGeneration({ model: 'wan' })
    own.complete({ outputPath: '/videos/own.mp4', verification: 'unverified' })
    await checked(2)
    expect(await engine.generation(good.id)).toMatchObject({
      verification: 'verified',
      defects: [],
      quality: { sharpness: 7, qualityScore: 0.9 },
      check: { verdict: 'ok', profile: 'default' },
    })
    expect(await engine.generation(bad.id)).toMatchObject({
      verification: 'defective',
      defects: ['black'],
      check: { verdict: 'defective', defects: [black] },
    })
    expect(await engine.generation(own.id)).not.toHaveProperty('check')
    const { last5m } = (await engine.status()).performance.windows
    expect(last5m).toMatchObject({ verified: 1, defective: 1, pending: 0, verifiedSuccessRate: 0.25 })
    expect(last5m.byOutcome).toMatchObject({ succeeded: 3, failed: 1 })
    expect(last5m.duration.count).toBe(3)
    await engine.tick()
    const { series } = await engine.detailedMetrics(60)
    const lastOf = (name: string, attributes: object) =>
      series.find((found) => found.name === name && matches(found.attributes, attributes))?.last
    expect(lastOf('video_generation.defects', { type: 'black', model: 'wan' })).toBe(1)
    expect(lastOf('video_generation.check.duration.count', { verdict: 'ok', model: 'wan' })).toBe(1)
    expect(lastOf('video_generation.cost.wasted', { outcome: 'succeeded', model: 'wan' })).toBe(2)
    expect(lastOf('video_generation.duration.count', { outcome: 'succeeded', resolution: '360p' })).toBe(1)
    await engine.snapshot()
    const [snapshot] = await engine.snapshots(1)
    const groups = snapshot?.groups?.groups.filter(({ name }) => name.model === 'wan') ?? []
    expect(groups.reduce((sum, { verified }) => sum + verified, 0)).toBe(1)
    expect(groups.some(({ pending }) => pending !== undefined)).toBe(false)
  })

  test('that is still to come makes the verified success rate neither better nor worse', async () => {
    const answer = Promise.withResolvers<QualityReport>()
    const { engine, recorder, checked } = await start(() => answer.promise)
    recorder.startGeneration().complete({ outputPath: '/videos/a.mp4' })
    const before = (await engine.status()).performance.windows.last5m
    expect(before).toMatchObject({ successRate: 1, verifiedSuccessRate: null, pending: 1 })
    recorder.startGeneration().complete({ verification: 'verified' })
    const between = (await engine.status()).performance.windows.last5m
    expect(between).toMatchObject({ successRate: 1, verifiedSuccessRate: 1, pending: 1 })
    answer.resolve(defective)
    await checked(1)
    const after = (await engine.status()).performance.windows.last5m
    expect(after).toMatchObject({ successRate: 1, verifiedSuccessRate: 0.5, pending: 0, defective: 1 })
  })

  test('reads a relative path from where the caller is, and finds the thumbnails that were made', async () => {
    const baseDir = temporaryDirectory()
    const seen: string[] = []
    const started = await startCheckedEngine({ baseDir }, async ({ path, thumbnailDir = '' }) => {
      seen.push(path)
      writeFileSync(join(thumbnailDir, 'poster.jpg'), 'picture')
      return sound
    })
    onTestFinished(async () => void (await started.stop()))
    const { engine, recorder } = started
    const handle = recorder.startGeneration()
    handle.complete({ outputPath: 'out/a.mp4' })
    while ((await engine.generation(handle.id))?.verification !== 'verified') await turn()
    expect(seen).toEqual([join(process.cwd(), 'out', 'a.mp4')])
    const [poster = '', ...others] = await engine.thumbnails(handle.id)
    expect(poster).toMatch(new RegExp(`thumbnails.\\d{4}-\\d\\d-\\d\\d.${handle.id}.poster\\.jpg$`))
    expect(others).toEqual([])
    for (const id of ['unknown', '../..', '']) expect(await engine.thumbnails(id)).toEqual([])
  })
})

describe('a restart', () => {
  test('after kill -9 makes the checks that were to come, the oldest first, and none that was made', async () => {
    const baseDir = temporaryDirectory()
    const running = startScript(
      `import { startCheckedEngine } from './test/support/checked-engine.ts'
      const sound = ${JSON.stringify(sound)}
      const { engine, recorder } = await startCheckedEngine({ baseDir: process.argv[1] }, async ({ path }) => {
        if (path.endsWith('done.mp4')) return sound
        console.log('checking ' + path)
        return new Promise(() => setInterval(() => {}, 1000))
      })
      const done = recorder.startGeneration({ model: 'done' })
      done.complete({ outputPath: '/videos/done.mp4' })
      while ((await engine.generation(done.id)).verification !== 'verified') await new Promise(setImmediate)
      for (const name of ['first', 'second', 'third']) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        recorder.startGeneration({ model: name }).complete({ outputPath: '/videos/' + name + '.mp4' })
      }
      await engine.drain()
      console.log('recorded')`,
      baseDir,
    )
    await running.says('recorded')
    await running.says('checking /videos/first.mp4')
    running.child.kill('SIGKILL')
    await running.exited
    const seen: string[] = []
    const { engine, checked } = await start(
      async (path) => {
        seen.push(path)
        return path.endsWith('second.mp4') ? defective : sound
      },
      { baseDir },
    )
    const records = await checked(3)
    expect(seen).toEqual(['first', 'second', 'third'].map((name) => `/videos/${name}.mp4`))
    expect(records.map(({ verification }) => verification)).toEqual(['verified', 'defective', 'verified'])
    expect((await engine.status()).performance.windows.last1h).toMatchObject({
      verified: 3,
      defective: 1,
      pending: 0,
      verifiedSuccessRate: 0.75,
    })
  })

  test('after a stop goes on with what was under way; without checks, says that none will come', async () => {
    const baseDir = temporaryDirectory()
    const first = await startCheckedEngine({ baseDir }, () => new Promise(() => undefined))
    const handle = first.recorder.startGeneration()
    handle.complete({ outputPath: '/videos/a.mp4' })
    expect(await first.engine.generation(handle.id)).toMatchObject({ check: { verdict: 'pending' } })
    const startMs = performance.now()
    expect(await first.stop()).toEqual([])
    expect(performance.now() - startMs).toBeLessThan(3000)
    const { engine, checked } = await start(async () => sound, { baseDir, quality: { enabled: false } })
    const [record] = await checked(1)
    expect(record).toMatchObject({
      verification: 'unverified',
      check: { verdict: 'unverified', reason: 'Checks were switched off before it had its turn' },
    })
    expect((await engine.status()).performance.windows.last1h).toMatchObject({
      verifiedSuccessRate: 0,
      pending: 0,
    })
  })
})

test.each([
  [{ concurrency: 9 }, 'quality.concurrency'],
  [{ maxQueue: 0 }, 'quality.maxQueue'],
  [{ profile: 7 }, 'quality.profile'],
  [{ roots: [] }, 'quality.roots'],
  [{ thumbnails: { retentionDays: 0 } }, 'quality.thumbnails.retentionDays'],
  [{ speed: 1 }, 'quality.speed'],
])('the options %j are refused by name', (quality, key) => {
  expect(() => new MonitoringService({ quality } as MonitoringServiceOptions)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(key) }),
  )
})

function matches(attributes: Readonly<Record<string, string>>, wanted: object): boolean {
  return Object.entries(wanted).every(([name, value]) => attributes[name] === value)
}
