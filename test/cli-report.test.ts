/** `framewatch report` and `top`, on a store of generations that are known. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { columnsOf, fitText } from '../src/cli/top/fit-text.ts'
import { runTop } from '../src/cli/top/run-top.ts'
import type { ScreenListener } from '../src/cli/top/screen.ts'
import type { GenerationReport } from '../src/engine/report/report.ts'
import type { GenerationRecord } from '../src/index.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { generationOf } from '../src/store/store.fixtures.contract.ts'
import { framewatch, program } from './support/command.ts'
import { manualClock } from './support/manual-clock.ts'
import { temporaryDirectory } from './support/service-process.ts'

const hourMs = 3_600_000
const fromMs = Date.UTC(2026, 10, 24, 10)
const hostile = '<script>alert(1)</script>|`x`\u001b[31m\n# h'

/** Two hours: in the second, the model is half as fast, and one in four fails. */
async function twoHours(): Promise<string> {
  const baseDir = temporaryDirectory()
  const store = await openSqliteStore({ baseDir })
  const generations = [0, 1].flatMap((hour) =>
    Array.from({ length: 100 }, (_, index): GenerationRecord => {
      const queuedAtMs = fromMs + hour * hourMs + index * 30_000
      const isFailed = hour === 1 && index % 4 === 0
      const durationMs = (hour + 1) * 20_000 + (index % 10) * 100
      return {
        ...generationOf(`gen_${hour}_${index}`, isFailed ? 'failed' : 'succeeded', { queuedAtMs }),
        node: 'gpu-1',
        request: { model: index % 2 === 0 ? 'wan' : hostile, width: 1280, height: 720, fps: 24, frames: 120 },
        durationMs,
        queueMs: 1000,
        startedAtMs: queuedAtMs + 1000,
        endedAtMs: queuedAtMs + 1000 + durationMs,
        verification: isFailed ? 'unverified' : 'verified',
        error: isFailed
          ? { errorClass: 'gpu_out_of_memory', message: `CUDA ${hostile}${'x'.repeat(10_000)}` }
          : undefined,
        resources: { gpuSeconds: durationMs / 1000 },
        cost: { amount: durationMs / 10_000, currency: 'EUR', basis: 'h100' },
      }
    }),
  )
  const running = generationOf('gen_live', 'running', { queuedAtMs: fromMs + 2 * hourMs })
  await store.write({
    generations: [...generations, { ...running, stage: 'denoise', completedSteps: 12, totalSteps: 30 }],
  })
  await store.close()
  return baseDir
}

const span = [
  '--from',
  new Date(fromMs + hourMs).toISOString(),
  '--to',
  new Date(fromMs + 2 * hourMs).toISOString(),
]

describe('a report', () => {
  test('says as JSON what became of all that ended in the span, to the last one', async () => {
    const baseDir = await twoHours()
    const { code, json, stderr } = await framewatch(
      'report',
      ...span,
      '--format',
      'json',
      '--base-dir',
      baseDir,
    )
    expect([code, stderr]).toEqual([0, ''])
    const report = json() as GenerationReport
    expect(report.totals).toMatchObject({
      ended: 100,
      byOutcome: { succeeded: 75, failed: 25 },
      successRate: 0.75,
      verifiedSuccessRate: 0.75,
      videosPerHour: 75,
    })
    expect(report.failures).toMatchObject([{ errorClass: 'gpu_out_of_memory', count: 25 }])
    expect(report.failures[0]?.example.message?.length).toBeLessThan(1000)
    expect(report.slowest[0]).toMatchObject({ durationMs: 40_900 })
    // 100 generations of 40 to 40.9 s at 0.1 EUR a second.
    expect(report.spending.total).toMatchObject({
      generations: 100,
      cost: { total: expect.closeTo(404.5, 6), known: 100 },
    })
    expect(report.spending.wasted.generations).toBe(25)
    expect(report.changes.figures.find(({ figure }) => figure === 'successRate')).toMatchObject({
      before: 1,
      after: 0.75,
    })
    expect(report.regressions?.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining([expect.stringContaining('run time'), expect.stringContaining('success rate')]),
    )
  })

  test('is a table for people as Markdown, in which no text of a caller makes markup', async () => {
    const { stdout } = await framewatch('report', ...span, '--base-dir', await twoHours())
    expect(stdout).toContain('# Video generation report')
    expect(stdout).toMatch(/Success rate +\| +75\.0 %/)
    expect(stdout).toContain('gpu_out_of_memory')
    expect(stdout).not.toMatch(/^# h/m)
    expect(stdout.includes('\u001b')).toBe(false)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThan(2000)
  })

  test('is one page of HTML with charts, without scripts, and with every text of a caller escaped', async () => {
    const baseDir = await twoHours()
    const path = join(temporaryDirectory(), 'report.html')
    const first = await framewatch(
      'report',
      ...span,
      '--format',
      'html',
      '--out',
      path,
      '--base-dir',
      baseDir,
    )
    expect(first.code).toBe(0)
    const html = readFileSync(path, 'utf8')
    expect(html).toMatch(/^<!doctype html>/i)
    expect(html).toContain('Content-Security-Policy')
    expect(html).toMatch(/<svg[^>]*>/)
    expect(html).toMatch(/<title/)
    expect(html).not.toMatch(/<script|\son\w+=|src=|href="http/i)
    expect(html).toMatch(/&(lt|#60|#x3c);script/i)
    const again = await framewatch('report', '--format', 'html', '--out', path, '--base-dir', baseDir)
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('FILE_EXISTS') })
  })

  test('of a span in which nothing ended says so, and one that is none is refused', async () => {
    const baseDir = await twoHours()
    const empty = await framewatch(
      'report',
      '--from',
      '2020-01-01T00:00Z',
      '--to',
      '2020-01-02T00:00Z',
      '--base-dir',
      baseDir,
    )
    expect(empty.code).toBe(0)
    expect(empty.stdout).toMatch(/Ended +\| +0/)
    const none = await framewatch('report', '--from', '1h', '--to', '2h', '--base-dir', baseDir)
    expect(none.code).toBe(2)
    expect(none.stderr).toContain('is not before')
  })
})

describe('top', () => {
  test('prints one frame where the output is no terminal', async () => {
    const baseDir = await twoHours()
    const { code, stdout } = await framewatch('top', '--base-dir', baseDir)
    expect(code).toBe(0)
    expect(stdout).toMatch(/gen_live .*denoise .*40% +12\/30/)
    for (const line of stdout.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(80)
    const { json } = await framewatch('top', '--json', '--base-dir', baseDir)
    expect(json().performance.active).toMatchObject([{ id: 'gen_live', completedSteps: 12 }])
  })

  test.skipIf(spawnSync('script', ['--version']).error)(
    'takes a terminal over and gives it back at q (needs script: apt-get install bsdutils)',
    async () => {
      const baseDir = await twoHours()
      const command = `stty rows 24 columns 60; "${process.execPath}" "${program}" top --base-dir "${baseDir}"`
      const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
        input: 'q',
        encoding: 'utf8',
        timeout: 20_000,
        env: { ...process.env, TERM: 'xterm' },
      })
      const [enter, leave] = [stdout.indexOf('\u001b[?1049h'), stdout.lastIndexOf('\u001b[?1049l')]
      expect(enter).toBeGreaterThanOrEqual(0)
      expect(leave).toBeGreaterThan(enter)
      expect(stdout.slice(leave)).toContain('\u001b[?1049l')
    },
  )

  test('draws each second, at once when the size changes, and gives the screen back however it ends', async () => {
    const ends: Record<string, (listener: ScreenListener) => void> = {
      'a key': (listener) => listener.keys('q'),
      'Ctrl-C': (listener) => listener.keys('\u0003'),
      'a signal': (listener) => listener.signalled('SIGTERM'),
    }
    for (const [name, end] of Object.entries(ends)) {
      const clock = manualClock()
      const frames: string[] = []
      let listener: ScreenListener | undefined
      let isClosed = false
      let reads = 0
      const screen = {
        columns: 80,
        rows: 24,
        open(given: ScreenListener) {
          listener = given
          return () => {
            isClosed = true
          }
        },
        write: async (text: string) => void frames.push(text),
      }
      const running = runTop({ screen, clock, read: async () => ++reads, draw: (view) => [`view ${view}`] })
      for (const ms of [0, 1000, 0, 1000, 0]) await clock.advance(ms)
      expect([reads, frames.length]).toEqual([3, 3])
      expect(frames[2]).toContain('view 3')
      listener?.resized()
      await clock.advance(0)
      expect([reads, frames.length]).toEqual([3, 4])
      listener?.keys('x')
      if (listener) end(listener)
      expect([name, await running]).toEqual([name, name === 'a signal' ? 'SIGTERM' : undefined])
      expect(isClosed).toBe(true)
    }
  })

  test('gives the screen back when the store can no longer be read', async () => {
    let isClosed = false
    const close = () => {
      isClosed = true
    }
    const screen = { columns: 80, rows: 24, open: () => close, write: async () => undefined }
    const read = () => Promise.reject(new Error('gone'))
    await expect(runTop({ screen, clock: manualClock(), read, draw: () => [] })).rejects.toThrow('gone')
    expect(isClosed).toBe(true)
  })

  test('fits texts to columns, wide characters and control characters too', () => {
    for (const text of ['', 'abc', '日本語のモデル', 'a\u001b[31mb', '👍🏽 ok', 'x'.repeat(1e6)])
      for (const columns of [1, 2, 5, 20]) expect(columnsOf(fitText(text, columns))).toBe(columns)
  })
})
