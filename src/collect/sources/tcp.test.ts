import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type KernelTree,
  kernelTree,
  readingOf,
  readNow,
  valuesOf,
} from '../../../test/support/kernel-tree.ts'
import { KernelText } from '../kernel/kernel-file.ts'
import { NamedColumns } from '../kernel/named-columns.ts'
import { tcpSource } from './tcp.ts'

const snmp = `Ip: Forwarding DefaultTTL
Ip: 2 64
Tcp: OutRsts RtoAlgorithm MaxConn CurrEstab InSegs OutSegs RetransSegs
Tcp: 9 1 -1 4 100 200 3
Udp: InDatagrams InErrors RcvbufErrors
Udp: 5 6 7
UdpLite: InErrors
UdpLite: 99
`
const netstat = `TcpExt: SyncookiesSent ListenDrops TCPSynRetrans
TcpExt: 0 11 12
IpExt: InNoRoutes
IpExt: 0
`
const sockstat = `sockets: used 229
TCP: inuse 4 orphan 5 tw 6 alloc 17 mem 1
UDP: inuse 2 mem 0
`
let proc: KernelTree
beforeEach(() => {
  proc = kernelTree({
    'net/snmp': snmp,
    'net/netstat': netstat,
    'net/sockstat': sockstat,
    'net/sockstat6': 'TCP6: inuse 1\nUDP6: inuse 3\n',
  })
})
afterEach(() => proc.remove())
const source = () => tcpSource({ procRoot: proc.root })

test('finds numbers by the names of their columns, wherever this kernel has them', () => {
  const values = valuesOf(readNow(source()))
  expect(values).toMatchObject({
    'system.linux.tcp.resets': 9,
    'system.network.connection.count{network.connection.state="established",network.transport="tcp"}': 4,
    'system.network.connection.count{network.connection.state="orphan",network.transport="tcp"}': 5,
    'system.network.connection.count{network.connection.state="time_wait",network.transport="tcp"}': 6,
    'system.linux.tcp.segments{network.io.direction="transmit"}': 200,
    'system.linux.tcp.retransmits': 3,
    'system.linux.tcp.listen_drops': 11,
    'system.linux.tcp.syn_retransmits': 12,
    'system.linux.udp.errors': 6,
    'system.linux.udp.buffer_errors': 7,
    'system.linux.socket.count{network.transport="udp",network.type="ipv6"}': 3,
  })
})

test('leaves out columns that the kernel does not have, which is no fault', () => {
  const reading = readingOf(readNow(source()))
  expect(reading.skipped).toBe(0)
  expect(reading.samples.map(({ name }) => name)).not.toContain('system.linux.tcp.listen_overflows')
})

test('finds the columns again when they have moved', () => {
  const kept = source()
  readNow(kept)
  proc.write({ 'net/netstat': 'TcpExt: TCPTimeouts New ListenDrops\nTcpExt: 1 2 3\n' })
  expect(valuesOf(readNow(kept))).toMatchObject({
    'system.linux.tcp.timeouts': 1,
    'system.linux.tcp.listen_drops': 3,
  })
  kept.close?.()
})

test('is absent without IP networking, and goes on without IPv6 or extended counters', () => {
  proc.take('net/sockstat6')
  proc.take('net/netstat')
  expect(readingOf(readNow(source()))).toMatchObject({ skipped: 0 })
  proc.take('net')
  expect(readNow(source())).toHaveProperty('absent')
})

test('counts what cannot be read, is garbage or was cut, and reads the rest', () => {
  proc.spoil('net/netstat')
  expect(readingOf(readNow(source())).skipped).toBe(1)
  proc.write({ 'net/snmp': 'Tcp: CurrEstab InSegs\nTcp: many\nUdp: InErrors' })
  const reading = readingOf(readNow(source()))
  expect(reading.skipped).toBe(1 + 2 + 1)
  expect(reading.samples.map(({ name }) => name)).not.toContain('system.linux.tcp.segments')
  proc.write({ 'net/sockstat': 'TCP: inuse 4 orphan' })
  expect(readingOf(readNow(source())).skipped).toBe(5)
})

test('a line that was damaged anywhere never throws, and gives no number that it does not hold', () => {
  const names = ['OutRsts', 'CurrEstab']
  fc.assert(
    fc.property(fc.nat(snmp.length), fc.string({ unit: 'binary', maxLength: 8 }), (at, garbage) => {
      const text = snmp.slice(0, at) + garbage + snmp.slice(at + 3)
      const values = new NamedColumns('Tcp: ', names).read(KernelText.of(text)) ?? []
      for (const value of values)
        if (value !== undefined && !Number.isNaN(value)) expect(text).toContain(String(value).slice(0, 15))
    }),
  )
})
