import type { MetricDescriptor } from '../../model/sample.ts'
import { existsSync } from '../../system/files.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { type KernelRoots, linesOf, readKernelTextIfThere, wholeNumber, wordsOf } from './kernel-text.ts'

export const networkMetrics = {
  io: {
    name: 'system.network.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes received and transmitted by each interface.',
  },
  errors: {
    name: 'system.network.errors',
    kind: 'counter',
    unit: '{error}',
    description: 'Errors of each interface.',
  },
  dropped: {
    name: 'system.network.packet.dropped',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets each interface dropped though there was no error.',
  },
} as const satisfies Record<string, MetricDescriptor>

/** Where each direction begins among the columns of `/proc/net/dev`: bytes, packets, errors, drops … */
const directions = { receive: 0, transmit: 8 } as const

interface Interface {
  readonly name: string
  readonly columns: readonly string[]
}

/**
 * Traffic of network interfaces from `/proc/net/dev`: `lo` and those with hardware behind them. Bridges, tunnels
 * and the host ends of container links carry the same bytes again under names that come and go; they are taken
 * only where there is nothing else, as inside a container.
 */
export function networkSource({ procRoot, sysRoot }: KernelRoots): Source {
  return {
    name: 'network',
    metrics: Object.values(networkMetrics),
    async read() {
      const text = readKernelTextIfThere(`${procRoot}/net/dev`)
      if (text === undefined) return 'absent'
      return parseNetwork(text, (name) => existsSync(`${sysRoot}/class/net/${name}/device`))
    },
  }
}

/** Reads `/proc/net/dev` past its two lines of headings. */
export function parseNetwork(text: string, isHardware: (name: string) => boolean): Readings {
  const readings = new Readings()
  for (const { name, columns } of readings.bounded(
    worthCounting(parseInterfaces(text, readings), isHardware),
  ))
    for (const [direction, offset] of Object.entries(directions)) {
      const attributes = interfaceAttributes(name, direction)
      readings.add(networkMetrics.io, wholeNumber(columns[offset]), attributes)
      readings.add(networkMetrics.errors, wholeNumber(columns[offset + 2]), attributes)
      readings.add(networkMetrics.dropped, wholeNumber(columns[offset + 3]), attributes)
    }
  return readings
}

/** The attributes of one interface and direction. */
export function interfaceAttributes(name: string, direction: string): Readonly<Record<string, string>> {
  return { 'network.interface.name': name, 'network.io.direction': direction }
}

function parseInterfaces(text: string, readings: Readings): readonly Interface[] {
  const interfaces: Interface[] = []
  for (const line of linesOf(text).slice(2)) {
    // The kernel leaves no blank after the colon before a long number; a name can hold a colon of its own.
    const colon = line.lastIndexOf(':')
    const name = line.slice(0, colon).trim()
    if (colon > 0 && name !== '') interfaces.push({ name, columns: wordsOf(line.slice(colon + 1)) })
    else readings.skip()
  }
  return interfaces
}

function worthCounting(
  interfaces: readonly Interface[],
  isHardware: (name: string) => boolean,
): readonly Interface[] {
  const hardware = new Set(interfaces.filter(({ name }) => isHardware(name)))
  if (hardware.size === 0) return interfaces
  return interfaces.filter((candidate) => candidate.name === 'lo' || hardware.has(candidate))
}
