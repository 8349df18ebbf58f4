/** The sources of Windows, through the real package, on recorded output of its PowerShells: test/fixtures/windows. */
import { describe, expect, test } from 'vitest'
import { askForeignHost, linesOf } from '../../../../test/support/foreign-host.ts'

const mib = 1024 ** 2

async function readOne(source: string, recordings: Readonly<Record<string, string>> = {}) {
  const { answers, calls } = await askForeignHost('win32', { sources: [source], recordings })
  const [answer] = answers[source] ?? []
  if (answer === undefined) throw new Error(`no answer of ${source}`)
  return { ...answer, calls }
}

const adapter = (name: string, description: string, counts: readonly string[]) =>
  [
    '\n',
    `Name                     : ${name}`,
    `InterfaceDescription     : ${description}`,
    ...['ReceivedBytes', 'ReceivedPacketErrors', 'ReceivedDiscardedPackets', 'SentBytes']
      .concat('OutboundPacketErrors', 'OutboundDiscardedPackets')
      .map((key, index) => `${key.padEnd(25)}: ${counts[index]}`),
    '',
  ].join('\n')

describe.skipIf(process.platform === 'win32')('on Windows (needs a POSIX shell)', { timeout: 30_000 }, () => {
  test('memory is read without a PowerShell: what is free is what programs can get', async () => {
    const reading = await readOne('memory')
    const limit = 18 * 1024 * mib
    const free = (33_762 + 172_602) * 16_384
    expect(linesOf(reading)).toEqual([
      `system.memory.usage used ${limit - free}`,
      `system.memory.usage free ${free}`,
      `system.memory.limit ${limit}`,
      `system.memory.utilization ${(limit - free) / limit}`,
    ])
    expect(reading.calls).toEqual([])
  })

  test('swap is the page files, in MiB; none that is told of is none', async () => {
    expect(linesOf(await readOne('swap'))).toEqual([
      `system.paging.usage used ${3752 * mib}`,
      `system.paging.usage free ${(26_198 - 3752) * mib}`,
      `system.paging.utilization ${3752 / 26_198}`,
    ])
    expect(await readOne('swap', { 'page-files': '' })).toHaveProperty('absent')
  })

  test('file systems are the drives that have a medium that can be written', async () => {
    const reading = await readOne('filesystem')
    expect(linesOf(reading)).toEqual([
      'system.filesystem.usage C: C: NTFS used 604129169408',
      'system.filesystem.usage C: C: NTFS free 395406827520',
      'system.filesystem.usage C: C: NTFS reserved 0',
      'system.filesystem.limit C: C: NTFS 999535996928',
      `system.filesystem.utilization C: C: NTFS ${604_129_169_408 / 999_535_996_928}`,
      'system.filesystem.usage E: E: NTFS used 75533164544',
      'system.filesystem.usage E: E: NTFS free 179705958400',
      'system.filesystem.usage E: E: NTFS reserved 0',
      'system.filesystem.limit E: E: NTFS 255239122944',
      `system.filesystem.utilization E: E: NTFS ${75_533_164_544 / 255_239_122_944}`,
    ])
    expect(reading.skipped).toBe(0)
  })

  test('a PowerShell that fails costs the reading, and invents no number', async () => {
    expect(await readOne('filesystem', { 'logical-disks': '' })).toMatchObject({ samples: [], skipped: 1 })
    expect(await readOne('processes', { processes: '' })).toMatchObject({ samples: [], skipped: 1 })
    expect(await readOne('network', { 'adapter-statistics': '' })).toMatchObject({ samples: [], skipped: 2 })
  })

  test('disks are absent: the package tells nothing of them', async () => {
    expect(await readOne('disk')).toHaveProperty('absent')
  })

  test('interfaces keep their names, with blanks and letters of any language; what a driver does not tell is left out', async () => {
    const reading = await readOne('network')
    expect(linesOf(reading)).toEqual([
      'system.network.io Ethernet 2 receive 10878059317',
      'system.network.io Ethernet 2 transmit 7390186057',
      'system.network.errors Ethernet 2 receive 0',
      'system.network.errors Ethernet 2 transmit 1',
      'system.network.packet.dropped Ethernet 2 receive 373',
      'system.network.packet.dropped Ethernet 2 transmit 0',
      'system.network.io WLAN-Verbindung über Funk receive 12523547',
      'system.network.io WLAN-Verbindung über Funk transmit 720791',
    ])
    expect(reading.skipped).toBe(0)
    expect(reading.calls.filter((call) => call === 'adapter-statistics')).toHaveLength(2)
  })

  test('an interface that carried nothing has no series; one past 32 bits is exact', async () => {
    const statistics = [
      adapter('Ethernet 2', 'Intel(R) Ethernet Connection (7) I219-V', ['0', '0', '0', '0', '0', '0']),
      adapter('WLAN-Verbindung über Funk', 'Realtek 8822CE Wireless LAN 802.11ac PCI-E NIC', [
        '4294967297',
        '0',
        '0',
        '9007199254740991',
        '0',
        '0',
      ]),
    ].join('')
    const reading = await readOne('network', { 'adapter-statistics': statistics })
    expect(linesOf(reading).slice(0, 2)).toEqual([
      'system.network.io WLAN-Verbindung über Funk receive 4294967297',
      'system.network.io WLAN-Verbindung über Funk transmit 9007199254740991',
    ])
    expect(linesOf(reading).filter((line) => line.includes('Ethernet 2'))).toEqual([])
  })

  test('the package itself finds no interface with a blank in its name, which is why it is not asked by name', async () => {
    const { packageAnswer } = await askForeignHost('win32', { question: ['networkStats', 'Ethernet 2'] })
    expect(packageAnswer).toMatchObject([{ operstate: 'unknown', rx_bytes: 0 }])
  })

  test('a list of adapters that fails leaves the names that Node tells', async () => {
    expect(linesOf(await readOne('network', { adapters: '' }))).toContain(
      'system.network.io Ethernet 2 receive 10878059317',
    )
  })

  test('a service starts no process at its start, and knows its vital signs from the readings after', async () => {
    const start = await askForeignHost('win32', { ticks: 1 })
    expect(start.calls).toEqual([])
    expect(start.signs).toMatchObject({ memoryTotalBytes: 18 * 1024 * mib, swapUsedBytes: null })
    const { signs } = await askForeignHost('win32', { ticks: 3 })
    expect(signs).toMatchObject({
      swapUsedBytes: 3752 * mib,
      filesystemUtilizationMax: 604_129_169_408 / 999_535_996_928,
      processCount: 3,
      // Of disks and load nothing is told; the recordings stand still.
      diskReadBytesPerSecond: null,
      load1m: null,
      networkReceiveBytesPerSecond: 0,
      gpus: [],
    })
  })

  test('processes are counted; their status is not told', async () => {
    const reading = await readOne('processes')
    expect(linesOf(reading)).toEqual(['system.process.count 3'])
    expect(reading.skipped).toBe(0)
  })
})
