import { KernelText } from '../../kernel/kernel-file.ts'
import type { KernelRoots } from '../../kernel/kernel-roots.ts'
import { parseInteger, sysfsTextIfThere } from '../../kernel/sysfs-value.ts'
import { parseMeminfo } from '../meminfo.ts'
import { type CgroupFiles, leastLimit, nearestText } from './files.ts'
import type { Cgroup } from './locate.ts'

/** What this process may use; `Infinity` where nothing limits it. */
export interface Limits {
  /** CPUs' worth of time: the quota of a period by its length. */
  readonly cpus: number
  /** CPUs that it may run on. */
  readonly cpuCount: number
  readonly memoryBytes: number
  readonly swapBytes: number
  readonly pids: number
}

/**
 * Version 1 writes the greatest number of bytes that are whole pages when there is no limit: 9223372036854771712, or a
 * little less where pages are larger. No machine has a tenth of that.
 */
const noLimitBytes = 1e18

/** Limits change seldom, and each is one file of every cgroup up to the root. */
export function readLimits(files: CgroupFiles, { procRoot, sysRoot }: KernelRoots): Limits {
  const [cpu, memory, pids] = [files.cgroup('cpu'), files.cgroup('memory'), files.cgroup('pids')]
  return {
    cpus: leastLimit(cpu, cpu?.version === 2 ? cpuMax : cpuQuota),
    cpuCount: cpuCount(files.cgroup('cpuset'), sysRoot),
    memoryBytes: Math.min(
      memory?.version === 2 ? limitOf(memory, 'memory.max') : memoryLimitV1(memory),
      // No limit lets a cgroup use more memory than there is.
      machineBytes(procRoot),
    ),
    swapBytes: memory?.version === 2 ? limitOf(memory, 'memory.swap.max') : Number.POSITIVE_INFINITY,
    pids: limitOf(pids, 'pids.max'),
  }
}

function limitOf(cgroup: Cgroup | undefined, file: string): number {
  return leastLimit(cgroup, (path) => bytesAt(`${path}/${file}`))
}

/** `NaN`, which is no limit, for `max`, for what is no number, and where there is no such file. */
function bytesAt(path: string): number {
  const bytes = parseInteger(sysfsTextIfThere(path) ?? '')
  return bytes < noLimitBytes ? bytes : Number.NaN
}

/** The hierarchical limit holds what is above the topmost cgroup that can be seen. */
function memoryLimitV1(cgroup: Cgroup | undefined): number {
  const stat = sysfsTextIfThere(`${cgroup?.path}/memory.stat`) ?? ''
  const hierarchical = parseInteger(/^hierarchical_memory_limit (\d+)$/m.exec(stat)?.[1] ?? '')
  const own = limitOf(cgroup, 'memory.limit_in_bytes')
  return hierarchical < noLimitBytes ? Math.min(hierarchical, own) : own
}

/** `quota period`, in microseconds; the quota can be `max`. */
function cpuMax(path: string): number {
  const [quota = '', period = ''] = (sysfsTextIfThere(`${path}/cpu.max`) ?? '').split(' ')
  return share(parseInteger(quota), parseInteger(period))
}

/** A quota of -1 is none. */
function cpuQuota(path: string): number {
  const at = (file: string) => parseInteger(sysfsTextIfThere(`${path}/${file}`) ?? '')
  return share(at('cpu.cfs_quota_us'), at('cpu.cfs_period_us'))
}

function share(quota: number, period: number): number {
  return quota > 0 && period > 0 ? quota / period : Number.NaN
}

function cpuCount(cpuset: Cgroup | undefined, sysRoot: string): number {
  const file = cpuset?.version === 1 ? 'cpuset.effective_cpus' : 'cpuset.cpus.effective'
  const list =
    nearestText(cpuset, file) ??
    (cpuset?.version === 1 ? nearestText(cpuset, 'cpuset.cpus') : undefined) ??
    sysfsTextIfThere(`${sysRoot}/devices/system/cpu/online`)
  return countCpus(list ?? '') || Number.POSITIVE_INFINITY
}

function machineBytes(procRoot: string): number {
  const text = KernelText.of(sysfsTextIfThere(`${procRoot}/meminfo`) ?? '')
  const total = parseMeminfo(text).bytes('MemTotal')
  return Number.isNaN(total) ? Number.POSITIVE_INFINITY : total
}

/** How many numbers a list such as `0-3,8` holds; `NaN` when it is no such list. */
export function countCpus(list: string): number {
  let count = 0
  for (const part of list.split(',')) {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? []
    count += Number(last) - Number(first) + 1
  }
  return count > 0 ? count : Number.NaN
}
