import type { Attributes, MetricDescriptor } from '../../model/sample.ts'
import { KernelFile, type KernelText } from '../kernel/kernel-file.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import type { TextCursor } from '../kernel/text-cursor.ts'
import { ticksPerSecond } from '../kernel/ticks.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'

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

const linuxMetrics = {
  modeUtilization: {
    name: 'system.linux.cpu.mode.utilization',
    kind: 'gauge',
    unit: '1',
    description:
      'Share of the time of all CPUs since the reading before, by mode; steal is what the hypervisor gave to other machines.',
  },
  contextSwitches: {
    name: 'system.linux.context_switches',
    kind: 'counter',
    unit: '{switch}',
    description: 'Context switches of all CPUs since boot.',
  },
  interrupts: {
    name: 'system.linux.interrupts',
    kind: 'counter',
    unit: '{interrupt}',
    description: 'Interrupts served since boot.',
  },
} as const satisfies Record<string, MetricDescriptor>

/** The columns of a `cpu` line of `/proc/stat`, in order (proc_stat(5)). Guest columns repeat user and nice time. */
const modes = ['user', 'nice', 'system', 'idle', 'iowait', 'interrupt', 'softirq', 'steal'] as const
const [idle, iowait] = [modes.indexOf('idle'), modes.indexOf('iowait')]
const modeAttributes = modes.map((mode) => ({ 'cpu.mode': mode }))

/** Ticks by mode since boot: whole numbers, so their differences are exact. */
type CpuTime = readonly number[]

/** The `cpu` lines of `/proc/stat`. */
export interface CpuTimes {
  readonly all: CpuTime | undefined
  /** By logical number; CPUs that are offline have no line. */
  readonly byNumber: ReadonlyMap<string, CpuTime>
  readonly skipped: number
}

/** The attributes of one CPU: made once, for every tick has them. */
interface CpuAttributes {
  readonly cpu: Attributes
  readonly byMode: readonly Attributes[]
}

/** Time by mode, and utilisation from the difference to the reading before: there is none in the first. */
export function cpuSource({ procRoot }: Pick<KernelRoots, 'procRoot'>): Source {
  const file = new KernelFile(`${procRoot}/stat`)
  const attributes = new Map<string, CpuAttributes>()
  let before: CpuTimes | undefined
  const attributesOf = (number: string): CpuAttributes => {
    const known = attributes.get(number) ?? cpuAttributes(number)
    attributes.set(number, known)
    return known
  }
  return {
    name: 'cpu',
    metrics: [...Object.values(cpuMetrics), ...Object.values(linuxMetrics)],
    read() {
      const text = file.read()
      const now = parseCpuTimes(text)
      const readings = new Readings()
      readings.skip(now.skipped)
      addUtilization(readings, before?.all, now.all, undefined)
      for (const [number, time] of now.byNumber) {
        const { cpu, byMode } = attributesOf(number)
        for (const [mode, ticks] of time.entries())
          readings.add(cpuMetrics.time, ticks / ticksPerSecond, byMode[mode])
        addUtilization(readings, before?.byNumber.get(number), time, cpu)
      }
      if (now.byNumber.size > 0) readings.add(cpuMetrics.logicalCount, now.byNumber.size)
      readings.add(linuxMetrics.contextSwitches, text.count('ctxt '))
      readings.add(linuxMetrics.interrupts, text.count('intr '))
      before = now
      return readings
    },
    close: () => file.close(),
  }
}

/** Reads the `cpu` lines; a line that is cut or odd is counted and left out. */
export function parseCpuTimes(text: KernelText): CpuTimes {
  const byNumber = new Map<string, CpuTime>()
  let all: CpuTime | undefined
  let skipped = 0
  for (const cursor = text.cursor(); !cursor.isAtEnd; cursor.skipLine()) {
    if (!cursor.startsWith('cpu')) continue
    const number = cursor.word().slice('cpu'.length)
    const time = parseTime(cursor)
    if (time === undefined || !/^\d*$/.test(number)) skipped += 1
    else if (number === '') all = time
    else byNumber.set(number, time)
  }
  return { all, byNumber, skipped }
}

function parseTime(cursor: TextCursor): CpuTime | undefined {
  const ticks = modes.map(() => cursor.wholeNumber())
  return ticks.some(Number.isNaN) ? undefined : ticks
}

function cpuAttributes(number: string): CpuAttributes {
  const cpu = { 'cpu.logical_number': number }
  return { cpu, byMode: modes.map((mode) => ({ 'cpu.mode': mode, ...cpu })) }
}

function addUtilization(
  readings: Readings,
  before: CpuTime | undefined,
  now: CpuTime | undefined,
  attributes: Attributes | undefined,
): void {
  if (before === undefined || now === undefined) return
  // The kernel lets idle and iowait time step back a little; a step back counts as no time in that mode.
  const spent = now.map((ticks, mode) => Math.max(0, ticks - (before[mode] ?? 0)))
  const total = spent.reduce((sum, ticks) => sum + ticks, 0)
  if (total === 0) return
  const of = (mode: number) => spent[mode] ?? 0
  readings.add(cpuMetrics.utilization, (total - of(idle) - of(iowait)) / total, attributes)
  if (attributes !== undefined) return
  for (const [mode, ticks] of spent.entries())
    readings.add(linuxMetrics.modeUtilization, ticks / total, modeAttributes[mode])
}
