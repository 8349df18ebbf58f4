import type { MetricDescriptor } from '../../model/sample.ts'
import { KernelFile, type KernelText } from '../kernel/kernel-file.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { parseMeminfo } from './meminfo.ts'

export const memoryMetrics = {
  usage: {
    name: 'system.memory.usage',
    kind: 'gauge',
    unit: 'By',
    description:
      'Memory by state. The states add up to the limit; used is what is not free, cached or buffers.',
  },
  limit: {
    name: 'system.memory.limit',
    kind: 'gauge',
    unit: 'By',
    description: 'Memory of the host.',
  },
  utilization: {
    name: 'system.memory.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Share of memory that programs cannot get without swapping: 1 - available / limit.',
  },
} as const satisfies Record<string, MetricDescriptor>

const linuxMetrics = {
  available: {
    name: 'system.memory.linux.available',
    kind: 'gauge',
    unit: 'By',
    description: 'Estimate of the kernel of the memory that programs can get without swapping.',
  },
  slab: {
    name: 'system.memory.linux.slab.usage',
    kind: 'gauge',
    unit: 'By',
    description: 'Memory of the caches of the kernel, by whether it can be reclaimed.',
  },
  kinds: {
    name: 'system.memory.linux.usage',
    kind: 'gauge',
    unit: 'By',
    description: 'Memory by kind, as /proc/meminfo names them; kinds overlap, and do not add up to anything.',
  },
  hugePages: {
    name: 'system.memory.linux.hugepages.usage',
    kind: 'gauge',
    unit: '{page}',
    description: 'Pages of the pool of huge pages, by state. No series where the pool is empty.',
  },
} as const satisfies Record<string, MetricDescriptor>

const states = {
  used: { 'system.memory.state': 'used' },
  free: { 'system.memory.state': 'free' },
  buffers: { 'system.memory.state': 'buffers' },
  cached: { 'system.memory.state': 'cached' },
} as const

/** Kinds worth a series of their own: each answers a question on a machine that runs short of memory. */
const kinds = (
  [
    ['Active', 'active'],
    ['Inactive', 'inactive'],
    ['Active(anon)', 'active_anonymous'],
    ['Inactive(anon)', 'inactive_anonymous'],
    ['Active(file)', 'active_file'],
    ['Inactive(file)', 'inactive_file'],
    ['AnonPages', 'anonymous'],
    ['Mapped', 'mapped'],
    ['Shmem', 'shared'],
    ['Dirty', 'dirty'],
    ['Writeback', 'writeback'],
    ['PageTables', 'page_tables'],
    ['KernelStack', 'kernel_stack'],
    ['Mlocked', 'locked'],
    ['AnonHugePages', 'anonymous_huge'],
    ['Unevictable', 'unevictable'],
    ['SwapCached', 'swap_cached'],
    ['VmallocUsed', 'vmalloc'],
    ['Percpu', 'per_cpu'],
    ['HardwareCorrupted', 'hardware_corrupted'],
    ['Committed_AS', 'committed'],
    ['CommitLimit', 'commit_limit'],
  ] as const
).map(([name, kind]) => ({ name, attributes: { 'system.memory.kind': kind } }))

const slab = {
  reclaimable: { 'system.memory.linux.slab.state': 'reclaimable' },
  unreclaimable: { 'system.memory.linux.slab.state': 'unreclaimable' },
} as const

/** Memory of the host from `/proc/meminfo`. */
export function memorySource({ procRoot }: Pick<KernelRoots, 'procRoot'>): Source {
  const file = new KernelFile(`${procRoot}/meminfo`)
  return {
    name: 'memory',
    metrics: [...Object.values(memoryMetrics), ...Object.values(linuxMetrics)],
    read: () => parseMemory(file.read()),
    close: () => file.close(),
  }
}

/** Cached holds the reclaimable part of the slab, as `free` counts it. */
function parseMemory(text: KernelText): Readings {
  const readings = new Readings()
  const { bytes, count } = parseMeminfo(text)
  const limit = bytes('MemTotal')
  const available = bytes('MemAvailable')
  const free = bytes('MemFree')
  const buffers = bytes('Buffers')
  const reclaimable = bytes('SReclaimable')
  const cached = bytes('Cached') + reclaimable
  readings.add(memoryMetrics.usage, Math.max(0, limit - free - buffers - cached), states.used)
  readings.add(memoryMetrics.usage, free, states.free)
  readings.add(memoryMetrics.usage, buffers, states.buffers)
  readings.add(memoryMetrics.usage, cached, states.cached)
  readings.add(memoryMetrics.limit, limit)
  readings.add(memoryMetrics.utilization, Math.max(0, 1 - available / limit))
  readings.add(linuxMetrics.available, available)
  readings.addIfThere(linuxMetrics.slab, reclaimable, slab.reclaimable)
  readings.addIfThere(linuxMetrics.slab, bytes('SUnreclaim'), slab.unreclaimable)
  for (const { name, attributes } of kinds) readings.addIfThere(linuxMetrics.kinds, bytes(name), attributes)
  if (count('HugePages_Total') > 0) addHugePages(readings, count)
  return readings
}

function addHugePages(readings: Readings, count: (name: string) => number): void {
  const free = count('HugePages_Free')
  readings.add(linuxMetrics.hugePages, count('HugePages_Total') - free, hugePages.used)
  readings.add(linuxMetrics.hugePages, free, hugePages.free)
}

const hugePages = {
  used: { 'system.memory.linux.hugepages.state': 'used' },
  free: { 'system.memory.linux.hugepages.state': 'free' },
} as const
