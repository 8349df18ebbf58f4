import type { MetricDescriptor } from '../../model/sample.ts'
import { KernelFile, type KernelText } from '../kernel/kernel-file.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { parseMeminfo } from './meminfo.ts'

export const pagingMetrics = {
  usage: {
    name: 'system.paging.usage',
    kind: 'gauge',
    unit: 'By',
    description: 'Swap space by state.',
  },
  utilization: {
    name: 'system.paging.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Share of the swap space in use; nothing on a host without swap.',
  },
} as const satisfies Record<string, MetricDescriptor>

const linuxMetrics = {
  operations: {
    name: 'system.paging.operations',
    kind: 'counter',
    unit: '{operation}',
    description: 'Pages brought in from swap and written out to it.',
  },
  io: {
    name: 'system.linux.paging.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes brought in from disks and written out to them by the page cache.',
  },
  faults: {
    name: 'system.paging.faults',
    kind: 'counter',
    unit: '{fault}',
    description: 'Page faults: major ones had to read from disk.',
  },
  scanned: {
    name: 'system.linux.memory.scanned',
    kind: 'counter',
    unit: '{page}',
    description:
      'Pages looked at to find some that can be given up, by who did it: the background, or directly a program that had to wait for memory.',
  },
  reclaimed: {
    name: 'system.linux.memory.reclaimed',
    kind: 'counter',
    unit: '{page}',
    description: 'Pages that were given up, by who did it.',
  },
  refaults: {
    name: 'system.linux.memory.refaults',
    kind: 'counter',
    unit: '{page}',
    description:
      'Pages that were given up and soon needed again, of files and of programs: many mean thrashing.',
  },
  numaMisses: {
    name: 'system.linux.memory.numa_misses',
    kind: 'counter',
    unit: '{page}',
    description: 'Pages that came from another node of memory than the one that was wanted.',
  },
  outOfMemoryKills: {
    name: 'system.linux.memory.oom_kills',
    kind: 'counter',
    unit: '{process}',
    description: 'Processes that the kernel killed because memory ran out, since boot.',
  },
} as const satisfies Record<string, MetricDescriptor>

const used = { 'system.paging.state': 'used' } as const
const unused = { 'system.paging.state': 'free' } as const
const swappedIn = { 'system.paging.direction': 'in' } as const
const swappedOut = { 'system.paging.direction': 'out' } as const
const majorFault = { 'system.paging.fault.type': 'major' } as const
const minorFault = { 'system.paging.fault.type': 'minor' } as const

const background = { 'system.linux.memory.reclaimer': 'background' } as const
const direct = { 'system.linux.memory.reclaimer': 'direct' } as const
const ofFiles = { 'system.memory.kind': 'file' } as const
const ofPrograms = { 'system.memory.kind': 'anonymous' } as const

/** Swap space from `/proc/meminfo`, its traffic from `/proc/vmstat`. */
export function swapSource({ procRoot }: Pick<KernelRoots, 'procRoot'>): Source {
  const meminfo = new KernelFile(`${procRoot}/meminfo`)
  const vmstat = new KernelFile(`${procRoot}/vmstat`)
  return {
    name: 'swap',
    metrics: [...Object.values(pagingMetrics), ...Object.values(linuxMetrics)],
    read() {
      const readings = new Readings()
      addSwap(readings, meminfo.read())
      const traffic = vmstat.readIfThere()
      if (traffic !== undefined) addPaging(readings, traffic)
      return readings
    },
    close() {
      meminfo.close()
      vmstat.close()
    },
  }
}

/** Adds the swap space that `/proc/meminfo` tells of. */
function addSwap(readings: Readings, meminfo: KernelText): void {
  const { bytes } = parseMeminfo(meminfo)
  addSwapUsage(readings, bytes('SwapTotal'), bytes('SwapFree'))
}

/** Adds usage and utilisation from sizes in bytes. */
export function addSwapUsage(readings: Readings, total: number, free: number): void {
  const inUse = Math.max(0, total - free)
  readings.add(pagingMetrics.usage, inUse, used)
  readings.add(pagingMetrics.usage, free, unused)
  if (total > 0) readings.add(pagingMetrics.utilization, inUse / total)
}

/** Adds the traffic that `/proc/vmstat` tells of. */
function addPaging(readings: Readings, vmstat: KernelText): void {
  readings.add(linuxMetrics.operations, vmstat.count('pswpin '), swappedIn)
  readings.add(linuxMetrics.operations, vmstat.count('pswpout '), swappedOut)
  const major = vmstat.count('pgmajfault ')
  readings.add(linuxMetrics.faults, major, majorFault)
  readings.add(linuxMetrics.faults, vmstat.count('pgfault ') - major, minorFault)
  // The kernel counts these in KiB, whatever the size of its pages (mm/vmstat.c).
  readings.addIfThere(linuxMetrics.io, vmstat.count('pgpgin ') * 1024, swappedIn)
  readings.addIfThere(linuxMetrics.io, vmstat.count('pgpgout ') * 1024, swappedOut)
  readings.addIfThere(linuxMetrics.outOfMemoryKills, vmstat.count('oom_kill '))
  readings.addIfThere(linuxMetrics.scanned, vmstat.count('pgscan_kswapd '), background)
  readings.addIfThere(linuxMetrics.scanned, vmstat.count('pgscan_direct '), direct)
  readings.addIfThere(linuxMetrics.reclaimed, vmstat.count('pgsteal_kswapd '), background)
  readings.addIfThere(linuxMetrics.reclaimed, vmstat.count('pgsteal_direct '), direct)
  readings.addIfThere(linuxMetrics.refaults, vmstat.count('workingset_refault_file '), ofFiles)
  readings.addIfThere(linuxMetrics.refaults, vmstat.count('workingset_refault_anon '), ofPrograms)
  readings.addIfThere(linuxMetrics.numaMisses, vmstat.count('numa_miss '))
}
