/** The same values under two names: what node_exporter calls them, and what we do. */
import type { Attributes } from '../../src/model/sample.ts'

type Labels = Readonly<Record<string, string>>

interface Pair {
  readonly theirs: string
  readonly ours: string
  /** Our attributes for their labels; undefined for a series that we leave out. @default none */
  readonly attributes?: (labels: Labels) => Attributes | undefined
  /** Where the two do not agree by intention. */
  readonly note?: string
}

function pair(theirs: string, ours: string, attributes?: Pair['attributes'], note?: string): Pair {
  return { theirs, ours, ...(attributes && { attributes }), ...(note && { note }) }
}

/** Physical disks of the fixtures; partitions and stacked devices count the same bytes again. */
export const physicalDisks = ['sda', 'sdb', 'sdc', 'vda', 'nvme0n1', 'mmcblk0', 'sr0']
const disk =
  (attributes: Attributes = {}) =>
  ({ device = '' }: Labels) =>
    physicalDisks.includes(device) ? { 'system.device': device, ...attributes } : undefined
const read = { 'disk.io.direction': 'read' }
const write = { 'disk.io.direction': 'write' }
const physicalOnly = 'physical disks only'

const kind = (name: string) => () => ({ 'system.memory.kind': name })
const fixed = (attributes: Attributes) => () => attributes
const processor = ({ cpu = '' }: Labels) => ({ 'cpu.logical_number': cpu })
const connections = (state: string) =>
  fixed({ 'network.connection.state': state, 'network.transport': 'tcp' })
const sockets = (transport: string, type: string) =>
  fixed({ 'network.transport': transport, 'network.type': type })
const received = { 'network.io.direction': 'receive' }
const transmitted = { 'network.io.direction': 'transmit' }
const paging = (direction: string) => fixed({ 'system.paging.direction': direction })
const stalled = (resource: string, how: string) =>
  fixed({ 'system.linux.pressure.resource': resource, 'system.linux.pressure.kind': how })
const states: Labels = { S: 'sleeping', R: 'running', D: 'blocked', I: 'idle', T: 'stopped', Z: 'defunct' }

/** The id of a sensor, of the chip that node_exporter names by where it is plugged in. */
function sensor({ chip = '', sensor: name = '' }: Labels): Attributes {
  const platform = /^platform_([a-z]+)_(\d+)$/.exec(chip)
  const radio = /^ieee80211_(phy\d+)_(.*)$/.exec(chip)
  const id = platform
    ? `${platform[1]}/${platform[1]}.${platform[2]}`
    : radio
      ? `${radio[2]}/${radio[1]}`
      : chip
  return { 'hw.id': `${id}/${name}` }
}
const rapl = (id: string) => fixed({ 'hw.id': `rapl/${id}` })
const byId = 'by `hw.id`; the other attributes say what the sensor measures'

export const pairs: readonly Pair[] = [
  pair('node_cpu_seconds_total', 'system.cpu.time', ({ cpu = '', mode = '' }) => ({
    'cpu.logical_number': cpu,
    'cpu.mode': mode === 'irq' ? 'interrupt' : mode,
  })),
  pair('node_context_switches_total', 'system.linux.context_switches'),
  pair('node_intr_total', 'system.linux.interrupts'),
  pair('node_cpu_scaling_frequency_hertz', 'system.cpu.frequency', processor),
  pair('node_cpu_scaling_frequency_max_hertz', 'system.linux.cpu.frequency.limit', processor),
  pair('node_cpu_package_throttles_total', 'system.linux.cpu.package.throttles', (labels) => ({
    'system.linux.cpu.package': labels['package'] ?? '',
  })),
  pair('node_cpu_core_throttles_total', 'system.linux.cpu.core.throttles', (labels) => ({
    'system.linux.cpu.package': labels['package'] ?? '',
    'system.linux.cpu.core': labels['core'] ?? '',
  })),
  pair('node_load1', 'system.linux.cpu.load_1m'),
  pair('node_load5', 'system.linux.cpu.load_5m'),
  pair('node_load15', 'system.linux.cpu.load_15m'),
  pair('node_memory_MemTotal_bytes', 'system.memory.limit'),
  pair('node_memory_MemFree_bytes', 'system.memory.usage', fixed({ 'system.memory.state': 'free' })),
  pair('node_memory_Buffers_bytes', 'system.memory.usage', fixed({ 'system.memory.state': 'buffers' })),
  ...(
    [
      ['Active', 'active'],
      ['Inactive', 'inactive'],
      ['Active_anon', 'active_anonymous'],
      ['Inactive_anon', 'inactive_anonymous'],
      ['Active_file', 'active_file'],
      ['Inactive_file', 'inactive_file'],
      ['AnonPages', 'anonymous'],
      ['Mapped', 'mapped'],
      ['Shmem', 'shared'],
      ['Dirty', 'dirty'],
      ['Writeback', 'writeback'],
      ['PageTables', 'page_tables'],
      ['KernelStack', 'kernel_stack'],
      ['Mlocked', 'locked'],
      ['AnonHugePages', 'anonymous_huge'],
      ['Unevictable', 'unevictable'],
      ['SwapCached', 'swap_cached'],
      ['VmallocUsed', 'vmalloc'],
      ['HardwareCorrupted', 'hardware_corrupted'],
      ['Committed_AS', 'committed'],
      ['CommitLimit', 'commit_limit'],
    ] as const
  ).map(([theirs, ours]) => pair(`node_memory_${theirs}_bytes`, 'system.memory.linux.usage', kind(ours))),
  ...(['Reclaimable', 'Unreclaim'] as const).map((theirs) =>
    pair(
      `node_memory_S${theirs}_bytes`,
      'system.memory.linux.slab.usage',
      fixed({
        'system.memory.linux.slab.state': theirs === 'Reclaimable' ? 'reclaimable' : 'unreclaimable',
      }),
    ),
  ),
  pair('node_memory_SwapFree_bytes', 'system.paging.usage', fixed({ 'system.paging.state': 'free' })),
  pair('node_vmstat_pswpin', 'system.paging.operations', paging('in')),
  pair('node_vmstat_pswpout', 'system.paging.operations', paging('out')),
  pair('node_vmstat_pgmajfault', 'system.paging.faults', fixed({ 'system.paging.fault.type': 'major' })),
  pair('node_vmstat_oom_kill', 'system.linux.memory.oom_kills'),
  pair('node_disk_read_bytes_total', 'system.disk.io', disk(read), physicalOnly),
  pair('node_disk_written_bytes_total', 'system.disk.io', disk(write), physicalOnly),
  pair('node_disk_reads_completed_total', 'system.disk.operations', disk(read), physicalOnly),
  pair('node_disk_writes_completed_total', 'system.disk.operations', disk(write), physicalOnly),
  pair('node_disk_reads_merged_total', 'system.disk.merged', disk(read), physicalOnly),
  pair('node_disk_writes_merged_total', 'system.disk.merged', disk(write), physicalOnly),
  pair('node_disk_read_time_seconds_total', 'system.disk.operation_time', disk(read), physicalOnly),
  pair('node_disk_write_time_seconds_total', 'system.disk.operation_time', disk(write), physicalOnly),
  pair('node_disk_io_time_seconds_total', 'system.disk.io_time', disk(), physicalOnly),
  pair('node_disk_io_time_weighted_seconds_total', 'system.disk.weighted_io_time', disk(), physicalOnly),
  pair('node_disk_io_now', 'system.disk.pending_operations', disk(), physicalOnly),
  pair('node_disk_discards_completed_total', 'system.linux.disk.discards', disk(), physicalOnly),
  pair('node_disk_flush_requests_total', 'system.linux.disk.flushes', disk(), physicalOnly),
  pair('node_disk_flush_requests_time_seconds_total', 'system.linux.disk.flush_time', disk(), physicalOnly),
  ...(
    [
      ['cpu_waiting', 'cpu', 'some'],
      ['memory_waiting', 'memory', 'some'],
      ['memory_stalled', 'memory', 'full'],
      ['io_waiting', 'io', 'some'],
      ['io_stalled', 'io', 'full'],
      ['irq_stalled', 'irq', 'full'],
    ] as const
  ).map(([theirs, resource, how]) =>
    pair(`node_pressure_${theirs}_seconds_total`, 'system.linux.pressure.stall_time', stalled(resource, how)),
  ),
  pair('node_netstat_Tcp_CurrEstab', 'system.network.connection.count', connections('established')),
  pair('node_sockstat_TCP_tw', 'system.network.connection.count', connections('time_wait')),
  pair('node_sockstat_TCP_orphan', 'system.network.connection.count', connections('orphan')),
  pair('node_sockstat_TCP_inuse', 'system.linux.socket.count', sockets('tcp', 'ipv4')),
  pair('node_sockstat_TCP6_inuse', 'system.linux.socket.count', sockets('tcp', 'ipv6')),
  pair('node_sockstat_UDP_inuse', 'system.linux.socket.count', sockets('udp', 'ipv4')),
  pair('node_sockstat_UDP6_inuse', 'system.linux.socket.count', sockets('udp', 'ipv6')),
  pair('node_sockstat_TCP_alloc', 'system.linux.tcp.socket.allocated'),
  pair('node_sockstat_TCP_mem', 'system.linux.tcp.memory.pages'),
  pair(
    'node_netstat_Tcp_ActiveOpens',
    'system.linux.tcp.opens',
    fixed({ 'system.linux.tcp.open.type': 'active' }),
  ),
  pair(
    'node_netstat_Tcp_PassiveOpens',
    'system.linux.tcp.opens',
    fixed({ 'system.linux.tcp.open.type': 'passive' }),
  ),
  pair('node_netstat_Tcp_InSegs', 'system.linux.tcp.segments', fixed({ 'network.io.direction': 'receive' })),
  pair(
    'node_netstat_Tcp_OutSegs',
    'system.linux.tcp.segments',
    fixed({ 'network.io.direction': 'transmit' }),
  ),
  pair('node_netstat_Tcp_RetransSegs', 'system.linux.tcp.retransmits'),
  pair('node_netstat_Tcp_InErrs', 'system.linux.tcp.errors'),
  pair('node_netstat_Tcp_OutRsts', 'system.linux.tcp.resets'),
  pair('node_netstat_TcpExt_ListenOverflows', 'system.linux.tcp.listen_overflows'),
  pair('node_netstat_TcpExt_ListenDrops', 'system.linux.tcp.listen_drops'),
  pair('node_netstat_TcpExt_TCPTimeouts', 'system.linux.tcp.timeouts'),
  pair('node_netstat_Udp_InDatagrams', 'system.linux.udp.datagrams', fixed(received)),
  pair('node_netstat_Udp_OutDatagrams', 'system.linux.udp.datagrams', fixed(transmitted)),
  pair('node_netstat_Udp_NoPorts', 'system.linux.udp.no_ports'),
  ...(['Sent', 'Recv', 'Failed'] as const).map((theirs) =>
    pair(
      `node_netstat_TcpExt_Syncookies${theirs}`,
      'system.linux.tcp.syncookies',
      fixed({ 'system.linux.tcp.syncookie.type': theirs === 'Recv' ? 'received' : theirs.toLowerCase() }),
    ),
  ),
  pair('node_netstat_TcpExt_TCPOFOQueue', 'system.linux.tcp.out_of_order'),
  pair('node_netstat_TcpExt_TCPRcvQDrop', 'system.linux.tcp.receive_drops'),
  pair('node_netstat_Udp_InErrors', 'system.linux.udp.errors'),
  pair('node_netstat_Udp_RcvbufErrors', 'system.linux.udp.buffer_errors'),
  pair('node_forks_total', 'system.process.created'),
  pair('node_procs_running', 'system.linux.thread.runnable'),
  pair('node_procs_blocked', 'system.linux.thread.blocked'),
  pair('node_filefd_allocated', 'system.linux.file_handle.count'),
  pair('node_filefd_maximum', 'system.linux.file_handle.limit'),
  pair('node_processes_max_processes', 'system.linux.process.limit'),
  pair('node_processes_max_threads', 'system.linux.thread.limit'),
  pair('node_processes_threads', 'system.linux.thread.count'),
  pair('node_processes_pids', 'system.process.count'),
  pair('node_processes_state', 'system.process.count', ({ state = '' }) => ({
    'system.process.status': states[state] ?? 'other',
  })),
  pair('node_hwmon_temp_celsius', 'hw.temperature', sensor, byId),
  pair('node_hwmon_temp_crit_celsius', 'hw.temperature.limit', sensor, byId),
  pair('node_hwmon_fan_rpm', 'hw.fan.speed', sensor, byId),
  pair(
    'node_thermal_zone_temp',
    'hw.temperature',
    ({ type = '' }) => ({ 'hw.id': `thermal_zone/${type}` }),
    byId,
  ),
  pair('node_rapl_package_joules_total', 'hw.energy', rapl('package-0'), byId),
  pair('node_rapl_core_joules_total', 'hw.energy', rapl('package-0/core'), byId),
  pair('node_boot_time_seconds', 'system.linux.boot_time'),
]
