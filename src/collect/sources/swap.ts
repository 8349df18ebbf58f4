import type { MetricDescriptor } from '../../model/sample.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { type KernelRoots, namedCount, readKernelText, readKernelTextIfThere } from './kernel-text.ts'
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
  faults: {
    name: 'system.paging.faults',
    kind: 'counter',
    unit: '{fault}',
    description: 'Page faults: major ones had to read from disk.',
  },
} as const satisfies Record<string, MetricDescriptor>

/** Swap space from `/proc/meminfo`, its traffic from `/proc/vmstat`. */
export function swapSource({ procRoot }: Pick<KernelRoots, 'procRoot'>): Source {
  return {
    name: 'swap',
    metrics: [...Object.values(pagingMetrics), ...Object.values(linuxMetrics)],
    async read() {
      const readings = new Readings()
      addSwap(readings, readKernelText(`${procRoot}/meminfo`))
      const vmstat = readKernelTextIfThere(`${procRoot}/vmstat`)
      if (vmstat !== undefined) addPaging(readings, vmstat)
      return readings
    },
  }
}

/** Adds the swap space that `/proc/meminfo` tells of. */
export function addSwap(readings: Readings, meminfo: string): void {
  const { bytes, skipped } = parseMeminfo(meminfo)
  readings.skip(skipped)
  addSwapUsage(readings, bytes('SwapTotal'), bytes('SwapFree'))
}

/** Adds usage and utilisation from sizes in bytes. */
export function addSwapUsage(readings: Readings, total: number, free: number): void {
  const used = Math.max(0, total - free)
  readings.add(pagingMetrics.usage, used, { 'system.paging.state': 'used' })
  readings.add(pagingMetrics.usage, free, { 'system.paging.state': 'free' })
  if (total > 0) readings.add(pagingMetrics.utilization, used / total)
}

/** Adds the traffic that `/proc/vmstat` tells of. */
export function addPaging(readings: Readings, vmstat: string): void {
  const swappedIn = namedCount(vmstat, 'pswpin')
  const swappedOut = namedCount(vmstat, 'pswpout')
  readings.add(linuxMetrics.operations, swappedIn, { 'system.paging.direction': 'in' })
  readings.add(linuxMetrics.operations, swappedOut, { 'system.paging.direction': 'out' })
  const major = namedCount(vmstat, 'pgmajfault')
  const minor = namedCount(vmstat, 'pgfault') - major
  readings.add(linuxMetrics.faults, major, { 'system.paging.fault.type': 'major' })
  readings.add(linuxMetrics.faults, minor, { 'system.paging.fault.type': 'minor' })
}
