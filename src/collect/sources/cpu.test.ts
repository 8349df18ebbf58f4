import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readOf } from '../../../test/support/read-of.ts'
import { cpuSource } from './cpu.ts'

const procRoot = mkdtempSync(join(tmpdir(), 'proc-'))
afterAll(() => rmSync(procRoot, { recursive: true }))

/** Reads twice and returns the utilisation of the second reading by logical number; `all` has none. */
async function utilizationBetween(first: string, second: string): Promise<Record<string, number>> {
  const source = cpuSource({ procRoot })
  writeFileSync(join(procRoot, 'stat'), first)
  await source.read()
  writeFileSync(join(procRoot, 'stat'), second)
  const reading = await readOf(source)
  return Object.fromEntries(
    reading.samples
      .filter(({ name }) => name === 'system.cpu.utilization')
      .map(({ attributes, value }) => [attributes['cpu.logical_number'] ?? 'all', value]),
  )
}

//                user nice system idle iowait irq softirq steal guest guest_nice
const before = 'cpu 100 0 100 800 0 0 0 0 0 0\ncpu0 50 0 50 400 0 0 0 0 0 0\ncpu1 50 0 50 400 0 0 0 0 0 0\n'

test('measures utilisation from the growth since the reading before, waiting for disks being idle', async () => {
  const after =
    'cpu 160 0 110 910 20 0 0 0 0 0\ncpu0 110 0 60 420 10 0 0 0 0 0\ncpu1 50 0 50 490 10 0 0 0 0 0\n'
  expect(await utilizationBetween(before, after)).toEqual({ all: 0.35, 0: 0.7, 1: 0 })
})

test('says nothing of a CPU that was offline, or of two readings within one kernel tick', async () => {
  const hotPlugged = `${before}cpu2 9 0 9 9 0 0 0 0 0 0\n`
  expect(await utilizationBetween(before, hotPlugged)).toEqual({})
})

test('does not let idle time that steps back make a utilisation above 1', async () => {
  const after = 'cpu 110 0 100 790 0 0 0 0 0 0\n'
  expect(await utilizationBetween(before, after)).toEqual({ all: 1 })
})

test('counts guest time once, as the user time it is part of', async () => {
  const after = 'cpu 150 0 100 850 0 0 0 0 50 0\n'
  expect(await utilizationBetween(before, after)).toEqual({ all: 0.5 })
})

test('throws when there is no /proc/stat, for every Linux has one', async () => {
  expect(() => cpuSource({ procRoot: join(procRoot, 'nowhere') }).read()).toThrow('ENOENT')
})
