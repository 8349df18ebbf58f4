import type { Attributes, MetricDescriptor } from '../../model/sample.ts'
import { KernelFile, type KernelText } from '../kernel/kernel-file.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { NamedColumns } from '../kernel/named-columns.ts'
import { readOrSkip } from '../kernel/read-or-skip.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { tcpMetrics } from './tcp-metrics.ts'

const tcp = { 'network.transport': 'tcp' } as const
const udp = { 'network.transport': 'udp' } as const
const inState = (state: string): Attributes => ({ ...tcp, 'network.connection.state': state })
const received = { 'network.io.direction': 'receive' } as const
const transmitted = { 'network.io.direction': 'transmit' } as const

/** What one number of a file becomes. */
type Reported = readonly [column: string, metric: MetricDescriptor, attributes?: Attributes]

const tcpColumns = [
  ['CurrEstab', tcpMetrics.connections, inState('established')],
  ['ActiveOpens', tcpMetrics.opens, { 'system.linux.tcp.open.type': 'active' }],
  ['PassiveOpens', tcpMetrics.opens, { 'system.linux.tcp.open.type': 'passive' }],
  ['AttemptFails', tcpMetrics.failedAttempts],
  ['EstabResets', tcpMetrics.connectionResets],
  ['InSegs', tcpMetrics.segments, received],
  ['OutSegs', tcpMetrics.segments, transmitted],
  ['RetransSegs', tcpMetrics.retransmits],
  ['InErrs', tcpMetrics.errors],
  ['OutRsts', tcpMetrics.resets],
] as const satisfies readonly Reported[]

const udpColumns = [
  ['InDatagrams', tcpMetrics.udpDatagrams, received],
  ['OutDatagrams', tcpMetrics.udpDatagrams, transmitted],
  ['NoPorts', tcpMetrics.udpNoPorts],
  ['InErrors', tcpMetrics.udpErrors],
  ['RcvbufErrors', tcpMetrics.udpBufferErrors],
] as const satisfies readonly Reported[]

const extendedColumns = [
  ['SyncookiesSent', tcpMetrics.synCookies, { 'system.linux.tcp.syncookie.type': 'sent' }],
  ['SyncookiesRecv', tcpMetrics.synCookies, { 'system.linux.tcp.syncookie.type': 'received' }],
  ['SyncookiesFailed', tcpMetrics.synCookies, { 'system.linux.tcp.syncookie.type': 'failed' }],
  ['TCPOFOQueue', tcpMetrics.outOfOrder],
  ['TCPRcvQDrop', tcpMetrics.receiveDrops],
  ['ListenOverflows', tcpMetrics.listenOverflows],
  ['ListenDrops', tcpMetrics.listenDrops],
  ['TCPTimeouts', tcpMetrics.timeouts],
  ['TCPSynRetrans', tcpMetrics.synRetransmits],
] as const satisfies readonly Reported[]

/** The lines of the socket files: the word the line begins with, and its pairs of a name and a number. */
const socketLines: Readonly<Record<string, readonly Reported[]>> = {
  'TCP: ': [
    ['inuse', tcpMetrics.sockets, { ...tcp, 'network.type': 'ipv4' }],
    ['orphan', tcpMetrics.connections, inState('orphan')],
    ['tw', tcpMetrics.connections, inState('time_wait')],
    ['alloc', tcpMetrics.allocated],
    ['mem', tcpMetrics.memory],
  ],
  'UDP: ': [['inuse', tcpMetrics.sockets, { ...udp, 'network.type': 'ipv4' }]],
  'TCP6: ': [['inuse', tcpMetrics.sockets, { ...tcp, 'network.type': 'ipv6' }]],
  'UDP6: ': [['inuse', tcpMetrics.sockets, { ...udp, 'network.type': 'ipv6' }]],
}

/** Connections and segments of this network namespace from `/proc/net/{snmp,netstat,sockstat,sockstat6}`. */
export function tcpSource({ procRoot }: Pick<KernelRoots, 'procRoot'>): Source {
  const [snmp, netstat, sockstat, sockstat6] = ['snmp', 'netstat', 'sockstat', 'sockstat6'].map(
    (name) => new KernelFile(`${procRoot}/net/${name}`),
  ) as [KernelFile, KernelFile, KernelFile, KernelFile]
  const tables = [
    { file: snmp, lines: [columns('Tcp: ', tcpColumns), columns('Udp: ', udpColumns)] },
    { file: netstat, lines: [columns('TcpExt: ', extendedColumns)] },
  ]
  return {
    name: 'tcp',
    metrics: Object.values(tcpMetrics),
    read() {
      const readings = new Readings()
      let isThere = false
      for (const { file, lines } of tables) {
        const text = readOrSkip(file, readings)
        if (text === undefined) continue
        isThere = true
        for (const { table, reported } of lines) addColumns(readings, table.read(text), reported)
      }
      for (const file of [sockstat, sockstat6]) {
        const text = readOrSkip(file, readings)
        if (text === undefined) continue
        isThere = true
        addSockets(readings, text)
      }
      if (isThere || readings.skipped > 0) return readings
      return { absent: `no ${procRoot}/net/snmp: the kernel has no IP networking` }
    },
    close() {
      for (const file of [snmp, netstat, sockstat, sockstat6]) file.close()
    },
  }
}

function columns(start: string, reported: readonly Reported[]) {
  return {
    table: new NamedColumns(
      start,
      reported.map(([column]) => column),
    ),
    reported,
  }
}

/** A column that this kernel does not have is no fault; a number that is none is. */
function addColumns(
  readings: Readings,
  values: readonly (number | undefined)[] | undefined,
  reported: readonly Reported[],
): void {
  if (values === undefined) {
    readings.skip()
    return
  }
  for (const [index, [, metric, attributes]] of reported.entries()) {
    const value = values[index]
    if (value !== undefined) readings.add(metric, value, attributes)
  }
}

function addSockets(readings: Readings, text: KernelText): void {
  for (const [start, reported] of Object.entries(socketLines)) {
    const cursor = text.after(start)
    while (cursor !== undefined && !cursor.isAtLineEnd) {
      const name = cursor.word()
      const value = cursor.wholeNumber()
      const found = reported.find(([column]) => column === name)
      if (found) readings.add(found[1], value, found[2])
    }
  }
}
