import type { MetricDescriptor } from '../../model/sample.ts'
import type { Clock } from '../../system/clock.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { ProcessFiles } from '../kernel/process-files.ts'
import { scanProcesses } from '../kernel/process-table.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { processMetrics } from './processes.ts'

const linuxMetrics = {
  threads: {
    name: 'system.linux.thread.count',
    kind: 'gauge',
    unit: '{thread}',
    description: 'Threads of all processes this user can see.',
  },
} as const satisfies Record<string, MetricDescriptor>

/** A scan takes one file per process, some 3 µs each. */
const everyMs = 10_000

const statuses = ['running', 'sleeping', 'blocked', 'idle', 'stopped', 'defunct', 'other'] as const
type Status = (typeof statuses)[number]

/** The letters of the kernel (fs/proc/array.c); I is a thread of the kernel that has nothing to do. */
const statusOfState: Readonly<Record<string, Status>> = {
  R: 'running',
  S: 'sleeping',
  D: 'blocked',
  I: 'idle',
  T: 'stopped',
  t: 'stopped',
  Z: 'defunct',
  X: 'defunct',
  x: 'defunct',
}

const statusAttributes = statuses.map((status) => ({ 'system.process.status': status }))

/** The process table: the number of processes, by what they do, and of their threads. */
export function processTableSource(options: Pick<KernelRoots, 'procRoot'> & { clock: Clock }): Source {
  const { clock } = options
  const files = new ProcessFiles(options)
  return {
    name: 'process-table',
    metrics: [processMetrics.count, ...Object.values(linuxMetrics)],
    everyMs,
    read: () => scan({ files, clock, pids: files.list() }),
  }
}

async function scan(table: Parameters<typeof scanProcesses>[0]): Promise<Readings> {
  const byStatus = new Map<Status, number>()
  let threads = 0
  const { gone, skipped } = await scanProcesses(table, (stat) => {
    const status = statusOfState[stat.state] ?? 'other'
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
    threads += stat.threads
  })
  const readings = new Readings()
  readings.skip(skipped)
  readings.add(processMetrics.count, table.pids.length - gone)
  for (const [index, status] of statuses.entries())
    readings.add(processMetrics.count, byStatus.get(status) ?? 0, statusAttributes[index])
  readings.add(linuxMetrics.threads, threads)
  return readings
}
