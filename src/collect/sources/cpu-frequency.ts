import type { Attributes, MetricDescriptor } from '../../model/sample.ts'
import type { Clock } from '../../system/clock.ts'
import { existsSync } from '../../system/files.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { namesIfThere, readSysfsInteger } from '../kernel/sysfs-value.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'

const metrics = {
  frequency: {
    name: 'system.cpu.frequency',
    kind: 'gauge',
    unit: 'Hz',
    description: 'Frequency that each logical CPU runs at.',
  },
  frequencyLimit: {
    name: 'system.linux.cpu.frequency.limit',
    kind: 'gauge',
    unit: 'Hz',
    description: 'Greatest frequency that each logical CPU may run at now, by policy.',
  },
  coreThrottles: {
    name: 'system.linux.cpu.core.throttles',
    kind: 'counter',
    unit: '{event}',
    description: 'How often each core was slowed down because it was too hot.',
  },
  coreThrottledTime: {
    name: 'system.linux.cpu.core.throttled_time',
    kind: 'counter',
    unit: 's',
    description: 'Time that each core was slowed down because it was too hot; no series before Linux 5.6.',
  },
  packageThrottles: {
    name: 'system.linux.cpu.package.throttles',
    kind: 'counter',
    unit: '{event}',
    description: 'How often each processor was slowed down because it was too hot or took too much power.',
  },
  packageThrottledTime: {
    name: 'system.linux.cpu.package.throttled_time',
    kind: 'counter',
    unit: 's',
    description: 'Time that each processor was slowed down for heat or power; no series before Linux 5.6.',
  },
} as const satisfies Record<string, MetricDescriptor>

const everyMs = 10_000
/** CPUs come and go seldom. */
const discoverEveryMs = 60_000
/**
 * Before Linux 5.18, the kernel sleeps for 10 ms to measure the frequency of each idle CPU of an x86: a reading that has
 * taken this long stops, and the next one goes on with the CPUs that were left.
 */
const budgetMs = 20

interface Cpu {
  readonly attributes: Attributes
  readonly frequencyPath?: string
  readonly limitPath?: string
  /** Of the first logical CPU of each core and of each processor only: the others count the same. */
  readonly throttles: readonly Throttle[]
}

interface Throttle {
  readonly path: string
  readonly metric: MetricDescriptor
  readonly perUnit: number
  readonly attributes: Attributes
}

/** Frequency and thermal throttling of each CPU from `/sys/devices/system/cpu`. */
export function cpuFrequencySource({
  sysRoot,
  clock,
}: Pick<KernelRoots, 'sysRoot'> & { readonly clock: Clock }): Source {
  const root = `${sysRoot}/devices/system/cpu`
  let cpus: readonly Cpu[] = []
  let leftOut = 0
  let discoveredMs = Number.NEGATIVE_INFINITY
  let next = 0
  // By the time that the reading began, which its budget is counted from too.
  const rediscover = (nowMs: number): void => {
    if (nowMs - discoveredMs < discoverEveryMs) return
    discoveredMs = nowMs
    const found = new Readings()
    cpus = found.bounded(findCpus(root))
    leftOut = found.skipped
  }
  return {
    name: 'cpu-frequency',
    metrics: Object.values(metrics),
    everyMs,
    read() {
      const startMs = clock.monotonicMs()
      rediscover(startMs)
      if (cpus.length === 0) return { absent: `no cpufreq in ${root}/cpu*: virtual machines have none` }
      const readings = new Readings()
      readings.skip(leftOut)
      for (let count = 0; count < cpus.length; count++) {
        addCpu(readings, cpus[next % cpus.length])
        next = (next + 1) % cpus.length
        if (clock.monotonicMs() - startMs > budgetMs) break
      }
      return readings
    },
  }
}

function findCpus(root: string): readonly Cpu[] {
  const names = namesIfThere(root)
    .filter((name) => /^cpu\d+$/.test(name))
    .sort((left, right) => Number(left.slice(3)) - Number(right.slice(3)))
  const seen = new Set<string>()
  const cpus = names.map((name) => cpuOf(`${root}/${name}`, name.slice(3), seen))
  return cpus.filter(({ frequencyPath, throttles }) => frequencyPath || throttles.length > 0)
}

function cpuOf(path: string, number: string, seen: Set<string>): Cpu {
  const frequencyPath = `${path}/cpufreq/scaling_cur_freq`
  return {
    attributes: { 'cpu.logical_number': number },
    throttles: throttlesOf(path, seen),
    ...(existsSync(frequencyPath) && { frequencyPath, limitPath: `${path}/cpufreq/scaling_max_freq` }),
  }
}

function throttlesOf(path: string, seen: Set<string>): readonly Throttle[] {
  if (!existsSync(`${path}/thermal_throttle`)) return []
  const processor = readSysfsInteger(`${path}/topology/physical_package_id`)
  const core = readSysfsInteger(`${path}/topology/core_id`)
  if (!Number.isInteger(processor)) return []
  const ofPackage = { 'system.linux.cpu.package': String(processor) }
  const found: Throttle[] = []
  const add = (scope: 'core' | 'package', key: string, attributes: Attributes) => {
    if (seen.has(key)) return
    seen.add(key)
    const [events, time] =
      scope === 'core'
        ? [metrics.coreThrottles, metrics.coreThrottledTime]
        : [metrics.packageThrottles, metrics.packageThrottledTime]
    const start = `${path}/thermal_throttle/${scope}_throttle`
    found.push({ path: `${start}_count`, metric: events, perUnit: 1, attributes })
    found.push({ path: `${start}_total_time_ms`, metric: time, perUnit: 1000, attributes })
  }
  add('package', `${processor}`, ofPackage)
  if (Number.isInteger(core))
    add('core', `${processor}/${core}`, { ...ofPackage, 'system.linux.cpu.core': String(core) })
  return found
}

/** A CPU that went offline since it was found has no files any more, which is no fault. */
function addCpu(readings: Readings, cpu: Cpu | undefined): void {
  if (cpu === undefined) return
  const { attributes, frequencyPath, limitPath, throttles } = cpu
  const add = (path: string | undefined, metric: MetricDescriptor, factor: number, of: Attributes) => {
    const value = path === undefined ? undefined : readSysfsInteger(path)
    if (value !== undefined) readings.add(metric, value * factor, of)
  }
  add(frequencyPath, metrics.frequency, 1000, attributes)
  add(limitPath, metrics.frequencyLimit, 1000, attributes)
  for (const { path, metric, perUnit, attributes: of } of throttles) {
    const value = readSysfsInteger(path)
    if (value !== undefined) readings.add(metric, value / perUnit, of)
  }
}
