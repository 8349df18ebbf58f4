import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ManualClock, manualClock } from '../../../../../test/support/manual-clock.ts'
import { openNvidiaSmiReader } from './nvidia-smi-reader.ts'

const gpu = (address: string, fields = '') =>
  `<gpu id="${address}"><uuid>GPU-${address.slice(9, 11)}</uuid><product_name>Example</product_name>${fields}</gpu>`
const log = (...gpus: readonly string[]) => `<nvidia_smi_log>${gpus.join('')}</nvidia_smi_log>`
const three = [gpu('00000000:01:00.0'), gpu('00000000:02:00.0'), gpu('00000000:03:00.0')] as const

describe.skipIf(process.platform === 'win32')('nvidia-smi, played by a script of the shell', () => {
  let folder: string
  let clock: ManualClock
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'framewatch-smi-'))
    clock = manualClock()
    writeFileSync(join(folder, 'kmsg'), '')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const program = () => join(folder, 'nvidia-smi')
  /** What it answers from now on. */
  const answer = (stdout: string, { exitCode = 0, stderr = '', list = '' } = {}) => {
    writeFileSync(join(folder, 'stdout'), stdout)
    writeFileSync(join(folder, 'stderr'), stderr)
    writeFileSync(join(folder, 'list'), list)
    const lines = [
      '#!/bin/sh',
      `echo "$@" >> '${folder}/calls'`,
      `if [ "$1" = -L ]; then cat '${folder}/list'; exit 0; fi`,
      `cat '${folder}/stdout'; cat '${folder}/stderr' >&2; exit ${exitCode}`,
    ]
    writeFileSync(program(), lines.join('\n'))
    chmodSync(program(), 0o755)
  }
  const open = () => openNvidiaSmiReader({ program: program(), clock, devRoot: folder })
  const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')

  test('is started once in ten seconds, however often it is read', async () => {
    answer(log(three[0]))
    await using reader = disposable(await open())
    const { gpus } = await reader.read()
    await clock.advance(9999)
    expect((await reader.read()).gpus).toEqual(gpus)
    expect(calls()).toEqual(['-q -x'])
    await clock.advance(1)
    await reader.read()
    expect(calls()).toEqual(['-q -x', '-q -x'])
    expect(gpus.map(({ id, index }) => [id, index])).toEqual([['GPU-01', 0]])
  })

  test('says what to install when it is not there', async () => {
    await expect(open()).rejects.toThrow('install the NVIDIA driver')
  })

  test('says what its exit code means', async () => {
    const words = 'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.\n'
    answer(words, { exitCode: 9 })
    await expect(open()).rejects.toThrow(
      /exit code 9: the NVIDIA driver is not loaded.*could not communicate/,
    )
    answer('No devices were found\n', { exitCode: 6 })
    await expect(open()).rejects.toThrow('exit code 6: it found no GPU')
    answer('')
    await expect(open()).rejects.toThrow('no XML that names a GPU')
  })

  test.each([
    ['GPU 0000:02:00.0: Unknown Error', 255],
    ['GPU1: 0000:02:00.0: Unknown Error', 0],
    ['GPU0000:02:00.0: GPU is lost.  Reboot the system to recover this GPU', 15],
    ['GPU1: Unknown Error', 15],
  ])(
    'a card that is lost keeps its id and its number, and the others keep theirs: %s',
    async (card, exitCode) => {
      answer(log(...three))
      await using reader = disposable(await open())
      answer(log(three[0], three[2]), {
        exitCode,
        stderr: `Unable to determine the device handle for ${card}\n`,
      })
      await clock.advance(10_000)
      const { gpus } = await reader.read()
      expect(gpus.map(({ id, index, isLost }) => [id, index, isLost === true]).sort()).toEqual([
        ['GPU-01', 0, false],
        ['GPU-02', 1, true],
        ['GPU-03', 2, false],
      ])
    },
  )

  test('a card that was never seen is lost by its address; one that may not be opened is not', async () => {
    answer('Unable to determine the device handle for GPU 0000:04:00.0: Unknown Error\n', { exitCode: 15 })
    await using reader = disposable(await open())
    const lost = { id: '0000:04:00.0', index: 0, vendor: 'nvidia', pciAddress: '0000:04:00.0', isLost: true }
    expect((await reader.read()).gpus).toEqual([lost])
    const words = 'Unable to determine the device handle for GPU 0000:04:00.0: Insufficient Permissions\n'
    answer(words, { exitCode: 4 })
    await expect(open()).rejects.toThrow('this user may not ask the driver')
  })

  test('MIG devices get their profiles from the list', async () => {
    const mig =
      '<mig_devices><mig_device><index>0</index><gpu_instance_id>3</gpu_instance_id></mig_device></mig_devices>'
    const list = 'GPU 0: Example (UUID: GPU-01)\n  MIG 1g.10gb     Device  0: (UUID: MIG-x)\n'
    answer(log(gpu('00000000:01:00.0', mig)), { list })
    await using reader = disposable(await open())
    expect((await reader.read()).gpus[0]?.instances).toEqual([{ id: 'MIG-x', profile: '1g.10gb' }])
    expect(calls()).toEqual(['-q -x', '-L'])
  })

  test('faults of the kernel log carry the id of the card, or its address', async () => {
    answer(log(gpu('00000000:3B:00.0', '<pci><pci_bus_id>00000000:3B:00.0</pci_bus_id></pci>')))
    await using reader = disposable(await open())
    const faults = ['3b', '5d'].map(
      (bus) => `3,1,2,-;NVRM: Xid (PCI:0000:${bus}:00): 79, GPU has fallen off the bus.\n`,
    )
    appendFileSync(join(folder, 'kmsg'), faults.join(''))
    const { xids } = await reader.read()
    expect(xids.map(({ device, code }) => [device, code])).toEqual([
      ['GPU-3B', 79],
      ['0000:5d:00', 79],
    ])
    expect((await reader.read()).xids).toEqual([])
  })

  test('more than four MiB are not read', async () => {
    writeFileSync(program(), '#!/bin/sh\nexec yes 0123456789012345678901234567890123456789\n')
    chmodSync(program(), 0o755)
    await expect(open()).rejects.toThrow('wrote more than 4 MiB')
  })

  test('a driver that hangs costs the deadline, and is asked again only after ten seconds', async () => {
    answer(log(three[0]))
    await using reader = disposable(await open())
    await clock.advance(10_000)
    writeFileSync(program(), '#!/bin/sh\nexec sleep 1000\n')
    const reading = reader.read()
    const outcome = expect(reading).rejects.toThrow('was killed: timeout')
    await clock.advance(8000)
    await outcome
    await expect(reader.read()).rejects.toThrow('was killed: timeout')
  })
})

function disposable<T extends { close(): void | Promise<void> }>(reader: T): T & AsyncDisposable {
  return Object.assign(reader, { [Symbol.asyncDispose]: async () => reader.close() })
}
