import type { Attributes, MetricDescriptor } from '../../model/sample.ts'
import { existsSync } from '../../system/files.ts'
import { KernelFile, type KernelText } from '../kernel/kernel-file.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'

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

const linuxMetrics = {
  packets: {
    name: 'system.network.packet.count',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets received and transmitted by each interface.',
  },
  up: {
    name: 'hw.network.up',
    kind: 'gauge',
    unit: '1',
    description: '1 when the interface has a link, 0 when it has none; of interfaces with hardware.',
  },
  speed: {
    name: 'hw.network.bandwidth.limit',
    kind: 'gauge',
    unit: 'By/s',
    description: 'Bytes a second that the link was negotiated for; no series where the driver does not tell.',
  },
  softnetDropped: {
    name: 'system.linux.softnet.dropped',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets received that were dropped because the queue of a CPU was full.',
  },
  softnetSqueezed: {
    name: 'system.linux.softnet.squeezed',
    kind: 'counter',
    unit: '{time}',
    description: 'Times that a CPU had to stop receiving packets though more were there.',
  },
} as const satisfies Record<string, MetricDescriptor>

/** The columns of each direction in `/proc/net/dev`, in order; more follow. */
const metrics = [networkMetrics.io, linuxMetrics.packets, networkMetrics.errors, networkMetrics.dropped]
const columnsPerDirection = 8

interface Interface {
  readonly name: string
  /** As `metrics`; `NaN` for what is no number. */
  readonly received: readonly number[]
  readonly transmitted: readonly number[]
}

interface Known {
  readonly isHardware: boolean
  readonly hardware: Attributes
  readonly carrier: KernelFile
  readonly speed: KernelFile
  readonly receive: Attributes
  readonly transmit: Attributes
}

/**
 * Traffic of network interfaces from `/proc/net/dev`: `lo` and those with hardware behind them. Bridges, tunnels
 * and the host ends of container links carry the same bytes again under names that come and go; they are taken
 * only where there is nothing else, as inside a container.
 */
export function networkSource({ procRoot, sysRoot }: KernelRoots): Source {
  const file = new KernelFile(`${procRoot}/net/dev`)
  const softnetFile = new KernelFile(`${procRoot}/net/softnet_stat`)
  let known = new Map<string, Known>()
  const look = (name: string): Known => ({
    isHardware: existsSync(`${sysRoot}/class/net/${name}/device`),
    hardware: { 'hw.id': name, 'hw.type': 'network' },
    carrier: new KernelFile(`${sysRoot}/class/net/${name}/carrier`),
    speed: new KernelFile(`${sysRoot}/class/net/${name}/speed`),
    receive: interfaceAttributes(name, 'receive'),
    transmit: interfaceAttributes(name, 'transmit'),
  })
  return {
    name: 'network',
    metrics: [...Object.values(networkMetrics), ...Object.values(linuxMetrics)],
    read() {
      const text = file.readIfThere()
      if (text === undefined) return { absent: `no ${procRoot}/net/dev` }
      const readings = new Readings()
      const interfaces = parseInterfaces(text, readings)
      const before = known
      known = new Map(interfaces.map(({ name }) => [name, before.get(name) ?? look(name)]))
      for (const [name, gone] of before) if (!known.has(name)) closeFiles(gone)
      addInterfaces(readings, interfaces, known)
      const softnet = softnetFile.readIfThere()
      if (softnet !== undefined) addSoftnet(readings, softnet)
      return readings
    },
    close() {
      file.close()
      softnetFile.close()
      for (const each of known.values()) closeFiles(each)
    },
  }
}

/** The attributes of one interface and direction. */
export function interfaceAttributes(name: string, direction: string): Attributes {
  return { 'network.interface.name': name, 'network.io.direction': direction }
}

/** Reads `/proc/net/dev` past its two lines of headings. */
function parseInterfaces(text: KernelText, readings: Readings): readonly Interface[] {
  const interfaces: Interface[] = []
  const cursor = text.cursor()
  cursor.skipLine()
  cursor.skipLine()
  for (; !cursor.isAtEnd; cursor.skipLine()) {
    if (cursor.isAtLineEnd) continue
    // The kernel leaves no blank after the colon before a long number; a name can hold a colon of its own.
    const name = cursor.wordUpToLast(':')
    if (name === undefined) {
      readings.skip()
      continue
    }
    const received = metrics.map(() => cursor.wholeNumber())
    cursor.skipWords(columnsPerDirection - metrics.length)
    interfaces.push({ name, received, transmitted: metrics.map(() => cursor.wholeNumber()) })
  }
  return interfaces
}

function addInterfaces(
  readings: Readings,
  interfaces: readonly Interface[],
  known: ReadonlyMap<string, Known>,
): void {
  const isHardware = ({ name }: Interface) => known.get(name)?.isHardware === true
  const counted = interfaces.some(isHardware)
    ? interfaces.filter((candidate) => candidate.name === 'lo' || isHardware(candidate))
    : interfaces
  for (const { name, received, transmitted } of readings.bounded(counted)) {
    const { receive, transmit } = known.get(name) ?? {}
    addLink(readings, known.get(name))
    for (const [column, metric] of metrics.entries()) {
      readings.add(metric, received[column] ?? Number.NaN, receive)
      readings.add(metric, transmitted[column] ?? Number.NaN, transmit)
    }
  }
}

function addLink(readings: Readings, link: Known | undefined): void {
  if (!link?.isHardware) return
  readings.addIfThere(linuxMetrics.up, numberIn(link.carrier), link.hardware)
  // In megabits a second. Drivers that do not know it say -1, which is no whole number.
  const megabits = numberIn(link.speed)
  if (megabits > 0) readings.add(linuxMetrics.speed, (megabits * 1e6) / 8, link.hardware)
}

/** `NaN` where there is none: the kernel refuses to read these files of an interface that is down. */
function numberIn(file: KernelFile): number {
  try {
    return file.read().cursor().wholeNumber()
  } catch {
    return Number.NaN
  }
}

function closeFiles({ carrier, speed }: Known): void {
  carrier.close()
  speed.close()
}

/** Adds up a line for each CPU: hexadecimal columns of packets, drops, squeezes (net/core/net-procfs.c). */
function addSoftnet(readings: Readings, text: KernelText): void {
  let dropped = 0
  let squeezed = 0
  for (const cursor = text.cursor(); !cursor.isAtEnd; cursor.skipLine()) {
    cursor.skipWords(1)
    dropped += hexadecimal(cursor.word())
    squeezed += hexadecimal(cursor.word())
  }
  readings.add(linuxMetrics.softnetDropped, dropped)
  readings.add(linuxMetrics.softnetSqueezed, squeezed)
}

function hexadecimal(word: string): number {
  return /^[0-9a-f]{8}$/.test(word) ? Number.parseInt(word, 16) : Number.NaN
}
