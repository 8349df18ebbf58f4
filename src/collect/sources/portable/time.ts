import { uptime } from 'node:os'
import { Readings } from '../../readings.ts'
import type { Source } from '../../source.ts'
import { timeMetrics } from '../clock.ts'
import { known } from './system-information.ts'

interface PortableTimeOptions {
  /** Seconds. @default that of `node:os` */
  readonly readUptime?: () => number
}

/** How long the machine has been up. */
export function portableTimeSource({ readUptime = uptime }: PortableTimeOptions = {}): Source {
  return {
    name: 'time',
    metrics: [timeMetrics.uptime],
    everyMs: 60_000,
    read() {
      const readings = new Readings()
      readings.add(timeMetrics.uptime, known(readUptime()))
      return readings
    },
  }
}
