import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type KernelTree,
  kernelTree,
  readingOf,
  readNow,
  valuesOf,
} from '../../../test/support/kernel-tree.ts'
import { type ManualClock, manualClock } from '../../../test/support/manual-clock.ts'
import { cpuFrequencySource } from './cpu-frequency.ts'

const at = 'devices/system/cpu'
let sys: KernelTree
let clock: ManualClock
beforeEach(() => {
  clock = manualClock()
  sys = kernelTree({ [`${at}/online`]: '0-1\n', [`${at}/cpufreq/policy0/x`]: '' })
})
afterEach(() => sys.remove())
const source = () => cpuFrequencySource({ sysRoot: sys.root, clock })

function addCpu(number: number, core: number, processor = 0): void {
  sys.write({
    [`${at}/cpu${number}/cpufreq/scaling_cur_freq`]: `${2_000_000 + number}\n`,
    [`${at}/cpu${number}/cpufreq/scaling_max_freq`]: '3700000\n',
    [`${at}/cpu${number}/topology/core_id`]: `${core}\n`,
    [`${at}/cpu${number}/topology/physical_package_id`]: `${processor}\n`,
    [`${at}/cpu${number}/thermal_throttle/core_throttle_count`]: '5\n',
    [`${at}/cpu${number}/thermal_throttle/package_throttle_count`]: '30\n',
    [`${at}/cpu${number}/thermal_throttle/core_throttle_total_time_ms`]: '1500\n',
  })
}

test('reads each CPU, and each core and processor once though its CPUs all tell of it', () => {
  addCpu(0, 0)
  addCpu(1, 0)
  expect(valuesOf(readNow(source()))).toEqual({
    'system.cpu.frequency{cpu.logical_number="0"}': 2_000_000_000,
    'system.cpu.frequency{cpu.logical_number="1"}': 2_000_001_000,
    'system.linux.cpu.frequency.limit{cpu.logical_number="0"}': 3_700_000_000,
    'system.linux.cpu.frequency.limit{cpu.logical_number="1"}': 3_700_000_000,
    'system.linux.cpu.core.throttles{system.linux.cpu.core="0",system.linux.cpu.package="0"}': 5,
    'system.linux.cpu.core.throttled_time{system.linux.cpu.core="0",system.linux.cpu.package="0"}': 1.5,
    'system.linux.cpu.package.throttles{system.linux.cpu.package="0"}': 30,
  })
})

test('is absent on a virtual machine, and where there is no sysfs', () => {
  expect(readNow(source())).toEqual({ absent: expect.stringContaining('virtual machines') })
  sys.take(at)
  expect(readNow(source())).toHaveProperty('absent')
})

test('finds CPUs that appear within a minute, and does without those that went offline', async () => {
  addCpu(0, 0)
  const kept = source()
  readNow(kept)
  addCpu(1, 1)
  sys.take(`${at}/cpu0`)
  expect(readingOf(readNow(kept))).toMatchObject({ samples: [], skipped: 0 })
  await clock.advance(60_000)
  expect(Object.keys(valuesOf(readNow(kept)))).toContain('system.cpu.frequency{cpu.logical_number="1"}')
})

test('a frequency that the driver does not know is no fault', () => {
  addCpu(0, 0)
  sys.write({ [`${at}/cpu0/cpufreq/scaling_cur_freq`]: '<unknown>\n' })
  const { samples, skipped } = readingOf(readNow(source()))
  expect(samples.map(({ name }) => name)).not.toContain('system.cpu.frequency')
  expect(skipped).toBe(0)
})

test('counts what is unreadable, cut or garbage, and reads the rest', () => {
  addCpu(0, 0)
  sys.write({ [`${at}/cpu0/cpufreq/scaling_cur_freq`]: 'fast\n' })
  sys.spoil(`${at}/cpu0/cpufreq/scaling_max_freq`)
  sys.write({ [`${at}/cpu0/thermal_throttle/core_throttle_count`]: '' })
  expect(readingOf(readNow(source()))).toMatchObject({ skipped: 3, samples: { length: 2 } })
})

test('a kernel that sleeps at each CPU is left in time, and asked for the others next time', () => {
  for (let number = 0; number < 4; number++) addCpu(number, number)
  let monotonicMs = 0
  const slow = { ...clock, monotonicMs: () => (monotonicMs += 15) }
  const kept = cpuFrequencySource({ sysRoot: sys.root, clock: slow })
  const numbers = () =>
    readingOf(readNow(kept))
      .samples.filter(({ name }) => name === 'system.cpu.frequency')
      .map(({ attributes }) => attributes['cpu.logical_number'])
  expect([numbers(), numbers(), numbers()]).toEqual([
    ['0', '1'],
    ['2', '3'],
    ['0', '1'],
  ])
})

test('bounds how many CPUs it takes, in the order of their numbers, and counts the rest', () => {
  for (let number = 0; number < 130; number++)
    sys.write({ [`${at}/cpu${number}/cpufreq/scaling_cur_freq`]: '1\n' })
  const { samples, skipped } = readingOf(readNow(source()))
  expect([samples.length, samples.at(-1)?.attributes, skipped]).toEqual([
    128,
    { 'cpu.logical_number': '127' },
    2,
  ])
})
