import { freemem, totalmem } from 'node:os'
import { Readings } from '../../readings.ts'
import type { Source } from '../../source.ts'
import { memoryMetrics } from '../memory.ts'
import { ask, known, type PackageDoor, packageDeadlineMs, packageEveryMs } from './system-information.ts'

interface PortableMemoryOptions extends PackageDoor {
  /** Bytes of memory, and of those that are free. @default those of `node:os` */
  readonly readMemory?: () => { readonly total: number; readonly free: number }
}

const states = {
  used: { 'system.memory.state': 'used' },
  free: { 'system.memory.state': 'free' },
  cached: { 'system.memory.state': 'cached' },
} as const

const askNode = () => ({ total: totalmem(), free: freemem() })

/** Memory of the host. */
export function portableMemorySource({ readMemory = askNode, ...door }: PortableMemoryOptions): Source {
  return door.platform === 'win32' ? nodeSource(readMemory) : packageSource(door)
}

/**
 * Windows counts its cache as free: what is free is what programs can get, and Node tells it without a PowerShell. How
 * much of it is cache is not told.
 */
function nodeSource(readMemory: () => { readonly total: number; readonly free: number }): Source {
  return {
    name: 'memory',
    metrics: Object.values(memoryMetrics),
    read() {
      const readings = new Readings()
      const { total, free } = readMemory()
      const used = known(total - free)
      readings.add(memoryMetrics.usage, used, states.used)
      readings.add(memoryMetrics.usage, known(free), states.free)
      readings.add(memoryMetrics.limit, known(total))
      readings.add(memoryMetrics.utilization, used / total)
      return readings
    },
  }
}

/** Elsewhere nearly all memory is cache soon, and only the package tells how much of it. */
function packageSource(door: PackageDoor): Source {
  return {
    name: 'memory',
    metrics: Object.values(memoryMetrics),
    everyMs: packageEveryMs,
    startsProcess: true,
    deadlineMs: packageDeadlineMs,
    async read() {
      const memory = await ask(door, 'mem', (information) => information.mem())
      const total = known(memory.total)
      const free = known(memory.free)
      // Where the system told no more than free memory, the package makes all the rest active, and none of it cache.
      const isTold = memory.buffcache !== 0 && memory.active > 0 && memory.active <= total
      // Free memory is read a moment before the rest: the parts may pass the whole by a little.
      const used = isTold ? Math.min(memory.active, total - free) : Number.NaN
      const readings = new Readings()
      readings.add(memoryMetrics.usage, used, states.used)
      readings.add(memoryMetrics.usage, free, states.free)
      readings.add(memoryMetrics.usage, total - free - used, states.cached)
      readings.add(memoryMetrics.limit, total)
      readings.add(memoryMetrics.utilization, used / total)
      return readings
    },
  }
}
