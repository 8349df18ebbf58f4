import { afterEach, beforeEach, expect, test } from 'vitest'
import { type KernelTree, kernelTree, readingOf, valuesOf } from '../../../test/support/kernel-tree.ts'
import { type ManualClock, manualClock } from '../../../test/support/manual-clock.ts'
import { EnergyCounter } from './hwmon/energy-counter.ts'
import { hwmonSource } from './hwmon.ts'

let sys: KernelTree
let clock: ManualClock
beforeEach(() => {
  clock = manualClock()
  sys = kernelTree()
})
afterEach(() => sys.remove())
const source = () => hwmonSource({ sysRoot: sys.root, clock })

/** A chip of the kernel: its directory with its device, and the link to it among the classes. */
function addChip(number: number, device: string, files: Record<string, string>): void {
  const path = `devices/${device}/hwmon/hwmon${number}`
  for (const [name, text] of Object.entries(files)) sys.write({ [`${path}/${name}`]: `${text}\n` })
  sys.link(`${path}/device`, '../..')
  sys.link(`class/hwmon/hwmon${number}`, `../../${path}`)
}
const addNvme = (number: number, address: string, card: number, files: Record<string, string> = {}) =>
  addChip(number, `pci0000:00/0000:00:1d.0/${address}/nvme/nvme${card}`, {
    name: 'nvme',
    temp1_input: '41850',
    temp1_label: 'Composite',
    ...files,
  })
const ids = async (of = source()) =>
  readingOf(await of.read()).samples.map(({ attributes }) => attributes['hw.id'])

test('tells each sensor with its chip, its place and the part of the machine', async () => {
  addNvme(0, '0000:01:00.0', 0, { temp1_crit: '84850' })
  addChip(1, 'platform/x', { name: 'corsairpsu', power1_input: '150500000', fan1_input: '900' })
  expect(readingOf(await source().read()).samples).toEqual([
    {
      name: 'hw.temperature',
      attributes: {
        'hw.id': 'nvme/0000:01:00.0/temp1',
        'hw.name': 'nvme Composite',
        'hw.type': 'physical_disk',
      },
      value: 41.85,
    },
    {
      name: 'hw.temperature.limit',
      attributes: {
        'hw.id': 'nvme/0000:01:00.0/temp1',
        'hw.name': 'nvme Composite',
        'hw.type': 'physical_disk',
        'hw.limit_type': 'high.critical',
      },
      value: 84.85,
    },
    {
      name: 'hw.fan.speed',
      attributes: { 'hw.id': 'corsairpsu/x/fan1', 'hw.name': 'corsairpsu fan1', 'hw.type': 'fan' },
      value: 900,
    },
    {
      name: 'hw.power',
      attributes: {
        'hw.id': 'corsairpsu/x/power1',
        'hw.name': 'corsairpsu power1',
        'hw.type': 'power_supply',
      },
      value: 150.5,
    },
  ])
})

test('knows a sensor by its place, not by the numbers that change at a restart', async () => {
  addNvme(0, '0000:01:00.0', 0)
  addNvme(1, '0000:02:00.0', 1)
  const before = await ids()
  sys.take('class')
  sys.take('devices')
  addNvme(3, '0000:01:00.0', 1)
  addNvme(2, '0000:02:00.0', 0)
  expect((await ids()).sort()).toEqual(before)
})

test('leaves GPUs to their own source, and the mirrors of thermal zones to the zones', async () => {
  addChip(0, 'pci0000:00/0000:03:00.0', { name: 'amdgpu', temp1_input: '50000' })
  addChip(1, 'pci0000:00/0000:04:00.0', { name: 'nouveau', temp1_input: '50000' })
  sys.write({ 'class/thermal/thermal_zone0/type': 'acpitz\n', 'class/thermal/thermal_zone0/temp': '27800\n' })
  sys.write({ 'class/hwmon/hwmon2/name': 'acpitz\n', 'class/hwmon/hwmon2/temp1_input': '27800\n' })
  sys.link('class/hwmon/hwmon2/device', '../../thermal/thermal_zone0')
  expect(await ids()).toEqual(['thermal_zone/acpitz'])
})

test('numbers sensors that nothing tells apart', async () => {
  for (const zone of [0, 1, 2])
    sys.write({
      [`class/thermal/thermal_zone${zone}/type`]: 'acpitz\n',
      [`class/thermal/thermal_zone${zone}/temp`]: '20000\n',
    })
  expect(await ids()).toEqual(['thermal_zone/acpitz', 'thermal_zone/acpitz#2', 'thermal_zone/acpitz#3'])
})

test('reads temperatures below zero, and none that is below what is possible', async () => {
  addNvme(0, '0000:01:00.0', 0, { temp1_input: '-5500', temp2_input: '-273150' })
  const { samples, skipped } = readingOf(await source().read())
  expect([samples.map(({ value }) => value), skipped]).toEqual([[-5.5], 1])
})

test('leaves out limits that are disabled', async () => {
  addNvme(0, '0000:01:00.0', 0, { temp1_crit: '0', temp2_input: '1000', temp2_crit: '65261850' })
  expect(readingOf(await source().read()).samples.map(({ name }) => name)).toEqual([
    'hw.temperature',
    'hw.temperature',
  ])
})

test('counts a sensor that is broken, garbage or unreadable, and reads the others', async () => {
  addNvme(0, '0000:01:00.0', 0, {
    temp1_fault: '1',
    temp2_input: 'hot',
    temp3_input: '',
    temp4_input: '1',
    temp5_input: '30000',
    temp5_fault: '0',
  })
  const chip = 'devices/pci0000:00/0000:00:1d.0/0000:01:00.0/nvme/nvme0/hwmon/hwmon0'
  sys.spoil(`${chip}/temp4_input`)
  const { samples, skipped } = readingOf(await source().read())
  expect([samples.map(({ value }) => value), skipped]).toEqual([[30], 4])
})

test('a sensor that goes away is no fault, and one that appears is found within a minute', async () => {
  addNvme(0, '0000:01:00.0', 0)
  const kept = source()
  expect(await ids(kept)).toEqual(['nvme/0000:01:00.0/temp1'])
  sys.take('devices')
  addNvme(1, '0000:02:00.0', 1)
  expect(await kept.read()).toMatchObject({ samples: [], skipped: 0 })
  await clock.advance(60_000)
  expect(await ids(kept)).toEqual(['nvme/0000:02:00.0/temp1'])
})

test('is absent on a virtual machine', async () => {
  expect(await source().read()).toEqual({ absent: expect.stringContaining('virtual machines') })
})

test('the energy of a processor only grows, though its counter starts again', async () => {
  const zone = (name: string, microjoules: number) =>
    sys.write({
      [`class/powercap/${name}/name`]: name === 'intel-rapl:0' ? 'package-0\n' : 'dram\n',
      [`class/powercap/${name}/energy_uj`]: `${microjoules}\n`,
      [`class/powercap/${name}/max_energy_range_uj`]: '262143328850\n',
    })
  zone('intel-rapl:0', 262_143_000_000)
  zone('intel-rapl:0:0', 1_000_000)
  sys.write({ 'class/powercap/intel-rapl-mmio:0/energy_uj': '7\n' })
  const kept = source()
  const read = async () => valuesOf(await kept.read())
  const first = await read()
  expect(first).toEqual({
    'hw.energy{hw.id="rapl/package-0",hw.name="package-0",hw.type="cpu"}': 262_143,
    'hw.energy{hw.id="rapl/package-0/dram",hw.name="package-0/dram",hw.type="memory"}': 1,
  })
  zone('intel-rapl:0', 671_150)
  expect(Object.values(await read())[0]).toBe(262_144)
})

test('an energy counter that was set back does not leap, and garbage does not move it', () => {
  const counter = new EnergyCounter()
  expect([100, Number.NaN, 400, 300, 310].map((raw) => counter.add(raw, 1000))).toEqual([
    ...[100, Number.NaN, 400, 700, 710],
  ])
})

test('bounds how many sensors it takes, and counts the rest', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 130 }, (_, index): [string, string] => [`temp${index}_input`, '1000']),
  )
  addChip(0, 'platform/many', { name: 'many', ...files })
  expect(readingOf(await source().read())).toMatchObject({ samples: { length: 128 }, skipped: 2 })
})
