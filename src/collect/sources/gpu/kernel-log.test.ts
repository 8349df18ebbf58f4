import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { manualClock } from '../../../../test/support/manual-clock.ts'
import { openKernelLogXids, parseXid } from './kernel-log.ts'

/** Of POSIX; Node makes none. */
const fifoMaker = 'mkfifo'

const startMs = 1_760_000_000_000
const fallen = 'NVRM: Xid (PCI:0000:3b:00): 79, pid=1234, name=python3, GPU has fallen off the bus.'
const record = (message: string, priority = 4) => `${priority},1234,5140900,-;${message}\n`

describe('a record of the kernel log', () => {
  test.each([
    [fallen, '0000:3b:00', 79],
    [
      "NVRM: Xid (PCI:0000:3b:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.",
      '0000:3b:00',
      79,
    ],
    [
      'NVRM: Xid (PCI:0000:00:06): 31, pid=79749, name=exe, Ch 0000000a, intr 00000000. MMU Fault',
      '0000:00:06',
      31,
    ],
    ['NVRM: Xid (0000:03:00): 13, 0003 00000000 00008597 00001b0c 00001614 00000000', '0000:03:00', 13],
    ['NVRM: Xid (PCI:0000:01:00 GPU-I:05): 43, pid=7, Ch 00000008', '0000:01:00', 43],
    ['NVRM: Xid (PCI:00000000:83:00.0): 48', '00000000:83:00.0', 48],
  ])('%s', (message, device, code) => {
    expect(parseXid(record(message).trimEnd(), startMs)).toEqual({ timestampMs: startMs, device, code })
  })

  test.each([
    ['of something else', record('NVRM: GPU at PCI:0000:3b:00: GPU-ee7954ec')],
    ['that quotes one', record(`audit: comm="${fallen}"`)],
    ['that a program wrote', record(fallen, 12)],
    ['without its head', fallen],
    ['with a code that is none', record('NVRM: Xid (PCI:0000:3b:00): 1234567')],
    ['with a property of the one before', ' SUBSYSTEM=pci'],
  ])('%s is no fault', (_, line) => {
    expect(parseXid(line.trimEnd(), startMs)).toBeUndefined()
  })

  test('may be anything', () => {
    const parts = fc.constantFrom('4,1,2,-;', 'NVRM: Xid (', 'PCI:0000:3b:00', '): ', '79', '\n', ';')
    fc.assert(
      fc.property(fc.array(fc.oneof(parts, fc.string())), (words) => {
        const xid = parseXid(words.join(''), startMs)
        return xid === undefined || (Number.isInteger(xid.code) && xid.code >= 0)
      }),
    )
  })
})

describe.skipIf(process.platform === 'win32')('the kernel log', () => {
  let folder: string
  const clock = manualClock(startMs)
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'framewatch-kmsg-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('is read from its end on, and each fault is told once', () => {
    writeFileSync(join(folder, 'kmsg'), record(fallen))
    const log = openKernelLogXids({ devRoot: folder, clock })
    expect(log?.drain()).toEqual([])
    appendFileSync(join(folder, 'kmsg'), record('usb 1-1: new device') + record(fallen.replace('79', '48')))
    expect(log?.drain()).toEqual([{ timestampMs: startMs, device: '0000:3b:00', code: 48 }])
    expect(log?.drain()).toEqual([])
    log?.close()
    expect(log?.drain()).toEqual([])
  })

  test('does not wait for a record that is not written yet, and takes one that comes in parts', () => {
    execFileSync(fifoMaker, [join(folder, 'kmsg')])
    const log = openKernelLogXids({ devRoot: folder, clock })
    const writer = openSync(join(folder, 'kmsg'), constants.O_WRONLY | constants.O_NONBLOCK)
    expect(log?.drain()).toEqual([])
    writeSync(writer, record(fallen).slice(0, 40))
    expect(log?.drain()).toEqual([])
    writeSync(writer, record(fallen).slice(40))
    expect(log?.drain()).toHaveLength(1)
    closeSync(writer)
    log?.close()
  })

  test('may not be there', () => {
    expect(openKernelLogXids({ devRoot: join(folder, 'none'), clock })).toBeUndefined()
    expect(openKernelLogXids({ devRoot: join(folder, 'file'), clock })).toBeUndefined()
  })

  test('may be something that cannot be read', () => {
    mkdirSync(join(folder, 'kmsg'))
    expect(openKernelLogXids({ devRoot: folder, clock })).toBeUndefined()
  })
})
