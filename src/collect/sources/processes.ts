import type { MetricDescriptor } from '../../model/sample.ts'
import { readdirSync } from '../../system/files.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { type KernelRoots, namedCount, readKernelText } from './kernel-text.ts'

export const processMetrics = {
  count: {
    name: 'system.process.count',
    kind: 'gauge',
    unit: '{process}',
    description: 'Processes this user can see.',
  },
  created: {
    name: 'system.process.created',
    kind: 'counter',
    unit: '{process}',
    description: 'Processes and threads created since boot.',
  },
  runnable: {
    name: 'system.linux.thread.runnable',
    kind: 'gauge',
    unit: '{thread}',
    description: 'Threads that run or could.',
  },
  blocked: {
    name: 'system.linux.thread.blocked',
    kind: 'gauge',
    unit: '{thread}',
    description: 'Threads that wait for a disk or another device and cannot be interrupted.',
  },
} as const satisfies Record<string, MetricDescriptor>

/**
 * Counts of processes. The state of each is left out: it takes one file per process, about 20 times the cost of
 * counting the entries of `/proc`, and the kernel itself counts the threads that run and those that are blocked.
 */
export function processesSource({ procRoot }: Pick<KernelRoots, 'procRoot'>): Source {
  return {
    name: 'processes',
    metrics: Object.values(processMetrics),
    async read() {
      const readings = parseThreads(readKernelText(`${procRoot}/stat`))
      const processes = readdirSync(procRoot).filter((name) => /^\d+$/.test(name))
      readings.add(processMetrics.count, processes.length)
      return readings
    },
  }
}

/** Reads the lines of `/proc/stat` on processes. */
export function parseThreads(text: string): Readings {
  const readings = new Readings()
  readings.add(processMetrics.created, namedCount(text, 'processes'))
  readings.add(processMetrics.runnable, namedCount(text, 'procs_running'))
  readings.add(processMetrics.blocked, namedCount(text, 'procs_blocked'))
  return readings
}
