import type { MetricDescriptor } from '../../model/sample.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { type KernelRoots, readKernelTextIfThere, wordsOf } from './kernel-text.ts'

// The name of load_1m is the example of OpenTelemetry's naming guide; it has no metric of its own.
export const loadMetrics = (['1m', '5m', '15m'] as const).map(
  (period): MetricDescriptor => ({
    name: `system.linux.cpu.load_${period}`,
    kind: 'gauge',
    unit: '{thread}',
    description: `Threads running, runnable or waiting for disk, averaged over ${period}.`,
  }),
)

/** Load averages from `/proc/loadavg`. */
export function loadSource({ procRoot }: Pick<KernelRoots, 'procRoot'>): Source {
  return {
    name: 'load',
    metrics: loadMetrics,
    async read() {
      const text = readKernelTextIfThere(`${procRoot}/loadavg`)
      return text === undefined ? 'absent' : parseLoad(text)
    },
  }
}

/** Reads `/proc/loadavg`. */
export function parseLoad(text: string): Readings {
  const readings = new Readings()
  const words = wordsOf(text)
  for (const [index, metric] of loadMetrics.entries()) {
    const word = words[index] ?? ''
    readings.add(metric, /^\d+\.\d+$/.test(word) ? Number(word) : Number.NaN)
  }
  return readings
}
