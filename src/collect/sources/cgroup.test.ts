import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  copyTree,
  type KernelTree,
  kernelTree,
  readingOf,
  readNow,
  type TreeFiles,
  valuesOf,
} from '../../../test/support/kernel-tree.ts'
import { type ManualClock, manualClock } from '../../../test/support/manual-clock.ts'
import { countCpus } from './cgroup/limits.ts'
import { locateCgroups } from './cgroup/locate.ts'
import { cgroupSource } from './cgroup.ts'

let tree: KernelTree
let clock: ManualClock
beforeEach(() => {
  clock = manualClock()
  tree = kernelTree({
    'proc/meminfo': 'MemTotal:       4194304 kB\n',
    'sys/devices/system/cpu/online': '0-7\n',
  })
})
afterEach(() => tree.remove())
const at = (path: string) => join(tree.root, path)
const source = () => cgroupSource({ procRoot: at('proc'), sysRoot: at('sys'), clock })
const gibibyte = 2 ** 30

/** The process is in these cgroups, and sees these mounts: `root mountpoint type options`. */
function inside(membership: string, ...mounts: readonly string[]): void {
  const lines = mounts.map((mount) => {
    const [root, path, type, options = 'rw'] = mount.split(' ')
    return `31 24 0:26 ${root} ${at(path ?? '')} rw,relatime shared:4 - ${type} ${type} rw,${options}`
  })
  tree.write({
    'proc/self/cgroup': `${membership}\n`,
    'proc/self/mountinfo': ['22 27 0:21 / /proc rw - proc proc rw', ...lines, ''].join('\n'),
  })
}

function put(folder: string, files: TreeFiles): void {
  for (const [name, text] of Object.entries(files)) tree.write({ [`${folder}/${name}`]: `${text}\n` })
}

const version2 = {
  'cgroup.events': 'populated 1',
  'cpu.max': 'max 100000',
  'cpu.stat':
    'usage_usec 5000000\nuser_usec 3000000\nsystem_usec 2000000\nnr_periods 10\nnr_throttled 4\nthrottled_usec 1500000',
  'cpu.pressure':
    'some avg10=1.50 avg60=0.00 avg300=0.00 total=2000000\nfull avg10=0.50 avg60=0.00 avg300=0.00 total=1000000',
  'memory.current': `${gibibyte}`,
  'memory.max': 'max',
  'memory.stat': `anon 5\ninactive_file ${gibibyte / 2}\nactive_file 1`,
  'memory.events': 'oom 9\noom_kill 3\noom_group_kill 1',
  'memory.swap.current': '4096',
  'memory.swap.max': '8192',
  'pids.current': '12',
  'pids.max': '100',
}

describe('version 2', () => {
  test('reads the cgroup of a container that sees it as the root of its own', () => {
    inside('0::/', '/ sys/fs/cgroup cgroup2')
    put('sys/fs/cgroup', { ...version2, 'cpu.max': '150000 100000', 'memory.max': `${2 * gibibyte}` })
    expect(valuesOf(readNow(source()))).toEqual({
      'container.cpu.time{cpu.mode="user"}': 3,
      'container.cpu.time{cpu.mode="system"}': 2,
      'container.cpu.limit': 1.5,
      'container.cpu.periods': 10,
      'container.cpu.throttled.periods': 4,
      'container.cpu.throttled.time': 1.5,
      'container.memory.usage': gibibyte,
      'container.memory.working_set': gibibyte / 2,
      'container.memory.limit': 2 * gibibyte,
      'container.memory.utilization': 0.25,
      'container.memory.oom_kills': 3,
      'container.paging.usage': 4096,
      'container.paging.limit': 8192,
      'container.pids.count': 12,
      'container.pids.limit': 100,
      'container.pressure.stall_time{system.linux.pressure.kind="some",system.linux.pressure.resource="cpu"}': 2,
      'container.pressure.stall_time{system.linux.pressure.kind="full",system.linux.pressure.resource="cpu"}': 1,
      'container.pressure.utilization{system.linux.pressure.kind="some",system.linux.pressure.resource="cpu"}': 0.015,
      'container.pressure.utilization{system.linux.pressure.kind="full",system.linux.pressure.resource="cpu"}': 0.005,
    })
  })

  test('the least limit of a cgroup and all above it holds', () => {
    inside('0::/pods/pod:1/main', '/ sys/fs/cgroup cgroup2')
    put('sys/fs/cgroup', { 'cpu.stat': 'usage_usec 1' })
    put('sys/fs/cgroup/pods', { ...version2, 'cpu.max': '50000 100000', 'memory.max': `${3 * gibibyte}` })
    put('sys/fs/cgroup/pods/pod:1', { ...version2, 'memory.max': `${gibibyte}`, 'pids.max': '50' })
    put('sys/fs/cgroup/pods/pod:1/main', { ...version2, 'cpu.max': '200000 100000' })
    expect(valuesOf(readNow(source()))).toMatchObject({
      'container.cpu.limit': 0.5,
      'container.memory.limit': gibibyte,
      'container.pids.limit': 50,
    })
  })

  test('without a limit the memory of the machine is one, and the CPU has none', () => {
    inside('0::/user.slice', '/ sys/fs/cgroup cgroup2')
    put('sys/fs/cgroup/user.slice', { ...version2, 'pids.max': 'max', 'memory.swap.max': 'max' })
    const values = valuesOf(readNow(source()))
    expect(values['container.memory.limit']).toBe(4 * gibibyte)
    for (const name of ['cpu.limit', 'pids.limit', 'paging.limit'])
      expect(values).not.toHaveProperty([`container.${name}`])
  })

  test('a limit beyond the memory of the machine is none', () => {
    inside('0::/a', '/ sys/fs/cgroup cgroup2')
    put('sys/fs/cgroup/a', { ...version2, 'memory.max': `${64 * gibibyte}` })
    expect(valuesOf(readNow(source()))['container.memory.limit']).toBe(4 * gibibyte)
  })

  test('a mount above the root of the namespace shows the cgroup by the way that leads there', () => {
    inside('0::/../../b', '/ elsewhere cgroup2', '/../.. sys/fs/cgroup cgroup2')
    put('sys/fs/cgroup/b', version2)
    expect(valuesOf(readNow(source()))['container.pids.count']).toBe(12)
  })

  test('is absent where no mount shows the cgroup, and never takes one of others for it', () => {
    inside('0::/', '/../.. sys/fs/cgroup cgroup2')
    put('sys/fs/cgroup', version2)
    expect(readNow(source())).toHaveProperty('absent')
    inside('0::/../neighbour', '/ sys/fs/cgroup cgroup2')
    expect(readNow(source())).toHaveProperty('absent')
  })

  test('is absent in the root cgroup of a machine, and where there are no cgroups', () => {
    inside('0::/', '/ sys/fs/cgroup cgroup2')
    put('sys/fs/cgroup', { 'cpu.stat': 'usage_usec 1' })
    expect(readNow(source())).toEqual({ absent: expect.stringContaining('root cgroup') })
    tree.take('proc/self')
    expect(readNow(source())).toEqual({ absent: expect.stringContaining('no cgroups') })
  })
})

const version1 = (top: string, below: string) => {
  put(`${top}/cpu,cpuacct${below}`, {
    'cpu.cfs_quota_us': '-1',
    'cpu.cfs_period_us': '100000',
    'cpu.stat': 'nr_periods 10\nnr_throttled 4\nthrottled_time 1500000000',
    'cpuacct.stat': 'user 300\nsystem 200',
    'cpuacct.usage': '5000000000',
  })
  put(`${top}/memory${below}`, {
    'memory.limit_in_bytes': '9223372036854771712',
    'memory.usage_in_bytes': `${gibibyte}`,
    'memory.stat': `inactive_file 7\nhierarchical_memory_limit 9223372036854771712\ntotal_inactive_file ${gibibyte / 2}\ntotal_swap 4096`,
    'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 3',
  })
  put(`${top}/pids${below}`, { 'pids.current': '12', 'pids.max': 'max' })
}
const mounts1 = (root: string) => [
  `${root} sys/fs/cgroup/cpu,cpuacct cgroup cpu,cpuacct`,
  `${root} sys/fs/cgroup/memory cgroup memory`,
  `${root} sys/fs/cgroup/pids cgroup pids`,
]

describe('version 1', () => {
  test('reads a container whose own cgroup is all that is mounted', () => {
    inside('9:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n2:pids:/docker/abc', ...mounts1('/docker/abc'))
    version1('sys/fs/cgroup', '')
    put('sys/fs/cgroup/cpu,cpuacct', { 'cpu.cfs_quota_us': '250000' })
    expect(valuesOf(readNow(source()))).toEqual({
      'container.cpu.time{cpu.mode="user"}': 3,
      'container.cpu.time{cpu.mode="system"}': 2,
      'container.cpu.limit': 2.5,
      'container.cpu.periods': 10,
      'container.cpu.throttled.periods': 4,
      'container.cpu.throttled.time': 1.5,
      'container.memory.usage': gibibyte,
      'container.memory.working_set': gibibyte / 2,
      'container.memory.limit': 4 * gibibyte,
      'container.memory.utilization': 0.125,
      'container.memory.oom_kills': 3,
      'container.paging.usage': 4096,
      'container.pids.count': 12,
    })
  })

  test('the least limit holds, those above what can be seen included', () => {
    inside('9:memory:/pods/a\n3:cpu,cpuacct:/pods/a', ...mounts1('/'))
    version1('sys/fs/cgroup', '/pods')
    version1('sys/fs/cgroup', '/pods/a')
    put('sys/fs/cgroup/cpu,cpuacct/pods', { 'cpu.cfs_quota_us': '50000' })
    put('sys/fs/cgroup/memory/pods', { 'memory.limit_in_bytes': `${2 * gibibyte}` })
    const limits = () => {
      const values = valuesOf(readNow(source()))
      return [values['container.cpu.limit'], values['container.memory.limit']]
    }
    expect(limits()).toEqual([0.5, 2 * gibibyte])
    put('sys/fs/cgroup/memory/pods/a', { 'memory.stat': `hierarchical_memory_limit ${gibibyte}` })
    expect(limits()).toEqual([0.5, gibibyte])
  })

  test('a container that is named as its host names it sees its own cgroup at the mount', () => {
    inside('9:memory:/docker/outer/docker/abc', '/docker/abc sys/fs/cgroup/memory cgroup memory')
    version1('sys/fs/cgroup', '')
    expect(valuesOf(readNow(source()))['container.memory.usage']).toBe(gibibyte)
  })
})

test('a hybrid machine: what is in a cgroup of its own counts, what is in the root does not', () => {
  inside(
    '8:pids:/\n4:memory:/api/94ee\n3:cpu,cpuacct:/\n1:name=systemd:/\n0::/',
    ...mounts1('/'),
    '/ sys/fs/cgroup/unified cgroup2',
  )
  version1('sys/fs/cgroup', '')
  version1('sys/fs/cgroup', '/api/94ee')
  put('sys/fs/cgroup/cpu,cpuacct', { release_agent: '' })
  put('sys/fs/cgroup/pids', { release_agent: '' })
  put('sys/fs/cgroup/unified', { 'cpu.stat': 'usage_usec 1' })
  const names = new Set(readingOf(readNow(source())).samples.map(({ name }) => name.split('.')[1]))
  expect(names).toEqual(new Set(['memory', 'paging']))
})

describe('the share of the CPU', () => {
  const used = (seconds: number) => put('sys/fs/cgroup', { 'cpu.stat': `usage_usec ${seconds * 1e6}` })
  const shares = async (...seconds: readonly number[]) => {
    const kept = source()
    const found: (number | undefined)[] = []
    for (const second of seconds) {
      used(second)
      found.push(valuesOf(readNow(kept))['container.cpu.utilization'])
      await clock.advance(1000)
    }
    return found
  }
  beforeEach(() => {
    inside('0::/', '/ sys/fs/cgroup cgroup2')
    put('sys/fs/cgroup', { ...version2, 'cpu.max': '200000 100000' })
  })

  test('is of the quota, and there is none in the first reading', async () => {
    expect(await shares(10, 11, 13)).toEqual([undefined, 0.5, 1])
  })

  test('is of the CPUs the cgroup may run on where those are fewer, or there is no quota', async () => {
    put('sys/fs/cgroup', { 'cpuset.cpus.effective': '3' })
    expect(await shares(10, 10.5)).toEqual([undefined, 0.5])
    put('sys/fs/cgroup', { 'cpuset.cpus.effective': '0-2,6', 'cpu.max': 'max 100000' })
    expect(await shares(10, 11)).toEqual([undefined, 0.25])
    tree.take('sys/fs/cgroup/cpuset.cpus.effective')
    expect(await shares(10, 12)).toEqual([undefined, 0.25])
  })

  test('is never above all, and there is none when the counter started again or nothing tells of what', async () => {
    expect(await shares(10, 13, 1, 2)).toEqual([undefined, 1, undefined, 0.5])
    put('sys/fs/cgroup', { 'cpu.max': 'max 100000' })
    tree.take('sys/devices')
    expect(await shares(10, 11)).toEqual([undefined, undefined])
  })
})

describe('faults', () => {
  beforeEach(() => {
    inside('0::/a', '/ sys/fs/cgroup cgroup2')
    put('sys/fs/cgroup/a', version2)
  })

  test('what is unreadable, garbage or cut is counted, and the rest is read', () => {
    tree.spoil('sys/fs/cgroup/a/memory.stat')
    put('sys/fs/cgroup/a', {
      'memory.current': 'much',
      'cpu.stat': 'usage_usec 5\nuser_us',
      'pids.current': '',
    })
    const { samples, skipped } = readingOf(readNow(source()))
    expect(skipped).toBe(1 + 1 + 2 + 1)
    expect(samples.map(({ name }) => name)).toContain('container.memory.oom_kills')
    expect(samples.map(({ name }) => name)).not.toContain('container.memory.working_set')
  })

  test('limits that are garbage are none', () => {
    put('sys/fs/cgroup/a', { 'cpu.max': '0 0', 'memory.max': '-', 'pids.max': '' })
    const values = valuesOf(readNow(source()))
    expect(values['container.memory.limit']).toBe(4 * gibibyte)
    expect(values).not.toHaveProperty(['container.cpu.limit'])
  })

  test('a cgroup that is taken away while it is read is no fault', () => {
    const kept = source()
    readNow(kept)
    kept.close?.()
    const other = source()
    readNow(other)
    tree.take('sys/fs/cgroup/a')
    expect(() => readNow(other)).not.toThrow()
  })

  test('limits that change, and a process that is moved, are seen within ten seconds', async () => {
    const kept = source()
    readNow(kept)
    put('sys/fs/cgroup/a', { 'cpu.max': '100000 100000' })
    put('sys/fs/cgroup/b', { ...version2, 'pids.current': '77' })
    expect(valuesOf(readNow(kept))).not.toHaveProperty(['container.cpu.limit'])
    await clock.advance(10_000)
    expect(valuesOf(readNow(kept))['container.cpu.limit']).toBe(1)
    inside('0::/b', '/ sys/fs/cgroup cgroup2')
    await clock.advance(10_000)
    const moved = valuesOf(readNow(kept))
    expect(moved['container.pids.count']).toBe(77)
    expect(moved).not.toHaveProperty(['container.cpu.utilization'])
  })

  test('lists of cgroups and mounts that are garbage find nothing and throw nothing', () => {
    const text = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(text, text, (membership, mountinfo) => {
        expect(locateCgroups(`0::/${membership}`, `1 2 0:1 / ${mountinfo} - cgroup2 x rw`).size).toBeLessThan(
          6,
        )
        expect(countCpus(membership)).not.toBeLessThan(1)
      }),
    )
  })
})

test.each([
  ['0', 1],
  ['0-3', 4],
  ['0-3,8,10-11', 7],
  ['', Number.NaN],
  ['0-', Number.NaN],
  ['3-0', Number.NaN],
  ['a', Number.NaN],
])('the list %j holds %d CPUs', (list, count) => expect(countCpus(list)).toBe(count))

const fixture = join(import.meta.dirname, '../../../../shared/data/proc-fixtures/cgroup-v2/docker2')
describe.skipIf(!existsSync(fixture))('a recorded session (needs the fixtures in ../shared)', () => {
  test('reads every number of it', () => {
    const scope = 'user.slice/user-1000.slice/session-520.scope'
    copyTree(join(fixture, 'sys/fs/cgroup'), tree, () => false, '')
    inside(`0::/../../${scope}`, '/../.. . cgroup2')
    expect(valuesOf(readNow(source()))).toMatchObject({
      'container.cpu.time{cpu.mode="user"}': 2915.072455,
      'container.cpu.time{cpu.mode="system"}': 696.275063,
      'container.cpu.periods': 0,
      'container.cpu.throttled.periods': 0,
      'container.cpu.throttled.time': 0,
      'container.memory.usage': 10498404352,
      'container.memory.working_set': 10498404352 - 6685749248,
      'container.memory.oom_kills': 0,
      'container.paging.usage': 17715200,
      'container.pids.count': 148,
      'container.pressure.stall_time{system.linux.pressure.kind="some",system.linux.pressure.resource="cpu"}': 115.056064,
      'container.pressure.stall_time{system.linux.pressure.kind="full",system.linux.pressure.resource="cpu"}': 29.25418,
    })
  })
})
