import type { MetricDescriptor } from '../../model/sample.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { type KernelRoots, readKernelText } from './kernel-text.ts'
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
} as const satisfies Record<string, MetricDescriptor>

/** Memory of the host from `/proc/meminfo`. */
export function memorySource({ procRoot }: Pick<KernelRoots, 'procRoot'>): Source {
  return {
    name: 'memory',
    metrics: [...Object.values(memoryMetrics), ...Object.values(linuxMetrics)],
    read: async () => parseMemory(readKernelText(`${procRoot}/meminfo`)),
  }
}

/** Cached holds the reclaimable part of the slab, as `free` counts it. */
export function parseMemory(text: string): Readings {
  const readings = new Readings()
  const { bytes, skipped } = parseMeminfo(text)
  readings.skip(skipped)
  const limit = bytes('MemTotal')
  const available = bytes('MemAvailable')
  const free = bytes('MemFree')
  const buffers = bytes('Buffers')
  const cached = bytes('Cached') + bytes('SReclaimable')
  const used = Math.max(0, limit - free - buffers - cached)
  for (const [state, value] of Object.entries({ used, free, buffers, cached }))
    readings.add(memoryMetrics.usage, value, { 'system.memory.state': state })
  readings.add(memoryMetrics.limit, limit)
  readings.add(memoryMetrics.utilization, Math.max(0, 1 - available / limit))
  readings.add(linuxMetrics.available, available)
  return readings
}
