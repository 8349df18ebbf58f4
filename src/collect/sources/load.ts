import type { MetricDescriptor } from '../../model/sample.ts'
import { KernelFile, type KernelText } from '../kernel/kernel-file.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'

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
  const file = new KernelFile(`${procRoot}/loadavg`)
  return {
    name: 'load',
    metrics: loadMetrics,
    read() {
      const text = file.readIfThere()
      return text === undefined ? { absent: `no ${procRoot}/loadavg` } : parseLoad(text)
    },
    close: () => file.close(),
  }
}

/** Reads `/proc/loadavg`. */
function parseLoad(text: KernelText): Readings {
  const readings = new Readings()
  const cursor = text.cursor()
  for (const metric of loadMetrics) readings.add(metric, cursor.decimal())
  return readings
}
