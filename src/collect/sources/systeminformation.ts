import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { cpuMetrics } from './cpu.ts'
import { diskMetrics } from './disk.ts'
import { addSpace, filesystemMetrics } from './filesystem.ts'
import { loadMetrics } from './load.ts'
import { memoryMetrics } from './memory.ts'
import { interfaceAttributes, networkMetrics } from './network.ts'
import { processMetrics } from './processes.ts'
import { addSwapUsage, pagingMetrics } from './swap.ts'

/** What is used of the package `systeminformation`: sizes in bytes, shares in percent, counts since boot. */
export interface SystemInformation {
  currentLoad(): Promise<{
    readonly currentLoad: number
    readonly cpus: readonly { readonly load: number }[]
  }>
  mem(): Promise<{
    readonly total: number
    readonly free: number
    readonly active: number
    readonly available: number
    readonly buffcache: number
    readonly swaptotal: number
    readonly swapfree: number
  }>
  fsSize(): Promise<
    readonly {
      readonly fs: string
      readonly mount: string
      readonly type: string
      readonly size: number
      readonly used: number
      readonly available: number
    }[]
  >
  /** Totals of all disks; `null` on Windows. */
  fsStats(): Promise<{ readonly rx: number; readonly wx: number } | null>
  processes(): Promise<{ readonly all: number }>
  networkStats(interfaces: string): Promise<
    readonly {
      readonly iface: string
      readonly rx_bytes: number
      readonly rx_errors: number
      readonly rx_dropped: number
      readonly tx_bytes: number
      readonly tx_errors: number
      readonly tx_dropped: number
    }[]
  >
}

/** Loads the package when it is first needed: it is large, and Linux never needs it. */
export interface SystemInformationOptions {
  readonly loadSystemInformation: () => Promise<SystemInformation>
  /** Over 1, 5 and 15 minutes; undefined where there are none. */
  readonly readLoadAverages: () => readonly number[] | undefined
}

type PackageDoor = Pick<SystemInformationOptions, 'loadSystemInformation'>

/** Utilisation since the call before; CPU time by mode is not told. */
export function portableCpuSource({ loadSystemInformation }: PackageDoor): Source {
  return {
    name: 'cpu',
    metrics: [cpuMetrics.utilization, cpuMetrics.logicalCount],
    async read() {
      const { currentLoad, cpus } = await (await loadSystemInformation()).currentLoad()
      const readings = new Readings()
      readings.add(cpuMetrics.utilization, currentLoad / 100)
      for (const [number, { load }] of readings.bounded(cpus).entries())
        readings.add(cpuMetrics.utilization, load / 100, { 'cpu.logical_number': `${number}` })
      readings.add(cpuMetrics.logicalCount, cpus.length)
      return readings
    },
  }
}

/** Memory and swap space in one source: each call starts child processes. */
export function portableMemorySource({ loadSystemInformation }: PackageDoor): Source {
  return {
    name: 'memory',
    metrics: [...Object.values(memoryMetrics), ...Object.values(pagingMetrics)],
    async read() {
      const memory = await (await loadSystemInformation()).mem()
      const readings = new Readings()
      const states = { used: memory.active, free: memory.free, cached: memory.buffcache }
      for (const [state, value] of Object.entries(states))
        readings.add(memoryMetrics.usage, value, { 'system.memory.state': state })
      readings.add(memoryMetrics.limit, memory.total)
      readings.add(memoryMetrics.utilization, 1 - memory.available / memory.total)
      addSwapUsage(readings, memory.swaptotal, memory.swapfree)
      return readings
    },
  }
}

/** Space of the file systems that the package lists. */
export function portableFilesystemSource({ loadSystemInformation }: PackageDoor): Source {
  return {
    name: 'filesystem',
    metrics: Object.values(filesystemMetrics),
    async read() {
      const filesystems = await (await loadSystemInformation()).fsSize()
      const readings = new Readings()
      for (const { fs, mount, type, size, used, available } of readings.bounded(filesystems)) {
        const reserved = Math.max(0, size - used - available)
        addSpace(readings, { device: fs, mountpoint: mount, type }, { used, free: available, reserved })
      }
      return readings
    },
  }
}

/** Bytes of all disks together. */
export function portableDiskSource({ loadSystemInformation }: PackageDoor): Source {
  return {
    name: 'disk',
    metrics: Object.values(diskMetrics),
    async read() {
      const disks = await (await loadSystemInformation()).fsStats()
      if (disks === null) return { absent: 'the system tells no totals of its disks' }
      const readings = new Readings()
      readings.add(diskMetrics.io, disks.rx, { 'disk.io.direction': 'read' })
      readings.add(diskMetrics.io, disks.wx, { 'disk.io.direction': 'write' })
      return readings
    },
  }
}

/** Traffic of every interface. */
export function portableNetworkSource({ loadSystemInformation }: PackageDoor): Source {
  return {
    name: 'network',
    metrics: Object.values(networkMetrics),
    async read() {
      const interfaces = await (await loadSystemInformation()).networkStats('*')
      const readings = new Readings()
      for (const counts of readings.bounded(interfaces)) {
        const receive = interfaceAttributes(counts.iface, 'receive')
        const transmit = interfaceAttributes(counts.iface, 'transmit')
        readings.add(networkMetrics.io, counts.rx_bytes, receive)
        readings.add(networkMetrics.io, counts.tx_bytes, transmit)
        readings.add(networkMetrics.errors, counts.rx_errors, receive)
        readings.add(networkMetrics.errors, counts.tx_errors, transmit)
        readings.add(networkMetrics.dropped, counts.rx_dropped, receive)
        readings.add(networkMetrics.dropped, counts.tx_dropped, transmit)
      }
      return readings
    },
  }
}

/** Load averages, as the system keeps them; Windows keeps none. */
export function portableLoadSource({ readLoadAverages }: SystemInformationOptions): Source {
  return {
    name: 'load',
    metrics: loadMetrics,
    async read() {
      const averages = readLoadAverages()
      if (averages === undefined) return { absent: 'the system keeps no load averages' }
      const readings = new Readings()
      for (const [index, metric] of loadMetrics.entries()) readings.add(metric, averages[index] ?? Number.NaN)
      return readings
    },
  }
}

/** How many processes there are. */
export function portableProcessesSource({ loadSystemInformation }: PackageDoor): Source {
  return {
    name: 'processes',
    metrics: [processMetrics.count],
    async read() {
      const { all } = await (await loadSystemInformation()).processes()
      const readings = new Readings()
      readings.add(processMetrics.count, all)
      return readings
    },
  }
}
