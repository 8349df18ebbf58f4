import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { manualClock } from '../../test/support/manual-clock.ts'
import type { GenerationRecord, OutputCheckResult } from '../model/generation.ts'
import type { QualityReport } from '../model/quality.ts'
import type { CheckJob } from '../quality/check-protocol.ts'
import { ended, endMs } from '../track/cost/ended.contract.ts'
import { CheckQueue } from './check-queue.ts'
import { QualityDesk } from './quality-desk.ts'
import { type QualityOptions, qualityOptionsSchema } from './quality-options.ts'
import { Thumbnails } from './thumbnails.ts'

const soundReport: QualityReport = {
  file: '',
  verdict: 'ok',
  defects: [],
  metrics: { qualityScore: 0.9 },
  scoreParts: {},
  profile: 'default',
  checkedFrames: 1,
  fullResolutionFrames: 1,
  skipped: [],
  costMs: 1000,
}

/** A desk over records in memory, with a checker that answers when it is told to. */
function setup(options: QualityOptions = {}) {
  const baseDir = mkdtempSync(join(tmpdir(), 'framewatch-desk-'))
  onTestFinished(() => rmSync(baseDir, { recursive: true, force: true }))
  const clock = manualClock(endMs)
  const settings = qualityOptionsSchema().parse(options)
  const queue = new CheckQueue(settings, () => undefined)
  const records = new Map<string, GenerationRecord>()
  const settled: [string, OutputCheckResult][] = []
  const jobs: { job: CheckJob; answer: (report: QualityReport) => void; fail: (error: Error) => void }[] = []
  let isAborted = false
  const desk = new QualityDesk({
    settings,
    queue,
    checker: {
      check: (job, signal) =>
        new Promise((answer, fail) => {
          jobs.push({ job, answer, fail })
          signal?.addEventListener('abort', () => {
            isAborted = true
            answer({ ...soundReport, verdict: 'unverified', reason: 'aborted' })
          })
        }),
      stop: async () => undefined,
    },
    thumbnails: new Thumbnails(baseDir, settings.thumbnails, clock),
    clock,
    read: async (id) => records.get(id),
    settle: async (id, result) => void settled.push([id, result]),
  })
  const add = (id: string, more: Partial<GenerationRecord> = {}) => {
    const record = ended({ id, output: { path: `/videos/${id}.mp4` }, ...more })
    records.set(id, { ...record, check: queue.admit(record) })
    desk.pump()
  }
  return { desk, queue, records, settled, jobs, add, baseDir, aborted: () => isAborted }
}

/** Lets work that waits for the file system go on. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

describe('the desk of checks', () => {
  test('checks one at a time, the oldest first, and none before it is started', async () => {
    const { desk, jobs, add, settled } = setup()
    add('b', { endedAtMs: endMs + 2 })
    add('a', { endedAtMs: endMs + 1 })
    desk.start()
    await until(() => jobs.length === 1)
    add('c', { endedAtMs: endMs + 3 })
    jobs[0]?.answer(soundReport)
    await until(() => jobs.length === 2)
    jobs[1]?.answer(soundReport)
    await until(() => jobs.length === 3)
    jobs[2]?.answer(soundReport)
    await until(() => settled.length === 3)
    expect(settled.map(([id]) => id)).toEqual(['a', 'b', 'c'])
    expect(settled[0]?.[1]).toMatchObject({ verdict: 'ok', costMs: 1000, metrics: { qualityScore: 0.9 } })
    await desk.stop()
  })

  test('runs as many at once as it may', async () => {
    const { desk, jobs, add } = setup({ concurrency: 3 })
    for (const id of ['a', 'b', 'c', 'd', 'e']) add(id)
    desk.start()
    await until(() => jobs.length === 3)
    expect(
      desk
        .samples(endMs)
        .map(({ value }) => value)
        .slice(0, 2),
    ).toEqual([2, 3])
    jobs[1]?.answer(soundReport)
    await until(() => jobs.length === 4)
    await desk.stop()
  })

  test('tells the checker what was asked for, the profile of the model, and where thumbnails go', async () => {
    const { desk, jobs, add, baseDir } = setup({
      concurrency: 4,
      profile: { 'wan*': 'anime', '*': 'silent-ok' },
    })
    desk.start()
    add('a', { request: { model: 'wan2.2', width: 1280, height: 720, fps: 24, frames: 120 } })
    add('b', { request: { durationSeconds: 5, frames: 121, fps: 0 } })
    await until(() => jobs.length === 2)
    const byPath = jobs.map(({ job }) => job).sort((one, other) => (one.path < other.path ? -1 : 1))
    const thumbnailDir = (id: string) => join(baseDir, 'thumbnails', '2026-05-20', id)
    expect(byPath).toEqual([
      {
        path: '/videos/a.mp4',
        profile: 'anime',
        expectations: { width: 1280, height: 720, fps: 24, durationSeconds: 5 },
        thumbnailDir: thumbnailDir('a'),
      },
      {
        path: '/videos/b.mp4',
        profile: 'silent-ok',
        expectations: { durationSeconds: 5 },
        thumbnailDir: thumbnailDir('b'),
      },
    ])
    expect(existsSync(thumbnailDir('a'))).toBe(true)
    await desk.stop()
  })

  test('ends at once when it is stopped, and what was under way has no result', async () => {
    const { desk, jobs, add, settled, aborted } = setup()
    desk.start()
    add('a')
    add('b')
    await until(() => jobs.length === 1)
    await desk.stop()
    expect(aborted()).toBe(true)
    expect([settled, jobs.length]).toEqual([[], 1])
  })

  test('goes on after a checker that throws, and says why the output is unverified', async () => {
    const { desk, jobs, add, settled } = setup({ thumbnails: { enabled: false } })
    desk.start()
    add('a')
    add('b')
    await until(() => jobs.length === 1)
    expect(jobs[0]?.job).not.toHaveProperty('thumbnailDir')
    jobs[0]?.fail(new Error('no process'))
    await until(() => jobs.length === 2)
    expect(settled).toMatchObject([['a', { verdict: 'unverified', reason: 'The check failed: no process' }]])
    await desk.stop()
  })

  test('leaves out what waits for no check any more', async () => {
    const { desk, jobs, add, records } = setup()
    add('gone')
    add('settled')
    add('c')
    records.delete('gone')
    records.set('settled', ended())
    desk.start()
    await until(() => jobs.length === 1)
    expect(jobs[0]?.job.path).toBe('/videos/c.mp4')
    await desk.stop()
  })

  test('opens files in the folders that are allowed alone, and no link leads out of them', async () => {
    const root = mkdtempSync(join(tmpdir(), 'framewatch-root-'))
    onTestFinished(() => rmSync(root, { recursive: true, force: true }))
    const allowed = join(root, 'videos')
    for (const folder of [allowed, join(root, 'videos-of-others')]) {
      mkdirSync(folder)
      writeFileSync(join(folder, 'a.mp4'), 'x')
    }
    symlinkSync(join(root, 'videos-of-others', 'a.mp4'), join(allowed, 'link.mp4'))
    const { desk, jobs, add, settled } = setup({ roots: [allowed], concurrency: 4 })
    desk.start()
    add('in', { output: { path: join(allowed, 'a.mp4') } })
    add('missing', { output: { path: join(allowed, 'missing.mp4') } })
    add('beside', { output: { path: join(root, 'videos-of-others', 'a.mp4') } })
    add('link', { output: { path: join(allowed, 'link.mp4') } })
    add('up', { output: { path: `${allowed}/../videos-of-others/none.mp4` } })
    await until(() => settled.length === 3 && jobs.length === 2)
    expect(settled.map(([id]) => id).sort()).toEqual(['beside', 'link', 'up'])
    expect(settled[0]?.[1]).toMatchObject({
      verdict: 'unverified',
      reason: expect.stringContaining('quality.roots'),
    })
    await desk.stop()
  })
})
