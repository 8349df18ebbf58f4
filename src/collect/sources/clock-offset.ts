import { fileURLToPath } from 'node:url'
import type { MetricDescriptor } from '../../model/sample.ts'
import type { Clock } from '../../system/clock.ts'
import { entryModule } from '../../system/entry-module.ts'
import { exec } from '../../system/exec.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import type { ClockState } from './clock-offset/timex.ts'

const metrics = {
  offset: {
    name: 'system.linux.clock.offset',
    kind: 'gauge',
    unit: 's',
    description: 'What the kernel has still to correct of its clock, which is behind when positive.',
  },
  maxError: {
    name: 'system.linux.clock.max_error',
    kind: 'gauge',
    unit: 's',
    description: 'The most that the clock can be wrong by, as the kernel reckons it from its time service.',
  },
  synchronized: {
    name: 'system.linux.clock.synchronized',
    kind: 'gauge',
    unit: '1',
    description: '1 when the kernel holds its clock to be kept right by a time service, else 0.',
  },
} as const satisfies Record<string, MetricDescriptor>

/** A process costs some 50 ms of CPU time, and clocks drift by milliseconds an hour. */
const everyMs = 600_000
const deadlineMs = 10_000

interface ClockOffsetOptions {
  readonly clock: Clock
  /** Asks the kernel. @default in a process of its own */
  readonly ask?: () => Promise<string>
}

/** How far the kernel's clock is off, from adjtimex(2), as node_exporter's timex collector asks it. */
export function clockOffsetSource({ clock, ask = () => askKernel(clock) }: ClockOffsetOptions): Source {
  return {
    name: 'clock-offset',
    metrics: Object.values(metrics),
    everyMs,
    startsProcess: true,
    deadlineMs,
    async read() {
      const state = JSON.parse(await ask()) as ClockState | null
      if (state === null)
        return { absent: 'cannot ask adjtimex(2): the optional dependency koffi is not installed' }
      const { offsetSeconds, maxErrorSeconds, isSynchronized } = state
      const readings = new Readings()
      readings.add(metrics.offset, offsetSeconds)
      readings.add(metrics.maxError, maxErrorSeconds)
      readings.add(metrics.synchronized, isSynchronized ? 1 : 0)
      return readings
    },
  }
}

async function askKernel(clock: Clock): Promise<string> {
  const entry = fileURLToPath(entryModule('./clock-offset/timex-process', import.meta.url))
  return (await exec(process.execPath, [entry], { clock, timeoutMs: deadlineMs - 1000 })).stdout
}
