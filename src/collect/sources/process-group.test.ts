import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ManualClock, manualClock } from '../../../test/support/manual-clock.ts'
import { seriesKey } from '../../model/sample.ts'
import { isAbsent, type Source } from '../source.ts'
import { processGroupSource } from './process-group.ts'

let procRoot: string
let clock: ManualClock
beforeEach(() => {
  procRoot = mkdtempSync(join(tmpdir(), 'proc-'))
  clock = manualClock()
})
afterEach(() => rmSync(procRoot, { recursive: true }))

interface Figures {
  readonly name?: string
  readonly parent?: number
  readonly user?: number
  readonly started?: number
  readonly pages?: number
  readonly readBytes?: number
  readonly exe?: string
  /** Leaves the list of children out, as a kernel without them. */
  readonly children?: readonly number[] | undefined
}

function setProcess(pid: number, figures: Figures = {}): void {
  const { name = 'python3', parent = 1, user = 0, started = 100, pages = 10, readBytes, exe } = figures
  const folder = join(procRoot, String(pid))
  mkdirSync(join(folder, 'task', String(pid)), { recursive: true })
  const line = `${pid} (${name}) S ${parent} 1 1 0 -1 0 5 0 6 0 ${user} 7 0 0 20 0 2 0 ${started} 8192 ${pages} 99 1\n`
  writeFileSync(join(folder, 'stat'), line)
  if (readBytes !== undefined)
    writeFileSync(
      join(folder, 'io'),
      `rchar: 1\nread_bytes: ${readBytes}\nwrite_bytes: 3\ncancelled_write_bytes: 9\n`,
    )
  if (figures.children)
    writeFileSync(join(folder, 'task', String(pid), 'children'), `${figures.children.join(' ')} `)
  rmSync(join(folder, 'exe'), { force: true })
  if (exe) symlinkSync(exe, join(folder, 'exe'))
}

const endProcess = (pid: number) => rmSync(join(procRoot, String(pid)), { recursive: true })

async function valuesOf(source: Source): Promise<ReadonlyMap<string, number>> {
  const answer = await source.read()
  if (isAbsent(answer)) throw new Error(answer.absent)
  return new Map(answer.samples.map((sample) => [seriesKey(sample), sample.value]))
}

const child = (metric: string, executable: string, more = '') =>
  `${metric}{${more}process.executable.name="${executable}",process.group="children"}`
const userTime = (executable: string) => child('process.cpu.time', executable, 'cpu.mode="user",')

test('gives the figures of the monitored process, and no number of a process', async () => {
  setProcess(10, { user: 250, started: 2000, readBytes: 4096, children: [] })
  mkdirSync(join(procRoot, '10', 'fd'))
  for (const name of ['0', '1', '2']) writeFileSync(join(procRoot, '10', 'fd', name), '')
  const limits = 'Limit                     Soft Limit           Hard Limit           Units     \n'
  writeFileSync(join(procRoot, '10', 'limits'), `${limits}Max open files            1024  4096  files\n`)
  writeFileSync(join(procRoot, 'uptime'), '50.25 100.00\n')
  const values = await valuesOf(processGroupSource({ procRoot, clock, pid: 10 }))
  expect(Object.fromEntries(values)).toEqual({
    'process.cpu.time{cpu.mode="user",process.group="self"}': 2.5,
    'process.cpu.time{cpu.mode="system",process.group="self"}': 0.07,
    'process.memory.usage{process.group="self"}': 10 * 4096,
    'process.memory.virtual{process.group="self"}': 8192,
    'process.disk.io{disk.io.direction="read",process.group="self"}': 4096,
    'process.disk.io{disk.io.direction="write",process.group="self"}': 3,
    'process.thread.count{process.group="self"}': 2,
    'process.paging.faults{process.group="self",system.paging.fault.type="minor"}': 5,
    'process.paging.faults{process.group="self",system.paging.fault.type="major"}': 6,
    'process.unix.file_descriptor.count{process.group="self"}': 3,
    'process.unix.file_descriptor.limit{process.group="self"}': 1024,
    'process.uptime{process.group="self"}': 30.25,
    'process.children.count{process.group="children"}': 0,
  })
})

test('adds up what it started by executable, at any depth, and leaves out what may not be seen', async () => {
  setProcess(10, { children: [11, 12] })
  setProcess(11, { name: 'sh', exe: '/bin/dash', children: [13], pages: 1 })
  setProcess(12, { exe: '/usr/bin/python3.13 (deleted)', user: 100, pages: 2, children: [] })
  setProcess(13, { exe: '/opt/py/python3.13', user: 200, pages: 3, readBytes: 7, children: [99] })
  const values = await valuesOf(processGroupSource({ procRoot, clock, pid: 10 }))
  expect(values.get('process.children.count{process.group="children"}')).toBe(3)
  expect(values.get(userTime('python3.13'))).toBe(3)
  expect(values.get(child('process.memory.usage', 'python3.13'))).toBe(5 * 4096)
  expect(values.get(child('process.memory.usage', 'dash'))).toBe(4096)
  expect(values.get(child('process.disk.io', 'python3.13', 'disk.io.direction="read",'))).toBe(7)
  expect(values.has(child('process.disk.io', 'dash', 'disk.io.direction="read",'))).toBe(false)
})

test('keeps the counters of children that end, and counts all that a new one used', async () => {
  const source = processGroupSource({ procRoot, clock, pid: 10 })
  const userSeconds = async () => (await valuesOf(source)).get(userTime('ffmpeg'))
  setProcess(10, { children: [11] })
  setProcess(11, { name: 'ffmpeg', user: 100, children: [] })
  expect(await userSeconds()).toBe(1)
  setProcess(11, { name: 'ffmpeg', user: 250, children: [] })
  expect(await userSeconds()).toBe(2.5)
  endProcess(11)
  setProcess(10, { children: [] })
  expect(await userSeconds()).toBe(2.5)
  expect((await valuesOf(source)).get(child('process.memory.usage', 'ffmpeg'))).toBe(0)
  // The number is used again: a start at another time tells the new process from the old one.
  setProcess(10, { children: [11] })
  setProcess(11, { name: 'ffmpeg', user: 50, started: 900, children: [] })
  expect(await userSeconds()).toBe(3)
})

test('counts nothing twice when a child is missing from a reading, or may not be asked for a while', async () => {
  const source = processGroupSource({ procRoot, clock, pid: 10 })
  const key = child('process.disk.io', 'ffmpeg', 'disk.io.direction="read",')
  const all = async () => {
    const values = await valuesOf(source)
    return [values.get(userTime('ffmpeg')), values.get(key)]
  }
  setProcess(10, { children: [11] })
  setProcess(11, { name: 'ffmpeg', user: 100, readBytes: 1000, children: [] })
  expect(await all()).toEqual([1, 1000])
  setProcess(10, { children: [] })
  expect(await all()).toEqual([1, 1000])
  setProcess(10, { children: [11] })
  rmSync(join(procRoot, '11', 'io'))
  expect(await all()).toEqual([1, 1000])
  setProcess(11, { name: 'ffmpeg', user: 150, readBytes: 1500, children: [] })
  expect(await all()).toEqual([1.5, 1500])
})

test('names 16 executables and gathers the rest, and makes hostile names printable', async () => {
  const names = [
    'evil) R 1 (',
    'a\nb',
    '\x1b[2J',
    '',
    ...Array.from({ length: 30 }, (_, at) => `worker-${at}`),
  ]
  setProcess(10, { children: names.map((_, at) => 100 + at) })
  for (const [at, name] of names.entries()) setProcess(100 + at, { name, pages: 1, children: [] })
  const values = await valuesOf(processGroupSource({ procRoot, clock, pid: 10 }))
  const memory = [...values.keys()].filter((key) => key.startsWith('process.memory.usage{process.exec'))
  expect(memory).toHaveLength(17)
  expect(memory.slice(0, 4)).toEqual(
    ['evil) R 1 (', 'a?b', '?[2J', 'unknown'].map((name) => child('process.memory.usage', name)),
  )
  expect(values.get(child('process.memory.usage', 'other'))).toBe((names.length - 16) * 4096)
})

test('looks through the process table every 10 seconds where the kernel has no lists of children', async () => {
  const source = processGroupSource({ procRoot, clock, pid: 10 })
  const count = async () => (await valuesOf(source)).get('process.children.count{process.group="children"}')
  setProcess(10)
  for (let pid = 11; pid < 200; pid++) setProcess(pid, { parent: pid % 2 ? 10 : pid - 1 })
  const first = count()
  await clock.advance(0)
  expect(await first).toBe(189)
  setProcess(300, { parent: 10 })
  endProcess(12)
  await clock.advance(5000)
  expect(await count()).toBe(188)
  await clock.advance(5000)
  const later = count()
  await clock.advance(0)
  expect(await later).toBe(189)
})

test('leaves out descendants past the bound, and counts them', async () => {
  const children = Array.from({ length: 1030 }, (_, at) => 100 + at)
  setProcess(10, { children })
  for (const pid of children) setProcess(pid, { children: [] })
  const answer = await processGroupSource({ procRoot, clock, pid: 10 }).read()
  expect(answer).toMatchObject({ skipped: 6 })
})

test('is absent when the monitored process has ended, and fails when it cannot be read', async () => {
  const source = processGroupSource({ procRoot, clock, pid: 10 })
  expect(await source.read()).toEqual({ absent: `no ${procRoot}/10: the monitored process has ended` })
  expect(await processGroupSource({ procRoot, clock }).read()).toHaveProperty('absent')
  setProcess(10)
  writeFileSync(join(procRoot, '10', 'stat'), 'garbage')
  expect(() => source.read()).toThrow('/10/stat')
})

describe.skipIf(process.platform !== 'linux')('on this machine (needs Linux)', () => {
  let started: ChildProcess
  beforeEach(async () => {
    started = spawn('sleep', ['60'])
    await once(started, 'spawn')
  })
  afterEach(() => started.kill())

  test('sees this process and the child it started, as the runtime does', async () => {
    const values = await valuesOf(processGroupSource({ procRoot: '/proc', clock }))
    const rssBytes = process.memoryUsage.rss()
    const resident = values.get('process.memory.usage{process.group="self"}') ?? 0
    expect(Math.abs(resident - rssBytes) / rssBytes).toBeLessThan(0.05)
    const uptime = values.get('process.uptime{process.group="self"}') ?? 0
    expect(Math.abs(uptime - process.uptime())).toBeLessThan(1)
    expect(values.get('process.children.count{process.group="children"}')).toBeGreaterThanOrEqual(1)
    expect(values.get('process.unix.file_descriptor.count{process.group="self"}')).toBeGreaterThan(3)
    const children = [...values.keys()].filter((key) => key.includes('process.executable.name'))
    expect(children.length).toBeGreaterThan(0)
  })
})
