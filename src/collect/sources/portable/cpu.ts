import { cpus } from 'node:os'
import type { Attributes } from '../../../model/sample.ts'
import { Readings } from '../../readings.ts'
import type { Source } from '../../source.ts'
import { cpuMetrics } from '../cpu.ts'

/** What Node tells of one logical CPU: milliseconds by mode since boot. */
interface CpuAnswer {
  readonly times: Readonly<Record<'user' | 'nice' | 'sys' | 'idle' | 'irq', number>>
}

interface PortableCpuOptions {
  readonly platform: NodeJS.Platform
  /** @default that of `node:os` */
  readonly readCpus?: () => readonly CpuAnswer[]
}

/** Milliseconds by mode. */
type CpuTime = ReadonlyMap<string, number>

interface Cpu {
  readonly cpu: Attributes
  readonly byMode: ReadonlyMap<string, Attributes>
  before?: CpuTime
}

/**
 * Time by mode and utilisation, from Node: at each tick, for it starts no child process. The loads that the package
 * `systeminformation` tells come from the same numbers, of which it keeps one state for all its callers.
 */
export function portableCpuSource({ platform, readCpus = cpus }: PortableCpuOptions): Source {
  const known = new Map<number, Cpu>()
  const cpuOf = (number: number, time: CpuTime): Cpu => {
    const cpu = known.get(number) ?? newCpu(number, time)
    known.set(number, cpu)
    return cpu
  }
  return {
    name: 'cpu',
    metrics: Object.values(cpuMetrics),
    read() {
      const readings = new Readings()
      const times = readCpus().map((answer) => timeByMode(answer, platform))
      const all: Growth[] = []
      for (const [number, time] of times.entries()) {
        const cpu = cpuOf(number, time)
        for (const [mode, ms] of time) readings.add(cpuMetrics.time, ms / 1000, cpu.byMode.get(mode))
        const growth = growthOf(cpu.before, time)
        cpu.before = time
        if (growth === undefined) continue
        all.push(growth)
        addUtilization(readings, [growth], cpu.cpu)
      }
      addUtilization(readings, all, undefined)
      readings.add(cpuMetrics.logicalCount, times.length === 0 ? Number.NaN : times.length)
      return readings
    },
  }
}

/** The modes that the system counts: Windows has no nice time, and macOS counts interrupts as system time. */
function timeByMode({ times }: CpuAnswer, platform: NodeJS.Platform): CpuTime {
  // On Windows the time in the kernel has that of interrupts in it (libuv src/win/util.c).
  const system = platform === 'win32' ? Math.max(0, times.sys - times.irq) : times.sys
  const byMode = new Map([
    ['user', times.user],
    ['system', system],
    ['idle', times.idle],
  ])
  if (platform !== 'win32') byMode.set('nice', times.nice)
  if (platform !== 'darwin') byMode.set('interrupt', times.irq)
  return byMode
}

function newCpu(number: number, time: CpuTime): Cpu {
  const cpu = { 'cpu.logical_number': `${number}` }
  const byMode = new Map([...time.keys()].map((mode) => [mode, { 'cpu.mode': mode, ...cpu }]))
  return { cpu, byMode }
}

interface Growth {
  readonly busyMs: number
  readonly totalMs: number
}

/** None when a mode stepped back: it started again, or wrapped at 32 bits, and its share is not known. */
function growthOf(before: CpuTime | undefined, now: CpuTime): Growth | undefined {
  if (before === undefined) return undefined
  let totalMs = 0
  let idleMs = 0
  for (const [mode, ms] of now) {
    const spentMs = ms - (before.get(mode) ?? Number.NaN)
    if (!(spentMs >= 0)) return undefined
    totalMs += spentMs
    if (mode === 'idle') idleMs = spentMs
  }
  return { busyMs: totalMs - idleMs, totalMs }
}

function addUtilization(
  readings: Readings,
  growths: readonly Growth[],
  attributes: Attributes | undefined,
): void {
  const totalMs = growths.reduce((sum, growth) => sum + growth.totalMs, 0)
  const busyMs = growths.reduce((sum, growth) => sum + growth.busyMs, 0)
  if (totalMs > 0) readings.add(cpuMetrics.utilization, busyMs / totalMs, attributes)
}
