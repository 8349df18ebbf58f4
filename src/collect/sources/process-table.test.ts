import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ManualClock, manualClock } from '../../../test/support/manual-clock.ts'
import type { MetricDescriptor, Sample } from '../../model/sample.ts'
import { MetricsCollector } from '../collector.ts'
import { isAbsent, type Source, type SourceReading } from '../source.ts'
import { processTableSource } from './process-table.ts'
import { processesSource } from './processes.ts'

let procRoot: string
let clock: ManualClock
beforeEach(() => {
  procRoot = mkdtempSync(join(tmpdir(), 'proc-'))
  clock = manualClock()
})
afterEach(() => rmSync(procRoot, { recursive: true }))

function addProcess(pid: number, { name = 'python3', state = 'S', threads = 1 } = {}): void {
  const line = `${pid} (${name}) ${state} 1 1 1 0 -1 0 5 0 5 0 36 98 0 0 20 0 ${threads} 0 29 1000 25 1844 1\n`
  mkdirSync(join(procRoot, String(pid)))
  writeFileSync(join(procRoot, String(pid), 'stat'), line)
}

async function readingOf(source: Source): Promise<SourceReading> {
  const answer = await source.read()
  if (isAbsent(answer)) throw new Error(answer.absent)
  return answer
}

/** By status; `all` has none. */
function counts({ samples }: SourceReading): Record<string, number> {
  return Object.fromEntries(
    samples
      .filter(({ name }) => name === 'system.process.count')
      .map(({ attributes, value }) => [attributes['system.process.status'] ?? 'all', value]),
  )
}

const valueFor = (samples: readonly Sample[], name: string) =>
  samples.find((sample) => sample.name === name)?.value

test('counts processes by status, and their threads', async () => {
  for (const [index, state] of [...'RSSDITtZXW'].entries()) addProcess(index + 1, { state, threads: 2 })
  const reading = await readingOf(processTableSource({ procRoot, clock }))
  const some = { running: 1, sleeping: 2, blocked: 1, idle: 1, stopped: 2, defunct: 2, other: 1 }
  expect(counts(reading)).toEqual({ all: 10, ...some })
  expect(valueFor(reading.samples, 'system.linux.thread.count')).toBe(20)
})

test('is read every 10 seconds, for it takes a file of each process', () => {
  expect(processTableSource({ procRoot, clock }).everyMs).toBe(10_000)
})

test('is not led astray by the name of a process', async () => {
  for (const [index, name] of ['evil) R 1 (', 'a\nb', '\x1b[2J', ') Z', ''].entries())
    addProcess(index + 1, { name })
  const reading = await readingOf(processTableSource({ procRoot, clock }))
  expect(counts(reading)).toMatchObject({ all: 5, sleeping: 5, running: 0, defunct: 0 })
  expect(reading.skipped).toBe(0)
})

test('leaves out and counts what is garbage, and finds no fault in a process without a file', async () => {
  addProcess(1)
  for (const [index, text] of ['', 'garbage', '3 (cut) S 1 1', '\0\xff'].entries()) {
    addProcess(10 + index)
    writeFileSync(join(procRoot, String(10 + index), 'stat'), text)
  }
  mkdirSync(join(procRoot, '20'))
  const reading = await readingOf(processTableSource({ procRoot, clock }))
  expect(counts(reading)).toMatchObject({ all: 5, sleeping: 1 })
  expect(reading.skipped).toBe(4)
})

describe('with 2000 processes', () => {
  beforeEach(() => {
    for (let pid = 1; pid <= 2000; pid++) addProcess(pid)
  })

  test('lets other sources and timers have their turn between batches', async () => {
    const metrics: MetricDescriptor[] = [{ name: 'quick', kind: 'gauge', unit: '1', description: 'Quick.' }]
    let quickReads = 0
    const quick: Source = {
      name: 'quick',
      metrics,
      read() {
        quickReads += 1
        return { samples: [{ name: 'quick', attributes: {}, value: 1 }], skipped: 0 }
      },
    }
    const collector = new MetricsCollector({
      clock,
      sources: [processTableSource({ procRoot, clock }), quick],
    })
    let turns = 0
    // Others that wait for no time at all: each runs once, in the order in which they began to wait.
    const turn = () => {
      turns += 1
      if (turns < 2000 / 128) clock.setTimer(turn, 0)
    }
    const collecting = collector.collect().finally(() => finishedAfter.push(turns))
    const finishedAfter: number[] = []
    turn()
    // The first batch is read; the source waits for its turn, and the other one has been read.
    expect(quickReads).toBe(1)
    await clock.advance(0)
    const { samples, health } = await collecting
    expect(valueFor(samples, 'system.linux.thread.count')).toBe(2000)
    expect(health.map(({ state }) => state)).toEqual(['ok', 'ok'])
    expect(finishedAfter[0]).toBeGreaterThanOrEqual(15)
  })

  test('counts a process that ends in the middle of the scan neither as there nor as a fault', async () => {
    const source = processTableSource({ procRoot, clock })
    const reading = readingOf(source)
    rmSync(join(procRoot, '1'), { recursive: true })
    for (let pid = 1000; pid < 1500; pid++) rmSync(join(procRoot, String(pid)), { recursive: true })
    await clock.advance(1)
    const { skipped } = await reading
    const { all = 0, sleeping } = counts(await reading)
    expect(skipped).toBe(0)
    expect(sleeping).toBe(all)
    expect(all).toBeLessThan(2000)
    expect(all).toBeGreaterThanOrEqual(1499)
  })
})

test('gives what the kernel counts by itself, and leaves out what an old kernel has no file for', async () => {
  writeFileSync(join(procRoot, 'stat'), 'cpu 1 2\nprocesses 26442\nprocs_running 2\nprocs_blocked 0\n')
  const names = async () => (await readingOf(processesSource({ procRoot }))).samples.map(({ name }) => name)
  const always = ['system.process.created', 'system.linux.thread.runnable', 'system.linux.thread.blocked']
  expect(await names()).toEqual(always)
  mkdirSync(join(procRoot, 'sys/fs'), { recursive: true })
  writeFileSync(join(procRoot, 'sys/fs/file-nr'), '1024\t0\t9223372036854775807\n')
  expect(await names()).toEqual([
    ...always,
    'system.linux.file_handle.count',
    'system.linux.file_handle.limit',
  ])
})
