import { Readings } from '../../readings.ts'
import type { Source } from '../../source.ts'
import { loadMetrics } from '../load.ts'

interface PortableLoadOptions {
  /** Over 1, 5 and 15 minutes; undefined where there are none. */
  readonly readLoadAverages: () => readonly number[] | undefined
}

/** Load averages, as the system keeps them; Windows keeps none. */
export function portableLoadSource({ readLoadAverages }: PortableLoadOptions): Source {
  return {
    name: 'load',
    metrics: loadMetrics,
    read() {
      const averages = readLoadAverages()
      if (averages === undefined) return { absent: 'the system keeps no load averages' }
      const readings = new Readings()
      for (const [index, metric] of loadMetrics.entries()) readings.add(metric, averages[index] ?? Number.NaN)
      return readings
    },
  }
}
