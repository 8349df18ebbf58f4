/** Our numbers beside those of node_exporter on its own fixtures of /proc (Apache-2.0, see the data's licence). */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manualClock } from '../../../test/support/manual-clock.ts'
import { readOf } from '../../../test/support/read-of.ts'
import { type Attributes, type Sample, seriesKey } from '../../model/sample.ts'
import type { Source } from '../source.ts'
import { cpuSource } from './cpu.ts'
import { diskSource } from './disk.ts'
import { loadSource } from './load.ts'
import { memorySource } from './memory.ts'
import { processesSource } from './processes.ts'
import { swapSource } from './swap.ts'

const fixtures = join(import.meta.dirname, '../../../../shared/data/proc-fixtures/node_exporter')
const procRoot = join(fixtures, 'proc')
const physicalDisks = ['sda', 'sdb', 'sdc', 'vda', 'nvme0n1', 'mmcblk0', 'sr0']

describe.skipIf(!existsSync(fixtures))('beside node_exporter (needs its fixtures in ../shared)', () => {
  const golden = new Map<string, number>()
  const sysRoot = mkdtempSync(join(tmpdir(), 'sys-'))
  afterAll(() => rmSync(sysRoot, { recursive: true }))

  beforeAll(() => {
    for (const line of readFileSync(join(fixtures, 'e2e-output.txt'), 'utf8').split('\n')) {
      const blank = line.lastIndexOf(' ')
      if (!line.startsWith('#')) golden.set(line.slice(0, blank), Number(line.slice(blank + 1)))
    }
    for (const name of physicalDisks) mkdirSync(join(sysRoot, 'block', name, 'device'), { recursive: true })
  })

  const samplesOf = async (source: Source): Promise<readonly Sample[]> => {
    const reading = await readOf(source)
    expect(reading.samples.length).toBeGreaterThan(0)
    return reading.samples
  }

  const valuesOf = async (source: Source) => {
    const values = new Map((await samplesOf(source)).map((sample) => [seriesKey(sample), sample.value]))
    return (name: string, attributes: Attributes = {}) => values.get(seriesKey({ name, attributes }))
  }

  const expected = (key: string): number => {
    const value = golden.get(key)
    if (value === undefined) throw new Error(`node_exporter has no ${key}`)
    return value
  }

  test('counts the same seconds of every CPU in every mode', async () => {
    const samples = await samplesOf(cpuSource({ procRoot }))
    const times = samples.filter(({ name }) => name === 'system.cpu.time')
    expect(times).toHaveLength(8 * 8)
    for (const { attributes, value } of times) {
      const mode = attributes['cpu.mode'] === 'interrupt' ? 'irq' : attributes['cpu.mode']
      const key = `node_cpu_seconds_total{cpu="${attributes['cpu.logical_number']}",mode="${mode}"}`
      expect(value, key).toBe(expected(key))
    }
    expect(samples.find(({ name }) => name === 'system.cpu.logical.count')?.value).toBe(8)
    expect(samples.some(({ name }) => name === 'system.cpu.utilization')).toBe(false)
  })

  test('counts the same memory, and leaves out what this old kernel does not estimate', async () => {
    const valueFor = await valuesOf(memorySource({ procRoot }))
    const state = (name: string) =>
      valueFor('system.memory.usage', { 'system.memory.state': name }) ?? Number.NaN
    expect(valueFor('system.memory.limit')).toBe(expected('node_memory_MemTotal_bytes'))
    expect(state('free')).toBe(expected('node_memory_MemFree_bytes'))
    expect(state('buffers')).toBe(expected('node_memory_Buffers_bytes'))
    expect(state('cached')).toBe(
      expected('node_memory_Cached_bytes') + expected('node_memory_SReclaimable_bytes'),
    )
    expect(state('used') + state('free') + state('buffers') + state('cached')).toBe(
      expected('node_memory_MemTotal_bytes'),
    )
    expect(valueFor('system.memory.utilization')).toBeUndefined()
  })

  test('counts the same swap space and traffic', async () => {
    const valueFor = await valuesOf(swapSource({ procRoot }))
    const free = expected('node_memory_SwapFree_bytes')
    const total = expected('node_memory_SwapTotal_bytes')
    expect(valueFor('system.paging.usage', { 'system.paging.state': 'free' })).toBe(free)
    expect(valueFor('system.paging.utilization')).toBe((total - free) / total)
    const operations = (direction: string) =>
      valueFor('system.paging.operations', { 'system.paging.direction': direction })
    expect(operations('in')).toBe(expected('node_vmstat_pswpin'))
    expect(operations('out')).toBe(expected('node_vmstat_pswpout'))
    const faults = (type: string) =>
      valueFor('system.paging.faults', { 'system.paging.fault.type': type }) ?? 0
    expect(faults('major')).toBe(expected('node_vmstat_pgmajfault'))
    expect(faults('major') + faults('minor')).toBe(expected('node_vmstat_pgfault'))
  })

  test('counts the same bytes, operations and time of every physical disk, and of nothing else', async () => {
    const source = diskSource({ procRoot, sysRoot, clock: manualClock() })
    const devices = (await samplesOf(source)).map(({ attributes }) => attributes['system.device'])
    expect(new Set(devices)).toEqual(new Set(physicalDisks))
    const valueFor = await valuesOf(source)
    for (const device of physicalDisks) {
      const read = { 'system.device': device, 'disk.io.direction': 'read' }
      const write = { 'system.device': device, 'disk.io.direction': 'write' }
      const key = (name: string) => expected(`node_disk_${name}_total{device="${device}"}`)
      expect(valueFor('system.disk.io', read)).toBe(key('read_bytes'))
      expect(valueFor('system.disk.io', write)).toBe(key('written_bytes'))
      expect(valueFor('system.disk.operations', read)).toBe(key('reads_completed'))
      expect(valueFor('system.disk.operations', write)).toBe(key('writes_completed'))
      expect(valueFor('system.disk.io_time', { 'system.device': device })).toBeCloseTo(
        key('io_time_seconds'),
        6,
      )
    }
  })

  test('reads the same load and process counts', async () => {
    const load = await valuesOf(loadSource({ procRoot }))
    expect(load('system.linux.cpu.load_1m')).toBe(expected('node_load1'))
    expect(load('system.linux.cpu.load_5m')).toBe(expected('node_load5'))
    expect(load('system.linux.cpu.load_15m')).toBe(expected('node_load15'))
    const processes = await valuesOf(processesSource({ procRoot }))
    expect(processes('system.process.created')).toBe(expected('node_forks_total'))
    expect(processes('system.linux.thread.runnable')).toBe(expected('node_procs_running'))
    expect(processes('system.linux.thread.blocked')).toBe(expected('node_procs_blocked'))
  })
})
