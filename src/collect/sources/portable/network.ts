import { networkInterfaces } from 'node:os'
import { Readings } from '../../readings.ts'
import type { Source } from '../../source.ts'
import { interfaceAttributes, networkMetrics } from '../network.ts'
import {
  ask,
  dearEveryMs,
  type InterfaceCounts,
  known,
  type PackageDoor,
  packageDeadlineMs,
  packageEveryMs,
  type SystemInformation,
} from './system-information.ts'

/** What Node tells of interfaces that are up, by name. */
type NodeInterfaces = Readonly<
  Partial<Record<string, readonly { readonly mac: string; readonly internal: boolean }[]>>
>

interface PortableNetworkOptions extends PackageDoor {
  /** @default that of `node:os` */
  readonly readInterfaces?: () => NodeInterfaces
}

/** Loopback, bridges and tunnels: they carry the bytes of others again. */
const isCopy: Readonly<Partial<Record<NodeJS.Platform, RegExp>>> = {
  darwin: /^(lo|utun|ipsec|ppp|bridge|vmnet|vmenet|feth|gif|stf)\d+$/,
  win32: /^(vEthernet|Loopback)/i,
}

/** Traffic of network interfaces; of copies only where there is nothing else. */
export function portableNetworkSource(options: PortableNetworkOptions): Source {
  const { platform, readInterfaces = networkInterfaces } = options
  const question = (information: SystemInformation) =>
    platform === 'win32' ? askByAddress(information, readInterfaces()) : information.networkStats('*')
  return {
    name: 'network',
    metrics: Object.values(networkMetrics),
    everyMs: platform === 'win32' ? dearEveryMs : packageEveryMs,
    startsProcess: true,
    deadlineMs: packageDeadlineMs,
    async read() {
      const answers = await ask(options, 'networkStats', question)
      if (answers.length === 0) return { absent: 'no network interface is up' }
      const told = answers.filter(isTold)
      const readings = new Readings()
      if (told.length === 0) readings.skip(answers.length)
      for (const counts of readings.bounded(counted(told, platform))) addInterface(readings, counts, platform)
      return readings
    },
  }
}

/**
 * On Windows the package takes the blanks out of names, and then finds no `Ethernet 2`; a hardware address it finds,
 * and answers with the name. One PowerShell per address; the first goes ahead, for the list of interfaces that it makes
 * is the one that the others take as it is.
 */
async function askByAddress(
  information: SystemInformation,
  interfaces: NodeInterfaces,
): Promise<readonly InterfaceCounts[]> {
  const external = Object.values(interfaces).flatMap((addresses = []) =>
    addresses.filter(({ internal }) => !internal),
  )
  const [first, ...others] = new Set(external.map(({ mac }) => mac).filter((mac) => /[1-9a-f]/i.test(mac)))
  if (first === undefined) return []
  const answers = await information.networkStats(first)
  return others.length === 0 ? answers : [...answers, ...(await information.networkStats(others.join(',')))]
}

/** Of an interface that it could not ask for, or that carried nothing yet, the package says zeros and `unknown`. */
function isTold(counts: InterfaceCounts): boolean {
  return counts.operstate !== 'unknown' || counts.rx_bytes !== 0 || counts.tx_bytes !== 0
}

/** One of each name, without the copies. */
function counted(told: readonly InterfaceCounts[], platform: NodeJS.Platform): readonly InterfaceCounts[] {
  const byName = new Map(told.toReversed().map((counts) => [counts.iface, counts]))
  const distinct = [...byName.values()].reverse()
  const originals = distinct.filter(({ iface }) => !isCopy[platform]?.test(iface))
  return originals.length > 0 ? originals : distinct
}

function addInterface(readings: Readings, counts: InterfaceCounts, platform: NodeJS.Platform): void {
  // On macOS the package counts columns; where the last one is missing, it took others for the rest.
  if (platform === 'darwin' && Number.isNaN(known(counts.tx_dropped))) {
    readings.skip()
    return
  }
  const receive = interfaceAttributes(counts.iface, 'receive')
  const transmit = interfaceAttributes(counts.iface, 'transmit')
  readings.add(networkMetrics.io, known(counts.rx_bytes), receive)
  readings.add(networkMetrics.io, known(counts.tx_bytes), transmit)
  // Not every driver tells these.
  readings.addIfThere(networkMetrics.errors, known(counts.rx_errors), receive)
  readings.addIfThere(networkMetrics.errors, known(counts.tx_errors), transmit)
  // MacOS counts the drops of the send queue alone; the package gives the same number for both directions.
  if (platform !== 'darwin') readings.addIfThere(networkMetrics.dropped, known(counts.rx_dropped), receive)
  readings.addIfThere(networkMetrics.dropped, known(counts.tx_dropped), transmit)
}
