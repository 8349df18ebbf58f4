import type { MetricDescriptor } from '../../model/sample.ts'

const counter = (name: string, unit: string, description: string) =>
  ({ name: `system.linux.${name}`, kind: 'counter', unit, description }) as const

/** The kernel counts TCP over IPv4 and IPv6 together. */
export const tcpMetrics = {
  connections: {
    name: 'system.network.connection.count',
    kind: 'gauge',
    unit: '{connection}',
    description:
      'Connections by state: established (waiting to be closed included), time_wait, and orphan: closed by its process, not yet by the other side.',
  },
  sockets: {
    name: 'system.linux.socket.count',
    kind: 'gauge',
    unit: '{socket}',
    description: 'Sockets in use by transport and version of IP.',
  },
  allocated: {
    name: 'system.linux.tcp.socket.allocated',
    kind: 'gauge',
    unit: '{socket}',
    description: 'TCP sockets that hold memory, those in time_wait left out.',
  },
  memory: {
    name: 'system.linux.tcp.memory.pages',
    kind: 'gauge',
    unit: '{page}',
    description: 'Memory of TCP buffers in pages of memory, as its limits in net.ipv4.tcp_mem are.',
  },
  segments: counter(
    'tcp.segments',
    '{segment}',
    'TCP segments received and transmitted; those transmitted again are left out.',
  ),
  retransmits: counter('tcp.retransmits', '{segment}', 'TCP segments that were transmitted again.'),
  synRetransmits: counter(
    'tcp.syn_retransmits',
    '{segment}',
    'Requests to open a TCP connection, and answers to them, that were transmitted again.',
  ),
  timeouts: counter('tcp.timeouts', '{timeout}', 'Retransmission timers of TCP that ran out.'),
  errors: counter('tcp.errors', '{segment}', 'TCP segments received with an error, such as a bad checksum.'),
  resets: counter('tcp.resets', '{segment}', 'TCP segments transmitted that reset a connection.'),
  connectionResets: counter(
    'tcp.connection_resets',
    '{connection}',
    'Established TCP connections that ended by a reset.',
  ),
  opens: counter(
    'tcp.opens',
    '{connection}',
    'TCP connections opened: by this host (active) and by others (passive).',
  ),
  failedAttempts: counter('tcp.failed_attempts', '{connection}', 'TCP connections that failed to open.'),
  listenOverflows: counter(
    'tcp.listen_overflows',
    '{connection}',
    'TCP connections dropped because the accept queue of the listening process was full.',
  ),
  listenDrops: counter(
    'tcp.listen_drops',
    '{connection}',
    'TCP connections that a listening socket dropped, for a full accept queue or any other reason.',
  ),
  synCookies: counter(
    'tcp.syncookies',
    '{packet}',
    'SYN cookies sent, received and failed: a queue of new connections was full, or is attacked.',
  ),
  outOfOrder: counter('tcp.out_of_order', '{segment}', 'TCP segments that came before those they follow.'),
  receiveDrops: counter(
    'tcp.receive_drops',
    '{segment}',
    'TCP segments dropped because the queue of the socket that should read them was full.',
  ),
  udpDatagrams: counter('udp.datagrams', '{datagram}', 'UDP datagrams over IPv4 received and sent.'),
  udpNoPorts: counter('udp.no_ports', '{datagram}', 'UDP datagrams for a port at which nobody listened.'),
  udpErrors: counter(
    'udp.errors',
    '{packet}',
    'UDP packets over IPv4 that could not be delivered, those for a full buffer included.',
  ),
  udpBufferErrors: counter(
    'udp.buffer_errors',
    '{packet}',
    'UDP packets over IPv4 dropped because the buffer of the receiving socket was full.',
  ),
} as const satisfies Record<string, MetricDescriptor>
