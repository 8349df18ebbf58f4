/** The sources of macOS, through the real package, on recorded output of the commands it starts: test/fixtures/macos. */
import { describe, expect, test } from 'vitest'
import { askForeignHost, linesOf } from '../../../../test/support/foreign-host.ts'

const pageBytes = 16_384
const kib = 1024
const mib = kib ** 2

async function readOne(source: string, recordings: Readonly<Record<string, string>> = {}) {
  const { answers, calls } = await askForeignHost('darwin', { sources: [source], recordings })
  const [answer] = answers[source] ?? []
  if (answer === undefined) throw new Error(`no answer of ${source}`)
  return { ...answer, calls }
}

const netstat = (line: string) =>
  `Name Mtu Network Address Ipkts Ierrs Ibytes Opkts Oerrs Obytes Coll Drop\n${line}\n`

describe.skipIf(process.platform === 'win32')('on macOS (needs a POSIX shell)', { timeout: 30_000 }, () => {
  test('memory in use is what is anonymous, wired or compressed; the states add up to the limit', async () => {
    const reading = await readOne('memory')
    // The pages of vm_stat: anonymous less purgeable, wired, occupied by the compressor; free with the speculative.
    const used = (326_288 - 5850 + 106_180 + 24_572) * pageBytes
    const free = (33_762 + 172_602) * pageBytes
    const limit = 18 * 1024 * mib
    expect(linesOf(reading)).toEqual([
      `system.memory.usage used ${used}`,
      `system.memory.usage free ${free}`,
      `system.memory.usage cached ${limit - used - free}`,
      `system.memory.limit ${limit}`,
      `system.memory.utilization ${used / limit}`,
    ])
    expect(reading.skipped).toBe(0)
  })

  test('memory that vm_stat does not tell of is left out, not taken for used', async () => {
    const reading = await readOne('memory', { vm_stat: '' })
    expect(linesOf(reading)).toEqual([
      `system.memory.usage free ${(33_762 + 172_602) * pageBytes}`,
      `system.memory.limit ${18 * 1024 * mib}`,
    ])
    expect(reading.skipped).toBe(3)
  })

  test('swap is told in hundredths of a MiB, whatever the decimal sign', async () => {
    const free = Math.round(1686.31 * mib)
    const lines = [
      `system.paging.usage used ${13_312 * mib - free}`,
      `system.paging.usage free ${free}`,
      `system.paging.utilization ${(13_312 * mib - free) / (13_312 * mib)}`,
    ]
    expect(linesOf(await readOne('swap'))).toEqual(lines)
    const localised = 'total = 13312,00M  used = 11625,69M  free = 1686,31M  (encrypted)\n'
    expect(linesOf(await readOne('swap', { 'sysctl-vm.swapusage': localised }))).toEqual(lines)
  })

  test('swap that is not told is absent, as where there is none', async () => {
    expect(await readOne('swap', { 'sysctl-vm.swapusage': '' })).toHaveProperty('absent')
    const none = 'total = 0.00M  used = 0.00M  free = 0.00M  (encrypted)\n'
    expect(await readOne('swap', { 'sysctl-vm.swapusage': none })).toHaveProperty('absent')
  })

  test('volumes of a container are as full as the container; images and system volumes are left out', async () => {
    const reading = await readOne('filesystem')
    const lines = linesOf(reading)
    const size = 239_075_328 * kib
    const free = 76_546_048 * kib
    const container = (volume: string) => [
      `system.filesystem.usage ${volume} APFS used ${size - free}`,
      `system.filesystem.usage ${volume} APFS free ${free}`,
      `system.filesystem.usage ${volume} APFS reserved 0`,
      `system.filesystem.limit ${volume} APFS ${size}`,
      `system.filesystem.utilization ${volume} APFS ${(size - free) / size}`,
    ]
    expect(lines.slice(0, 10)).toEqual([
      ...container('/dev/disk3s1s1 /'),
      ...container('/dev/disk3s5 /System/Volumes/Data'),
    ])
    expect(lines.filter((line) => line.includes('utilization')).slice(2)).toEqual([
      'system.filesystem.utilization /dev/disk4s1 /Volumes/CARD exfat 0.9',
      'system.filesystem.utilization //guest@files.local/music /Volumes/music smbfs 0.5',
    ])
    expect(reading.skipped).toBe(0)
  })

  test('file systems that df does not list are skipped, not gone', async () => {
    const reading = await readOne('filesystem', { df: '' })
    expect(reading).toMatchObject({ samples: [], skipped: 1 })
  })

  test('traffic of disks is the sum of all block devices', async () => {
    const reading = await readOne('disk')
    expect(linesOf(reading)).toEqual([
      `system.disk.io read ${30_948_818_944 + 3_394_316_288}`,
      `system.disk.io write ${14_221_045_760 + 4_335_616}`,
      `system.disk.operations read ${2_328_858 + 23_043}`,
      `system.disk.operations write ${1_006_613 + 909}`,
    ])
    expect(reading.skipped).toBe(0)
  })

  test('statistics with fewer entries than the package counts on are skipped, as is no answer at all', async () => {
    const short =
      '+-o IOBlockStorageDriver  <class>\n    "Statistics" = {"Operations (Write)"=1,"Bytes (Read)"=2}\n'
    expect(await readOne('disk', { ioreg: short })).toMatchObject({ samples: [{ value: 1 }], skipped: 3 })
    expect(await readOne('disk', { ioreg: '' })).toMatchObject({ samples: [], skipped: 4 })
  })

  test('traffic is that of hardware; drops are those of sending, the only ones counted', async () => {
    const reading = await readOne('network')
    expect(linesOf(reading)).toEqual([
      'system.network.io en0 receive 11902425614',
      'system.network.io en0 transmit 2354022366',
      'system.network.errors en0 receive 2',
      'system.network.errors en0 transmit 0',
      'system.network.packet.dropped en0 transmit 7',
      'system.network.io en1 receive 0',
      'system.network.io en1 transmit 0',
      'system.network.errors en1 receive 0',
      'system.network.errors en1 transmit 0',
      'system.network.packet.dropped en1 transmit 3',
    ])
    expect(reading.skipped).toBe(0)
  })

  test('an interface of whose line the package takes other columns is skipped', async () => {
    // It takes a blank at the end of a line without an address for one more column: then packets are bytes.
    const line = 'en1 1500 <Link#5> 9895174 2 11902425614 9250217 0 2354022366 0 0 '
    const reading = await readOne('network', { 'netstat-en1': netstat(line) })
    expect(linesOf(reading).filter((name) => name.includes('en1'))).toEqual([])
    expect(reading.skipped).toBe(1)
  })

  test('counters past 32 bits stay exact, and an interface that is not told of has no series', async () => {
    const line = 'en1 1500 <Link#5> 02:00:00:00:00:02 1 0 4294967297 1 0 9007199254740991 0 0'
    const recordings = { 'netstat-en1': netstat(line), 'netstat-en0': '', 'ifconfig-en0': '' }
    expect(linesOf(await readOne('network', recordings)).slice(0, 2)).toEqual([
      'system.network.io en1 receive 4294967297',
      'system.network.io en1 transmit 9007199254740991',
    ])
  })

  test('processes are counted by status, whatever the language of the numbers', async () => {
    expect(linesOf(await readOne('processes'))).toEqual([
      'system.process.count 7',
      'system.process.count running 2',
      'system.process.count sleeping 2',
      'system.process.count blocked 1',
      'system.process.count other 2',
    ])
  })

  test('a service starts no process at its start, and knows its vital signs from the readings after', async () => {
    const start = await askForeignHost('darwin', { ticks: 1 })
    expect(start.calls).toEqual([])
    expect(start.signs).toMatchObject({ memoryUsedBytes: null, networkReceiveBytesPerSecond: null })
    const { signs } = await askForeignHost('darwin', { ticks: 3 })
    expect(signs).toMatchObject({
      memoryTotalBytes: 18 * 1024 * mib,
      memoryUsedBytes: (326_288 - 5850 + 106_180 + 24_572) * pageBytes,
      swapUsedBytes: 13_312 * mib - Math.round(1686.31 * mib),
      filesystemUtilizationMax: 0.9,
      processCount: 7,
      // The recordings stand still.
      diskReadBytesPerSecond: 0,
      networkReceiveBytesPerSecond: 0,
      gpus: [],
    })
    expect(signs?.load1m).toBeGreaterThanOrEqual(0)
  })

  test('processes that could not be listed are not none', async () => {
    expect(await readOne('processes', { ps: '' })).toMatchObject({ samples: [], skipped: 1 })
  })
})
