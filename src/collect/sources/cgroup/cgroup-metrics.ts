import type { MetricDescriptor } from '../../../model/sample.ts'

const describe = (
  kind: MetricDescriptor['kind'],
  name: string,
  unit: string,
  description: string,
): MetricDescriptor => ({ name: `container.${name}`, kind, unit, description })

/** The first four are named by OpenTelemetry; the others are ours, in its manner. */
export const cgroupMetrics = {
  cpuTime: describe('counter', 'cpu.time', 's', 'CPU time of the cgroup of this process, by mode.'),
  memoryUsage: describe(
    'gauge',
    'memory.usage',
    'By',
    'Memory that the cgroup is charged for, cached files included.',
  ),
  workingSet: describe(
    'gauge',
    'memory.working_set',
    'By',
    'Memory of the cgroup less pages of files not used lately, as Kubernetes computes it: what counts against the limit before processes are killed.',
  ),
  cpuLimit: describe(
    'gauge',
    'cpu.limit',
    '{cpu}',
    "CPUs' worth of time that the cgroup may use: the least quota of it and of all above it. No series without a quota.",
  ),
  cpuUtilization: describe(
    'gauge',
    'cpu.utilization',
    '1',
    'Share of the CPU time that the cgroup may use, used since the reading before: of its quota, or of the CPUs it may run on where that is less. Inside a container this, not system.cpu.utilization, says how near it is to being throttled.',
  ),
  periods: describe(
    'counter',
    'cpu.periods',
    '{period}',
    'Periods of the CPU quota in which the cgroup ran.',
  ),
  throttledPeriods: describe(
    'counter',
    'cpu.throttled.periods',
    '{period}',
    'Periods in which the CPU quota of the cgroup ran out.',
  ),
  throttledTime: describe(
    'counter',
    'cpu.throttled.time',
    's',
    'Time that the CPUs of the cgroup stood still because its quota had run out, of all CPUs added up.',
  ),
  memoryLimit: describe(
    'gauge',
    'memory.limit',
    'By',
    'Memory that the cgroup may use: the least limit of it, of all above it, and the memory of the machine.',
  ),
  memoryUtilization: describe(
    'gauge',
    'memory.utilization',
    '1',
    'Working set by limit. Inside a container this, not system.memory.utilization, says how near it is to being killed.',
  ),
  outOfMemoryKills: describe(
    'counter',
    'memory.oom_kills',
    '{process}',
    'Processes of the cgroup that were killed because memory ran out.',
  ),
  swapUsage: describe('gauge', 'paging.usage', 'By', 'Swap space of the cgroup.'),
  swapLimit: describe(
    'gauge',
    'paging.limit',
    'By',
    'Swap space that the cgroup may use; no series without a limit.',
  ),
  pids: describe('gauge', 'pids.count', '{thread}', 'Processes and threads of the cgroup.'),
  pidsLimit: describe(
    'gauge',
    'pids.limit',
    '{thread}',
    'Processes and threads that the cgroup may have; no series without a limit.',
  ),
  stallTime: describe(
    'counter',
    'pressure.stall_time',
    's',
    'Time that tasks of the cgroup waited for the resource: some of them (some), or all that had work to do at once (full). Waiting for its own CPU quota is part of it.',
  ),
  pressure: describe(
    'gauge',
    'pressure.utilization',
    '1',
    'Share of the last 10 s that tasks of the cgroup waited for the resource, as the kernel averages it.',
  ),
} as const satisfies Record<string, MetricDescriptor>
