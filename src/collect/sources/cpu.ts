import type { MetricDescriptor } from '../../model/sample.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { type KernelRoots, linesOf, readKernelText, wholeNumber, wordsOf } from './kernel-text.ts'

export const cpuMetrics = {
  time: {
    name: 'system.cpu.time',
    kind: 'counter',
    unit: 's',
    description: 'Time each logical CPU spent in each mode. Guest time is part of user time.',
  },
  utilization: {
    name: 'system.cpu.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Share of time not idle since the reading before: of all CPUs, and of each logical CPU.',
  },
  logicalCount: {
    name: 'system.cpu.logical.count',
    kind: 'gauge',
    unit: '{cpu}',
    description: 'Logical CPUs that are online.',
  },
} as const satisfies Record<string, MetricDescriptor>

/** The columns of a `cpu` line of `/proc/stat`, in order (proc_stat(5)). Guest columns repeat user and nice time. */
const modes = ['user', 'nice', 'system', 'idle', 'iowait', 'interrupt', 'softirq', 'steal'] as const
type Mode = (typeof modes)[number]
const idleModes: readonly Mode[] = ['idle', 'iowait']

/** Ticks per second of `/proc/stat`: USER_HZ is 100 on every architecture that Node runs on. */
const ticksPerSecond = 100

/** Ticks by mode since boot: whole numbers, so their differences are exact. */
type CpuTime = Readonly<Record<Mode, number>>

/** The `cpu` lines of `/proc/stat`. */
export interface CpuTimes {
  readonly all: CpuTime | undefined
  /** By logical number; CPUs that are offline have no line. */
  readonly byNumber: ReadonlyMap<string, CpuTime>
  readonly skipped: number
}

/** Time by mode, and utilisation from the difference to the reading before: there is none in the first. */
export function cpuSource({ procRoot }: Pick<KernelRoots, 'procRoot'>): Source {
  let before: CpuTimes | undefined
  return {
    name: 'cpu',
    metrics: Object.values(cpuMetrics),
    async read() {
      const now = parseCpuTimes(readKernelText(`${procRoot}/stat`))
      const readings = new Readings()
      readings.skip(now.skipped)
      addUtilization(readings, before?.all, now.all, {})
      for (const [number, time] of now.byNumber) {
        const cpu = { 'cpu.logical_number': number }
        for (const mode of modes)
          readings.add(cpuMetrics.time, time[mode] / ticksPerSecond, { 'cpu.mode': mode, ...cpu })
        addUtilization(readings, before?.byNumber.get(number), time, cpu)
      }
      if (now.byNumber.size > 0) readings.add(cpuMetrics.logicalCount, now.byNumber.size)
      before = now
      return readings
    },
  }
}

/** Reads the `cpu` lines; a line that is cut or odd is counted and left out. */
export function parseCpuTimes(text: string): CpuTimes {
  const byNumber = new Map<string, CpuTime>()
  let all: CpuTime | undefined
  let skipped = 0
  for (const line of linesOf(text)) {
    if (!line.startsWith('cpu')) continue
    const [label = '', ...columns] = wordsOf(line)
    const number = label.slice('cpu'.length)
    const time = cpuTime(columns)
    if (time === undefined || !/^\d*$/.test(number)) skipped += 1
    else if (number === '') all = time
    else byNumber.set(number, time)
  }
  return { all, byNumber, skipped }
}

function cpuTime(columns: readonly string[]): CpuTime | undefined {
  const ticks = modes.map((mode, index) => [mode, wholeNumber(columns[index])] as const)
  if (!ticks.every(([, count]) => Number.isFinite(count))) return undefined
  return Object.fromEntries(ticks) as Record<Mode, number>
}

function addUtilization(
  readings: Readings,
  before: CpuTime | undefined,
  now: CpuTime | undefined,
  attributes: Readonly<Record<string, string>>,
): void {
  if (before === undefined || now === undefined) return
  // The kernel lets idle and iowait time step back a little; a step back counts as no time in that mode.
  const spent = (mode: Mode) => Math.max(0, now[mode] - before[mode])
  const total = modes.reduce((sum, mode) => sum + spent(mode), 0)
  const idle = idleModes.reduce((sum, mode) => sum + spent(mode), 0)
  if (total > 0) readings.add(cpuMetrics.utilization, (total - idle) / total, attributes)
}
