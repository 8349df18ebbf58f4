import type { MetricDescriptor } from '../../../model/sample.ts'
import { Readings } from '../../readings.ts'
import type { Source } from '../../source.ts'
import { diskMetrics } from '../disk.ts'
import { ask, known, type PackageDoor, packageDeadlineMs, packageEveryMs } from './system-information.ts'

const read = { 'disk.io.direction': 'read' } as const
const write = { 'disk.io.direction': 'write' } as const

/** Bytes and operations of all disks together. */
export function portableDiskSource(door: PackageDoor): Source {
  return {
    name: 'disk',
    metrics: Object.values(diskMetrics),
    everyMs: packageEveryMs,
    startsProcess: true,
    deadlineMs: packageDeadlineMs,
    async read() {
      const bytes = await ask(door, 'fsStats', (information) => information.fsStats())
      const counts = await ask(door, 'disksIO', (information) => information.disksIO())
      if (bytes === null && counts === null)
        return { absent: 'the package systeminformation tells nothing of the disks of this system' }
      const readings = new Readings()
      addPair(readings, diskMetrics.io, bytes?.rx, bytes?.wx)
      addPair(readings, diskMetrics.operations, counts?.rIO, counts?.wIO)
      return readings
    },
  }
}

/** Nothing read and nothing written is what the package says when it could not ask: the host did boot from a disk. */
function addPair(readings: Readings, metric: MetricDescriptor, reads: unknown, writes: unknown): void {
  const isTold = reads !== 0 || writes !== 0
  readings.add(metric, isTold ? known(reads) : Number.NaN, read)
  readings.add(metric, isTold ? known(writes) : Number.NaN, write)
}
