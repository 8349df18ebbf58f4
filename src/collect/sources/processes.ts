import type { MetricDescriptor } from '../../model/sample.ts'
import { KernelFile, type KernelText } from '../kernel/kernel-file.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'

export const processMetrics = {
  count: {
    name: 'system.process.count',
    kind: 'gauge',
    unit: '{process}',
    description:
      'Processes this user can see; on Linux, every 10 seconds also by status: blocked ones wait for a device and cannot be interrupted, defunct ones have ended and were not waited for.',
  },
} as const satisfies Record<string, MetricDescriptor>

const linuxMetrics = {
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
  processLimit: {
    name: 'system.linux.process.limit',
    kind: 'gauge',
    unit: '{process}',
    description: 'Numbers there are for processes and threads (kernel.pid_max).',
  },
  threadLimit: {
    name: 'system.linux.thread.limit',
    kind: 'gauge',
    unit: '{thread}',
    description: 'Most threads the kernel lets there be (kernel.threads-max).',
  },
  handles: {
    name: 'system.linux.file_handle.count',
    kind: 'gauge',
    unit: '{handle}',
    description: 'Open files of all processes.',
  },
  handleLimit: {
    name: 'system.linux.file_handle.limit',
    kind: 'gauge',
    unit: '{handle}',
    description: 'Most files all processes together may have open.',
  },
} as const satisfies Record<string, MetricDescriptor>

/** What the kernel counts by itself. What takes a file per process is another source. */
export function processesSource({ procRoot }: Pick<KernelRoots, 'procRoot'>): Source {
  const stat = new KernelFile(`${procRoot}/stat`)
  const handles = new KernelFile(`${procRoot}/sys/fs/file-nr`)
  const processLimit = new KernelFile(`${procRoot}/sys/kernel/pid_max`)
  const threadLimit = new KernelFile(`${procRoot}/sys/kernel/threads-max`)
  return {
    name: 'processes',
    metrics: Object.values(linuxMetrics),
    read() {
      const readings = parseThreads(stat.read())
      addHandles(readings, handles.readIfThere())
      addLimit(readings, linuxMetrics.processLimit, processLimit.readIfThere())
      addLimit(readings, linuxMetrics.threadLimit, threadLimit.readIfThere())
      return readings
    },
    close() {
      for (const file of [stat, handles, processLimit, threadLimit]) file.close()
    },
  }
}

/** Reads the lines of `/proc/stat` on processes. */
function parseThreads(text: KernelText): Readings {
  const readings = new Readings()
  readings.add(linuxMetrics.created, text.count('processes '))
  readings.add(linuxMetrics.runnable, text.count('procs_running '))
  readings.add(linuxMetrics.blocked, text.count('procs_blocked '))
  return readings
}

/** Handles allocated, a zero, most there may be (kernel Documentation/admin-guide/sysctl/fs.rst). */
function addHandles(readings: Readings, text: KernelText | undefined): void {
  if (text === undefined) return
  const cursor = text.cursor()
  readings.add(linuxMetrics.handles, cursor.wholeNumber())
  cursor.skipWords(1)
  readings.add(linuxMetrics.handleLimit, cursor.wholeNumber())
}

function addLimit(readings: Readings, metric: MetricDescriptor, text: KernelText | undefined): void {
  if (text !== undefined) readings.add(metric, text.cursor().wholeNumber())
}
