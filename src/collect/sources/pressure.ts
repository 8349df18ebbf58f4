import { systemCodeOf } from '../../model/errors.ts'
import type { Attributes, MetricDescriptor } from '../../model/sample.ts'
import { KernelFile, type KernelText } from '../kernel/kernel-file.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'

const pressureMetrics = {
  stallTime: {
    name: 'system.linux.pressure.stall_time',
    kind: 'counter',
    unit: 's',
    description:
      'Time that tasks waited for the resource: some of them (some), or all that had work to do at once (full).',
  },
  utilization: {
    name: 'system.linux.pressure.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Share of the last 10 s that tasks waited for the resource, as the kernel averages it.',
  },
} as const satisfies Record<string, MetricDescriptor>

type PressureResource = 'cpu' | 'memory' | 'io' | 'irq'
type PressureKind = 'some' | 'full'

/**
 * What the kernel counts. For the whole machine `full` of the CPU is not defined, and always 0; only a whole CPU can
 * wait for interrupts (kernel Documentation/accounting/psi.rst).
 */
const counted = [
  ['cpu', ['some']],
  ['memory', ['some', 'full']],
  ['io', ['some', 'full']],
  ['irq', ['full']],
] as const satisfies readonly (readonly [PressureResource, readonly PressureKind[]])[]

/** One line of a pressure file. */
interface Pressure {
  /** 0..1, over the last 10 s. */
  readonly share: number
  readonly stalledSeconds: number
}

/** Pressure stall information of the machine from `/proc/pressure`. */
export function pressureSource({ procRoot }: Pick<KernelRoots, 'procRoot'>): Source {
  const files = counted.map(([resource, kinds]) => ({
    file: new KernelFile(`${procRoot}/pressure/${resource}`),
    lines: kinds.map((kind) => ({ kind, attributes: pressureAttributes(resource, kind) })),
  }))
  return {
    name: 'pressure',
    metrics: Object.values(pressureMetrics),
    read() {
      const readings = new Readings()
      let isThere = false
      for (const { file, lines } of files) {
        const text = readPressure(file, readings)
        if (text === 'none') continue
        isThere = true
        if (text === undefined) continue
        for (const { kind, attributes } of lines) addPressure(readings, parsePressure(text, kind), attributes)
      }
      if (isThere) return readings
      return {
        absent: `no ${procRoot}/pressure: the kernel keeps no pressure stall information; boot it with psi=1`,
      }
    },
    close() {
      for (const { file } of files) file.close()
    },
  }
}

/** Of the pressure of the machine and of a cgroup. */
export function pressureAttributes(resource: PressureResource, kind: PressureKind): Attributes {
  return { 'system.linux.pressure.resource': resource, 'system.linux.pressure.kind': kind }
}

/** A kernel that was told to keep none can have the files, but does not let them be read. */
export function readPressure(file: KernelFile, readings: Readings): KernelText | undefined | 'none' {
  try {
    return file.readIfThere() ?? 'none'
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === 'EOPNOTSUPP' || code === 'ENOTSUP') return 'none'
    readings.skip()
    return undefined
  }
}

function addPressure(readings: Readings, pressure: Pressure, attributes: Attributes): void {
  readings.add(pressureMetrics.stallTime, pressure.stalledSeconds, attributes)
  readings.add(pressureMetrics.utilization, pressure.share, attributes)
}

/** The line of one kind, of the machine or of a cgroup; `NaN` for what is not there or no number. */
export function parsePressure(text: KernelText, kind: PressureKind): Pressure {
  const cursor = text.after(`${kind} avg10=`)
  if (cursor === undefined) return { share: Number.NaN, stalledSeconds: Number.NaN }
  // Written in hundredths of a per cent: by whole numbers the share is right to the last digit.
  const share = Math.round(cursor.decimal() * 100) / 10_000
  cursor.skipWords(2)
  const isTotal = cursor.wordUpToLast('=') === 'total'
  return { share, stalledSeconds: isTotal ? cursor.wholeNumber() / 1e6 : Number.NaN }
}
