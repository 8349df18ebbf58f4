/** Our numbers beside those of node_exporter on its own fixtures of /proc and /sys (Apache-2.0). */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  copyTree,
  goldenOf,
  type KernelTree,
  kernelTree,
  readNow,
  valuesOf,
} from '../../../test/support/kernel-tree.ts'
import { manualClock } from '../../../test/support/manual-clock.ts'
import { seriesKey } from '../../model/sample.ts'
import { timeSource } from './clock.ts'
import { cpuFrequencySource } from './cpu-frequency.ts'
import { hwmonSource } from './hwmon.ts'
import { pressureSource } from './pressure.ts'
import { tcpSource } from './tcp.ts'

const fixtures = join(import.meta.dirname, '../../../../shared/data/proc-fixtures/node_exporter')
const procRoot = join(fixtures, 'proc')

describe.skipIf(!existsSync(fixtures))('beside node_exporter (needs its fixtures in ../shared)', () => {
  let golden: ReadonlyMap<string, number>
  let sys: KernelTree
  beforeAll(() => {
    golden = goldenOf(join(fixtures, 'e2e-output.txt'))
    sys = kernelTree()
    const isLink = (path: string) =>
      /^class\/(hwmon|thermal)\/[^/]+$/.test(path) || /\/hwmon\d+\/device$/.test(path)
    for (const part of ['class/hwmon', 'class/thermal', 'class/powercap', 'devices'])
      copyTree(fixtures, sys, (path) => isLink(path.slice('sys/'.length)), `sys/${part}`)
  })
  afterAll(() => sys?.remove())

  const expected = (key: string): number => {
    const value = golden.get(key)
    if (value === undefined) throw new Error(`node_exporter has no ${key}`)
    return value
  }

  /** Compares what both have: ours on the left, theirs on the right. */
  const compare = (ours: Readonly<Record<string, number>>, pairs: readonly (readonly [string, string])[]) => {
    const mine = pairs.map(([our, theirs]) => [our, theirs, ours[our]])
    expect(mine).toEqual(pairs.map(([our, theirs]) => [our, theirs, expected(theirs)]))
  }

  test('counts the same 6 stall times', () => {
    const values = valuesOf(readNow(pressureSource({ procRoot })))
    const pairs = [
      ['cpu', 'some', 'cpu_waiting'],
      ['memory', 'some', 'memory_waiting'],
      ['memory', 'full', 'memory_stalled'],
      ['io', 'some', 'io_waiting'],
      ['io', 'full', 'io_stalled'],
      ['irq', 'full', 'irq_stalled'],
    ] as const
    for (const [resource, kind, theirs] of pairs) {
      const attributes = {
        'system.linux.pressure.resource': resource,
        'system.linux.pressure.kind': kind,
      }
      // node_exporter divides by a thousand twice, which rounds twice.
      const ours = values[seriesKey({ name: 'system.linux.pressure.stall_time', attributes })] ?? Number.NaN
      expect((ours * 1e6) / 1000 / 1000, theirs).toBe(expected(`node_pressure_${theirs}_seconds_total`))
    }
    expect(
      values[
        'system.linux.pressure.utilization{system.linux.pressure.kind="some",system.linux.pressure.resource="io"}'
      ],
    ).toBe(0.0018)
  })

  test('counts the same 21 numbers of TCP, UDP and sockets', () => {
    const state = (name: string) =>
      `system.network.connection.count{network.connection.state="${name}",network.transport="tcp"}`
    const sockets = (transport: string, type: string) =>
      `system.linux.socket.count{network.transport="${transport}",network.type="${type}"}`
    compare(valuesOf(readNow(tcpSource({ procRoot }))), [
      [state('established'), 'node_netstat_Tcp_CurrEstab'],
      [state('time_wait'), 'node_sockstat_TCP_tw'],
      [state('orphan'), 'node_sockstat_TCP_orphan'],
      [sockets('tcp', 'ipv4'), 'node_sockstat_TCP_inuse'],
      [sockets('tcp', 'ipv6'), 'node_sockstat_TCP6_inuse'],
      [sockets('udp', 'ipv4'), 'node_sockstat_UDP_inuse'],
      [sockets('udp', 'ipv6'), 'node_sockstat_UDP6_inuse'],
      ['system.linux.tcp.socket.allocated', 'node_sockstat_TCP_alloc'],
      ['system.linux.tcp.memory.pages', 'node_sockstat_TCP_mem'],
      ['system.linux.tcp.opens{system.linux.tcp.open.type="active"}', 'node_netstat_Tcp_ActiveOpens'],
      ['system.linux.tcp.opens{system.linux.tcp.open.type="passive"}', 'node_netstat_Tcp_PassiveOpens'],
      ['system.linux.tcp.segments{network.io.direction="receive"}', 'node_netstat_Tcp_InSegs'],
      ['system.linux.tcp.segments{network.io.direction="transmit"}', 'node_netstat_Tcp_OutSegs'],
      ['system.linux.tcp.retransmits', 'node_netstat_Tcp_RetransSegs'],
      ['system.linux.tcp.errors', 'node_netstat_Tcp_InErrs'],
      ['system.linux.tcp.resets', 'node_netstat_Tcp_OutRsts'],
      ['system.linux.tcp.listen_overflows', 'node_netstat_TcpExt_ListenOverflows'],
      ['system.linux.tcp.listen_drops', 'node_netstat_TcpExt_ListenDrops'],
      ['system.linux.tcp.timeouts', 'node_netstat_TcpExt_TCPTimeouts'],
      ['system.linux.udp.errors', 'node_netstat_Udp_InErrors'],
      ['system.linux.udp.buffer_errors', 'node_netstat_Udp_RcvbufErrors'],
    ])
  })

  test('reads the same 8 frequencies and counts the same 6 throttles', () => {
    const source = cpuFrequencySource({ sysRoot: join(sys.root, 'sys'), clock: manualClock() })
    const numbers = [0, 1, 2, 3].flatMap((cpu): [string, string][] => [
      [`system.cpu.frequency{cpu.logical_number="${cpu}"}`, `node_cpu_scaling_frequency_hertz{cpu="${cpu}"}`],
      [
        `system.linux.cpu.frequency.limit{cpu.logical_number="${cpu}"}`,
        `node_cpu_scaling_frequency_max_hertz{cpu="${cpu}"}`,
      ],
    ])
    const throttles = [0, 1].flatMap((processor): [string, string][] => [
      [
        `system.linux.cpu.package.throttles{system.linux.cpu.package="${processor}"}`,
        `node_cpu_package_throttles_total{package="${processor}"}`,
      ],
      ...[0, 1].map((core): [string, string] => [
        `system.linux.cpu.core.throttles{system.linux.cpu.core="${core}",system.linux.cpu.package="${processor}"}`,
        `node_cpu_core_throttles_total{core="${core}",package="${processor}"}`,
      ]),
    ])
    const values = valuesOf(readNow(source))
    compare(values, [...numbers, ...throttles])
    expect(Object.keys(values)).toHaveLength(8 + 6)
  })

  test('reads the same 15 temperatures, 12 limits, 3 fans, a thermal zone and 2 energy counters', async () => {
    const source = hwmonSource({ sysRoot: join(sys.root, 'sys'), clock: manualClock() })
    const values: Record<string, number> = {}
    for (const [key, value] of Object.entries(valuesOf(await source.read()))) {
      const [, name, id] = /^([a-z._]+)\{hw\.id="([^"]+)"/.exec(key) ?? []
      values[`${name} ${id}`] = value
    }
    const core = (chip: number, sensor: number, ours: string, theirs: string): [string, string] => [
      `${ours} coretemp/coretemp.${chip}/temp${sensor}`,
      `${theirs}{chip="platform_coretemp_${chip}",sensor="temp${sensor}"}`,
    ]
    const bare = (ours: string, theirs: string) =>
      [1, 2].map((sensor): [string, string] => [
        `${ours} hwmon4/temp${sensor}`,
        `${theirs}{chip="hwmon4",sensor="temp${sensor}"}`,
      ])
    const cores = [0, 1].flatMap((chip) =>
      [1, 2, 3, 4, 5].flatMap((sensor) => [
        core(chip, sensor, 'hw.temperature', 'node_hwmon_temp_celsius'),
        core(chip, sensor, 'hw.temperature.limit', 'node_hwmon_temp_crit_celsius'),
      ]),
    )
    const radio = (band: number): [string, string] => [
      `hw.temperature mt7996_phy0_${band}/phy0/temp1`,
      `node_hwmon_temp_celsius{chip="ieee80211_phy0_mt7996_phy0_${band}",sensor="temp1"}`,
    ]
    const fan = (id: string, chip: string, sensor: string): [string, string] => [
      `hw.fan.speed ${id}/${sensor}`,
      `node_hwmon_fan_rpm{chip="${chip}",sensor="${sensor}"}`,
    ]
    const energy = (id: string, key: string): [string, string] => [
      `hw.energy rapl/${id}`,
      `node_rapl_${key}"}`,
    ]
    const path = 'collector/fixtures/sys/class/powercap'
    const pairs = [
      ...cores,
      ...bare('hw.temperature', 'node_hwmon_temp_celsius'),
      ...bare('hw.temperature.limit', 'node_hwmon_temp_crit_celsius'),
      ...[0, 1, 2].map(radio),
      fan('nct6779', 'nct6779', 'fan2'),
      fan('applesmc/applesmc.768', 'platform_applesmc_768', 'fan1'),
      fan('applesmc/applesmc.768', 'platform_applesmc_768', 'fan2'),
      [
        'hw.temperature thermal_zone/cpu-thermal',
        'node_thermal_zone_temp{type="cpu-thermal",zone="0"}',
      ] as const,
      energy('package-0', `package_joules_total{index="0",path="${path}/intel-rapl:0`),
      energy('package-0/core', `core_joules_total{index="0",path="${path}/intel-rapl:0:0`),
    ]
    compare(values, pairs)
    expect(Object.keys(values).sort()).toEqual(pairs.map(([ours]) => ours).sort())
  })

  test('knows the same time of boot', () => {
    const runRoot = join(sys.root, 'run')
    const source = timeSource({ procRoot, clock: manualClock(), runRoot })
    expect(valuesOf(readNow(source))).toEqual({
      'system.linux.boot_time': expected('node_boot_time_seconds'),
    })
  })
})
