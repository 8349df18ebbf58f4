import type { Attributes, MetricDescriptor } from '../../model/sample.ts'
import type { Clock } from '../../system/clock.ts'
import { readFileSync } from '../../system/files.ts'
import { isNotThere } from '../kernel/kernel-file.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { Readings } from '../readings.ts'
import { type Absence, isAbsent, type Source } from '../source.ts'
import { cgroupMetrics } from './cgroup/cgroup-metrics.ts'
import { type CpuCounts, readCpu, readMemory } from './cgroup/counts.ts'
import { CgroupFiles } from './cgroup/files.ts'
import { type Limits, readLimits } from './cgroup/limits.ts'
import { type Controller, locateCgroups } from './cgroup/locate.ts'
import { parsePressure, pressureAttributes, readPressure } from './pressure.ts'

/** Limits, and the cgroup that a process is in, change seldom. */
const lookEveryMs = 10_000

const user = { 'cpu.mode': 'user' } as const
const system = { 'cpu.mode': 'system' } as const

/** A CPU quota that runs out stops all tasks at once, so `full` of the CPU means something here. */
const pressures = (['cpu', 'memory', 'io'] as const).map((resource) => ({
  file: `${resource}.pressure`,
  lines: (['some', 'full'] as const).map((kind) => ({
    kind,
    attributes: pressureAttributes(resource, kind),
  })),
}))

/** What is known of the cgroups between two looks. */
interface Known {
  readonly membership: string
  readonly files: CgroupFiles
  readonly limits: Limits
}

interface CpuBefore {
  readonly used: number
  readonly monotonicMs: number
}

/**
 * The cgroup of this process, its limits and what it used of them: inside a container, `/proc` tells of the whole
 * machine, so shares of it say nothing about what the container may use.
 */
export function cgroupSource({ procRoot, sysRoot, clock }: KernelRoots & { readonly clock: Clock }): Source {
  let known: Known | Absence = { absent: 'not looked for yet' }
  let lookedMs = Number.NEGATIVE_INFINITY
  let before: CpuBefore | undefined
  const close = () => {
    if (!isAbsent(known)) known.files.close()
    known = { absent: 'closed' }
    before = undefined
    lookedMs = Number.NEGATIVE_INFINITY
  }
  const look = (): Known | Absence => {
    const nowMs = clock.monotonicMs()
    if (nowMs - lookedMs < lookEveryMs) return known
    const files = filesOf(procRoot, known)
    if (isAbsent(known) || isAbsent(files) || files.files !== known.files) close()
    known = isAbsent(files) ? files : { ...files, limits: readLimits(files.files, { procRoot, sysRoot }) }
    lookedMs = nowMs
    return known
  }
  return {
    name: 'cgroup',
    metrics: Object.values(cgroupMetrics),
    read() {
      const now = look()
      if (isAbsent(now)) return now
      const { files, limits } = now
      const readings = new Readings()
      if (isCounted(files, 'cpu')) before = addCpu(readings, now, before, clock.monotonicMs())
      if (isCounted(files, 'memory')) addMemory(readings, files, limits)
      if (isCounted(files, 'pids')) {
        addTold(readings, cgroupMetrics.pids, files.number('pids', 'pids.current', readings))
        readings.addIfThere(cgroupMetrics.pidsLimit, limits.pids)
      }
      if (isCounted(files, 'cpu') && files.cgroup('cpu')?.version === 2) addPressures(readings, files)
      return readings
    },
    close,
  }
}

/** The files of before while the process is where it was, so that they stay open. */
function filesOf(procRoot: string, before: Known | Absence): Omit<Known, 'limits'> | Absence {
  const membership = textIfThere(`${procRoot}/self/cgroup`)
  if (membership === undefined) return { absent: `no ${procRoot}/self/cgroup: the kernel has no cgroups` }
  if (!isAbsent(before) && before.membership === membership) return before
  const cgroups = locateCgroups(membership, textIfThere(`${procRoot}/self/mountinfo`) ?? '')
  if (cgroups.size === 0)
    return { absent: 'no cgroup file system is mounted that shows the cgroup of this process' }
  // The cgroup of the whole machine would repeat what other sources tell of it.
  if ([...cgroups.values()].every(({ isRoot }) => isRoot))
    return { absent: 'this process is in the root cgroup: nothing but the machine limits it' }
  return { membership, files: new CgroupFiles(cgroups) }
}

function textIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isNotThere(error)) return undefined
    throw error
  }
}

function isCounted(files: CgroupFiles, controller: Controller): boolean {
  return files.cgroup(controller)?.isRoot === false
}

/** Adds what a file told; where there is no such file, that is no fault. */
function addTold(
  readings: Readings,
  metric: MetricDescriptor,
  value: number | undefined,
  attributes?: Attributes,
): void {
  if (value !== undefined) readings.add(metric, value, attributes)
}

function addCpu(
  readings: Readings,
  { files, limits }: Known,
  before: CpuBefore | undefined,
  monotonicMs: number,
): CpuBefore | undefined {
  const counts = readCpu(files, readings)
  addTold(readings, cgroupMetrics.cpuTime, counts.user, user)
  addTold(readings, cgroupMetrics.cpuTime, counts.system, system)
  addThrottling(readings, counts)
  readings.addIfThere(cgroupMetrics.cpuLimit, limits.cpus)
  const { used = Number.NaN } = counts
  if (Number.isNaN(used)) return undefined
  if (before !== undefined) {
    const elapsedSeconds = (monotonicMs - before.monotonicMs) / 1000
    const usable = elapsedSeconds * Math.min(limits.cpus, limits.cpuCount)
    // A little more than the quota can be used, where bursts are allowed, and at the edges of a period.
    if (usable > 0 && Number.isFinite(usable) && used >= before.used)
      readings.addIfThere(cgroupMetrics.cpuUtilization, Math.min(1, (used - before.used) / usable))
  }
  return { used, monotonicMs }
}

/** A cgroup without the controller counts no periods. */
function addThrottling(readings: Readings, { periods, throttledPeriods, throttled }: CpuCounts): void {
  readings.addIfThere(cgroupMetrics.periods, periods)
  readings.addIfThere(cgroupMetrics.throttledPeriods, throttledPeriods)
  readings.addIfThere(cgroupMetrics.throttledTime, throttled)
}

function addMemory(readings: Readings, files: CgroupFiles, limits: Limits): void {
  const { used, inactiveFile, swap, outOfMemoryKills } = readMemory(files, readings)
  addTold(readings, cgroupMetrics.memoryUsage, used)
  readings.addIfThere(cgroupMetrics.memoryLimit, limits.memoryBytes)
  addTold(readings, cgroupMetrics.swapUsage, swap)
  readings.addIfThere(cgroupMetrics.swapLimit, limits.swapBytes)
  readings.addIfThere(cgroupMetrics.outOfMemoryKills, outOfMemoryKills)
  if (used === undefined || inactiveFile === undefined) return
  // The two are read one after the other.
  const workingSet = Math.max(0, used - inactiveFile)
  readings.add(cgroupMetrics.workingSet, workingSet)
  if (limits.memoryBytes > 0 && limits.memoryBytes < Number.POSITIVE_INFINITY)
    readings.addIfThere(cgroupMetrics.memoryUtilization, workingSet / limits.memoryBytes)
}

function addPressures(readings: Readings, files: CgroupFiles): void {
  for (const { file, lines } of pressures) {
    const text = readPressure(files.file('cpu', file), readings)
    if (text === undefined || text === 'none') continue
    for (const { kind, attributes } of lines) {
      const { share, stalledSeconds } = parsePressure(text, kind)
      // Before Linux 5.13 the CPU has no line of this kind.
      if (kind === 'full' && Number.isNaN(stalledSeconds)) continue
      readings.add(cgroupMetrics.stallTime, stalledSeconds, attributes)
      readings.add(cgroupMetrics.pressure, share, attributes)
    }
  }
}
