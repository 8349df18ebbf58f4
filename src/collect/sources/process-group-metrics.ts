import type { MetricDescriptor } from '../../model/sample.ts'

export const processMemoryMetric = {
  name: 'process.memory.usage',
  kind: 'gauge',
  unit: 'By',
  description:
    'Resident memory of the monitored process and, on Linux, of the processes it started, by executable; pages they share are counted in each.',
} as const satisfies MetricDescriptor

/** Of the monitored process, and of those it started by the name of their executable. */
export const processGroupMetrics = {
  cpuTime: {
    name: 'process.cpu.time',
    kind: 'counter',
    unit: 's',
    description: 'CPU time of the monitored process and of the processes it started, by executable.',
  },
  memory: processMemoryMetric,
  virtual: {
    name: 'process.memory.virtual',
    kind: 'gauge',
    unit: 'By',
    description: 'Address space of the monitored process and of the processes it started, by executable.',
  },
  io: {
    name: 'process.disk.io',
    kind: 'counter',
    unit: 'By',
    description:
      'Bytes that the monitored process and those it started had read from and written to storage. No series where the kernel does not let them be seen.',
  },
  threads: {
    name: 'process.thread.count',
    kind: 'gauge',
    unit: '{thread}',
    description: 'Threads of the monitored process and of the processes it started, by executable.',
  },
  descriptors: {
    name: 'process.unix.file_descriptor.count',
    kind: 'gauge',
    unit: '{file_descriptor}',
    description: 'File descriptors that the monitored process has open.',
  },
  descriptorLimit: {
    name: 'process.unix.file_descriptor.limit',
    kind: 'gauge',
    unit: '{file_descriptor}',
    description:
      'File descriptors that the monitored process may have open. No series where there is no limit.',
  },
  faults: {
    name: 'process.paging.faults',
    kind: 'counter',
    unit: '{fault}',
    description:
      'Page faults of the monitored process and of the processes it started: major ones had to read.',
  },
  uptime: {
    name: 'process.uptime',
    kind: 'gauge',
    unit: 's',
    description: 'Time since the monitored process started.',
  },
  children: {
    name: 'process.children.count',
    kind: 'gauge',
    unit: '{process}',
    description: 'Processes that the monitored process started, and those that they started, that are there.',
  },
} as const satisfies Record<string, MetricDescriptor>
