import { ticksPerSecond } from '../../kernel/ticks.ts'
import type { Readings } from '../../readings.ts'
import type { CgroupFiles } from './files.ts'

/** Undefined where there is no file that tells; `NaN` where one does not tell what it should. Times in seconds. */
export interface CpuCounts {
  readonly used: number | undefined
  readonly user: number | undefined
  readonly system: number | undefined
  /** Periods of the quota: all, and those in which it ran out. */
  readonly periods: number
  readonly throttledPeriods: number
  readonly throttled: number
}

/** In bytes; undefined and `NaN` as above. */
interface MemoryCounts {
  readonly used: number | undefined
  /** Of it, pages of files that were not used lately: the kernel takes them back before it kills. */
  readonly inactiveFile: number | undefined
  readonly swap: number | undefined
  readonly outOfMemoryKills: number
}

/** What there is no file for is not told. */
const untold = Number.NaN

export function readCpu(files: CgroupFiles, readings: Readings): CpuCounts {
  return files.cgroup('cpu')?.version === 2 ? readCpuV2(files, readings) : readCpuV1(files, readings)
}

function readCpuV2(files: CgroupFiles, readings: Readings): CpuCounts {
  const text = files.text('cpu', 'cpu.stat', readings)
  const seconds = (name: string) => text && text.count(name) / 1e6
  return {
    used: seconds('usage_usec '),
    user: seconds('user_usec '),
    system: seconds('system_usec '),
    periods: text?.count('nr_periods ') ?? untold,
    throttledPeriods: text?.count('nr_throttled ') ?? untold,
    throttled: seconds('throttled_usec ') ?? untold,
  }
}

function readCpuV1(files: CgroupFiles, readings: Readings): CpuCounts {
  const quota = files.text('cpu', 'cpu.stat', readings)
  const modes = files.text('cpuacct', 'cpuacct.stat', readings)
  const nanoseconds = files.number('cpuacct', 'cpuacct.usage', readings)
  return {
    used: nanoseconds && nanoseconds / 1e9,
    user: modes && modes.count('user ') / ticksPerSecond,
    system: modes && modes.count('system ') / ticksPerSecond,
    periods: quota?.count('nr_periods ') ?? untold,
    throttledPeriods: quota?.count('nr_throttled ') ?? untold,
    throttled: (quota?.count('throttled_time ') ?? untold) / 1e9,
  }
}

export function readMemory(files: CgroupFiles, readings: Readings): MemoryCounts {
  return files.cgroup('memory')?.version === 2 ? readMemoryV2(files, readings) : readMemoryV1(files, readings)
}

function readMemoryV2(files: CgroupFiles, readings: Readings): MemoryCounts {
  const count = (file: string, name: string) => files.text('memory', file, readings)?.count(name)
  return {
    used: files.number('memory', 'memory.current', readings),
    inactiveFile: count('memory.stat', 'inactive_file '),
    swap: files.number('memory', 'memory.swap.current', readings),
    outOfMemoryKills: count('memory.events', 'oom_kill ') ?? untold,
  }
}

/** Of version 1, the numbers that begin with `total_` hold the cgroups below, as all numbers of version 2 do. */
function readMemoryV1(files: CgroupFiles, readings: Readings): MemoryCounts {
  const stat = files.text('memory', 'memory.stat', readings)
  return {
    used: files.number('memory', 'memory.usage_in_bytes', readings),
    inactiveFile: stat?.count('total_inactive_file '),
    swap: stat?.count('total_swap '),
    outOfMemoryKills: files.text('memory', 'memory.oom_control', readings)?.count('oom_kill ') ?? untold,
  }
}
