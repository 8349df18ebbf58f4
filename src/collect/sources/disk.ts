import type { MetricDescriptor } from '../../model/sample.ts'
import { existsSync } from '../../system/files.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { type KernelRoots, linesOf, readKernelTextIfThere, wholeNumber, wordsOf } from './kernel-text.ts'

export const diskMetrics = {
  io: {
    name: 'system.disk.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes read from and written to each physical disk.',
  },
} as const satisfies Record<string, MetricDescriptor>

const linuxMetrics = {
  operations: {
    name: 'system.disk.operations',
    kind: 'counter',
    unit: '{operation}',
    description: 'Completed operations of each physical disk.',
  },
  ioTime: {
    name: 'system.disk.io_time',
    kind: 'counter',
    unit: 's',
    description: 'Time each physical disk had at least one operation in flight.',
  },
} as const satisfies Record<string, MetricDescriptor>

/** The sector of `/proc/diskstats` is 512 bytes, whatever the disk's own is (kernel Documentation/block/stat.rst). */
const sectorBytes = 512

/**
 * Traffic of physical disks from `/proc/diskstats`. A disk is physical when sysfs has a `device` behind it:
 * partitions, device mapper, RAID, loop, RAM disks have none, and would count the same bytes twice.
 */
export function diskSource({ procRoot, sysRoot }: KernelRoots): Source {
  return {
    name: 'disk',
    metrics: [...Object.values(diskMetrics), ...Object.values(linuxMetrics)],
    async read() {
      const text = readKernelTextIfThere(`${procRoot}/diskstats`)
      if (text === undefined) return 'absent'
      // Sysfs writes the slash of a device name (`cciss/c0d0`) as an exclamation mark.
      return parseDisks(text, (name) => existsSync(`${sysRoot}/block/${name.replaceAll('/', '!')}/device`))
    },
  }
}

/** Reads `/proc/diskstats`; lines of other devices than physical ones are no fault, and not looked at further. */
export function parseDisks(text: string, isPhysical: (name: string) => boolean): Readings {
  const readings = new Readings()
  const disks = linesOf(text)
    .map(wordsOf)
    .filter(([, , name]) => name !== undefined && isPhysical(name))
  for (const [, , name = '', ...columns] of readings.bounded(disks)) addDisk(readings, name, columns)
  return readings
}

/** Adds one line: its columns after the name, as the kernel's Documentation/admin-guide/iostats.rst orders them. */
function addDisk(readings: Readings, name: string, columns: readonly string[]): void {
  const [reads, , sectorsRead, , writes, , sectorsWritten, , , ioTimeMs] = columns.map(wholeNumber)
  const read = { 'system.device': name, 'disk.io.direction': 'read' }
  const write = { 'system.device': name, 'disk.io.direction': 'write' }
  const missing = Number.NaN
  readings.add(diskMetrics.io, (sectorsRead ?? missing) * sectorBytes, read)
  readings.add(diskMetrics.io, (sectorsWritten ?? missing) * sectorBytes, write)
  readings.add(linuxMetrics.operations, reads ?? missing, read)
  readings.add(linuxMetrics.operations, writes ?? missing, write)
  readings.add(linuxMetrics.ioTime, (ioTimeMs ?? missing) / 1000, { 'system.device': name })
}
