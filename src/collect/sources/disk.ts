import type { Attributes, MetricDescriptor } from '../../model/sample.ts'
import type { Clock } from '../../system/clock.ts'
import { existsSync } from '../../system/files.ts'
import { KernelFile, type KernelText } from '../kernel/kernel-file.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'

export const diskMetrics = {
  io: {
    name: 'system.disk.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes read from and written to each physical disk.',
  },
  operations: {
    name: 'system.disk.operations',
    kind: 'counter',
    unit: '{operation}',
    description: 'Completed operations of each physical disk.',
  },
} as const satisfies Record<string, MetricDescriptor>

const linuxMetrics = {
  merged: {
    name: 'system.disk.merged',
    kind: 'counter',
    unit: '{operation}',
    description: 'Operations of each physical disk that were merged into another before they were issued.',
  },
  operationTime: {
    name: 'system.disk.operation_time',
    kind: 'counter',
    unit: 's',
    description: 'Time that the completed operations of each physical disk took, waiting included, added up.',
  },
  ioTime: {
    name: 'system.disk.io_time',
    kind: 'counter',
    unit: 's',
    description: 'Time each physical disk had at least one operation in flight.',
  },
  weightedIoTime: {
    name: 'system.disk.weighted_io_time',
    kind: 'counter',
    unit: 's',
    description: 'Time each physical disk had operations in flight, times their number.',
  },
  discards: {
    name: 'system.linux.disk.discards',
    kind: 'counter',
    unit: '{operation}',
    description: 'Completed discards (TRIM) of each physical disk.',
  },
  flushes: {
    name: 'system.linux.disk.flushes',
    kind: 'counter',
    unit: '{operation}',
    description: 'Completed flushes of the cache of each physical disk.',
  },
  flushTime: {
    name: 'system.linux.disk.flush_time',
    kind: 'counter',
    unit: 's',
    description: 'Time that the completed flushes of each physical disk took, added up.',
  },
  pending: {
    name: 'system.disk.pending_operations',
    kind: 'gauge',
    unit: '{operation}',
    description: 'Operations of each physical disk that are in flight.',
  },
  utilization: {
    name: 'system.disk.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Share of time since the reading before that the disk had at least one operation in flight.',
  },
  latency: {
    name: 'system.disk.latency',
    kind: 'gauge',
    unit: 's',
    description:
      'Mean time of the operations completed since the reading before; no series when there were none.',
  },
} as const satisfies Record<string, MetricDescriptor>

/** The sector of `/proc/diskstats` is 512 bytes, whatever the disk's own is (kernel Documentation/block/stat.rst). */
const sectorBytes = 512

/** The columns after the name, in order (kernel Documentation/admin-guide/iostats.rst). */
const columnNames = [
  ...['reads', 'readsMerged', 'sectorsRead', 'readMs'],
  ...['writes', 'writesMerged', 'sectorsWritten', 'writeMs'],
  ...['pending', 'ioMs', 'weightedIoMs'],
  // Of newer kernels.
  ...['discards', 'discardsMerged', 'sectorsDiscarded', 'discardMs', 'flushes', 'flushMs'],
] as const

/** One line of the file. */
interface DiskCounts {
  readonly name: string
  /** As `columnNames`; `NaN` for what is no number. */
  readonly columns: readonly number[]
}

interface Disk {
  readonly isPhysical: boolean
  readonly attributes: Record<'device' | 'read' | 'write', Attributes>
  before?: { readonly columns: readonly number[]; readonly monotonicMs: number }
}

/**
 * Traffic of physical disks from `/proc/diskstats`. A disk is physical when sysfs has a `device` behind it:
 * partitions, device mapper, RAID, loop, RAM disks have none, and would count the same bytes twice.
 */
export function diskSource({ procRoot, sysRoot, clock }: KernelRoots & { readonly clock: Clock }): Source {
  const file = new KernelFile(`${procRoot}/diskstats`)
  let disks = new Map<string, Disk>()
  // Sysfs writes the slash of a device name (`cciss/c0d0`) as an exclamation mark.
  const isPhysical = (name: string) => existsSync(`${sysRoot}/block/${name.replaceAll('/', '!')}/device`)
  return {
    name: 'disk',
    metrics: [...Object.values(diskMetrics), ...Object.values(linuxMetrics)],
    read() {
      const text = file.readIfThere()
      if (text === undefined) return { absent: `no ${procRoot}/diskstats` }
      const lines = parseDisks(text)
      // A disk that comes back under the name of another one is looked at again.
      disks = new Map(lines.map(({ name }) => [name, disks.get(name) ?? newDisk(name, isPhysical(name))]))
      const readings = new Readings()
      const physical = lines.filter(({ name }) => disks.get(name)?.isPhysical)
      for (const { name, columns } of readings.bounded(physical)) {
        const disk = disks.get(name)
        if (disk) addDisk(readings, disk, columns, clock.monotonicMs())
      }
      return readings
    },
    close: () => file.close(),
  }
}

function newDisk(name: string, isPhysical: boolean): Disk {
  const device = { 'system.device': name }
  const read = { ...device, 'disk.io.direction': 'read' }
  return { isPhysical, attributes: { device, read, write: { ...device, 'disk.io.direction': 'write' } } }
}

/** Reads `/proc/diskstats`. */
function parseDisks(text: KernelText): readonly DiskCounts[] {
  const lines: DiskCounts[] = []
  for (const cursor = text.cursor(); !cursor.isAtEnd; cursor.skipLine()) {
    cursor.skipWords(2)
    const name = cursor.word()
    if (name !== '') lines.push({ name, columns: columnNames.map(() => cursor.wholeNumber()) })
  }
  return lines
}

function addDisk(readings: Readings, disk: Disk, columns: readonly number[], monotonicMs: number): void {
  const { device, read, write } = disk.attributes
  const [reads, readsMerged, sectorsRead, readMs, ...others] = columns as Columns
  const [writes, writesMerged, sectorsWritten, writeMs, pending, ioMs, weightedIoMs, ...newer] = others
  const [discards, , , , flushes, flushMs] = newer
  readings.add(diskMetrics.io, sectorsRead * sectorBytes, read)
  readings.add(diskMetrics.io, sectorsWritten * sectorBytes, write)
  readings.add(diskMetrics.operations, reads, read)
  readings.add(diskMetrics.operations, writes, write)
  readings.add(linuxMetrics.merged, readsMerged, read)
  readings.add(linuxMetrics.merged, writesMerged, write)
  readings.add(linuxMetrics.operationTime, readMs / 1000, read)
  readings.add(linuxMetrics.operationTime, writeMs / 1000, write)
  readings.add(linuxMetrics.ioTime, ioMs / 1000, device)
  readings.add(linuxMetrics.weightedIoTime, weightedIoMs / 1000, device)
  readings.add(linuxMetrics.pending, pending, device)
  readings.addIfThere(linuxMetrics.discards, discards, device)
  readings.addIfThere(linuxMetrics.flushes, flushes, device)
  readings.addIfThere(linuxMetrics.flushTime, flushMs / 1000, device)
  const { before } = disk
  disk.before = { columns, monotonicMs }
  if (before === undefined) return
  const growth = columns.map((value, index) => value - (before.columns[index] ?? 0))
  addGrowth(readings, disk, growth as unknown as Columns, monotonicMs - before.monotonicMs)
}

/** A counter that fell has started again: what it counted since the reading before is not known. */
function addGrowth(readings: Readings, { attributes }: Disk, growth: Columns, elapsedMs: number): void {
  const [reads, , , readMs, writes, , , writeMs, , ioMs] = growth
  const { device, read, write } = attributes
  // The kernel counts in ticks of its own, which may pass the time between two readings a little.
  if (elapsedMs > 0 && ioMs >= 0)
    readings.add(linuxMetrics.utilization, Math.min(1, ioMs / elapsedMs), device)
  if (reads > 0 && readMs >= 0) readings.add(linuxMetrics.latency, readMs / 1000 / reads, read)
  if (writes > 0 && writeMs >= 0) readings.add(linuxMetrics.latency, writeMs / 1000 / writes, write)
}

type Columns = readonly [
  ...[reads: number, readsMerged: number, sectorsRead: number, readMs: number],
  ...[writes: number, writesMerged: number, sectorsWritten: number, writeMs: number],
  ...[pending: number, ioMs: number, weightedIoMs: number],
  ...[discards: number, discardsMerged: number, sectorsDiscarded: number, discardMs: number],
  ...[flushes: number, flushMs: number],
]
