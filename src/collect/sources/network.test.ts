import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readOf } from '../../../test/support/read-of.ts'
import { networkSource } from './network.ts'

let procRoot: string
let sysRoot: string
beforeEach(() => {
  procRoot = mkdtempSync(join(tmpdir(), 'proc-'))
  sysRoot = mkdtempSync(join(tmpdir(), 'sys-'))
  mkdirSync(join(procRoot, 'net'))
})
afterEach(() => {
  rmSync(procRoot, { recursive: true })
  rmSync(sysRoot, { recursive: true })
})

/** Reads a file of interfaces, of which some have hardware behind them. */
function readNetwork(text: string, hardware: readonly string[]) {
  for (const name of hardware) mkdirSync(join(sysRoot, 'class/net', name, 'device'), { recursive: true })
  writeFileSync(join(procRoot, 'net/dev'), text)
  return readOf(networkSource({ procRoot, sysRoot }))
}

const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0
  eth0:4294967296123  9175    1    2    0     0          0         0   578976    5543    3    4    0     0       0          0
veth1a2: 77 1 0 0 0 0 0 0 88 1 0 0 0 0 0 0
`

const valuesOf = async (...hardware: readonly string[]) =>
  Object.fromEntries(
    (await readNetwork(text, hardware)).samples.map(({ name, attributes, value }) => [
      `${attributes['network.interface.name']} ${attributes['network.io.direction']} ${name}`,
      value,
    ]),
  )

test('reads both directions of lo and of the interfaces with hardware behind them', async () => {
  const values = await valuesOf('eth0')
  expect(values).toEqual({
    'lo receive system.network.io': 3193,
    'lo receive system.network.packet.count': 29,
    'lo receive system.network.errors': 0,
    'lo receive system.network.packet.dropped': 0,
    'lo transmit system.network.io': 3193,
    'lo transmit system.network.packet.count': 29,
    'lo transmit system.network.errors': 0,
    'lo transmit system.network.packet.dropped': 0,
    'eth0 receive system.network.io': 4294967296123,
    'eth0 receive system.network.packet.count': 9175,
    'eth0 receive system.network.errors': 1,
    'eth0 receive system.network.packet.dropped': 2,
    'eth0 transmit system.network.io': 578976,
    'eth0 transmit system.network.packet.count': 5543,
    'eth0 transmit system.network.errors': 3,
    'eth0 transmit system.network.packet.dropped': 4,
  })
})

test('takes every interface where none has hardware, as inside a container', async () => {
  expect(await valuesOf()).toMatchObject({ 'veth1a2 receive system.network.io': 77 })
})

test('counts a line that was cut', async () => {
  expect(await readNetwork('a\nb\neth0: 1 2 3', [])).toMatchObject({ skipped: 5 })
  expect(await readNetwork('a\nb\n  eth0', [])).toMatchObject({ samples: [], skipped: 1 })
})

test('bounds how many interfaces are taken, and counts the rest', async () => {
  const many = Array.from({ length: 130 }, (_, index) => `v${index}: ${'1 '.repeat(16)}`).join('\n')
  const readings = await readNetwork(`a\nb\n${many}`, [])
  expect([readings.samples.length, readings.skipped]).toEqual([128 * 8, 2])
})

test('500 interfaces cost those with hardware nothing: the host ends of container links are left out', async () => {
  const links = Array.from({ length: 500 }, (_, index) => `veth${index}: ${'7 '.repeat(16)}`).join('\n')
  const readings = await readNetwork(`${text}${links}\n`, ['eth0'])
  const names = new Set(readings.samples.map(({ attributes }) => attributes['network.interface.name']))
  expect([names, readings.skipped]).toEqual([new Set(['lo', 'eth0']), 0])
})

test('tells of hardware whether it has a link and how fast that is, where the driver knows', async () => {
  const link = (name: string, carrier: string, speed: string) => {
    mkdirSync(join(sysRoot, 'class/net', name), { recursive: true })
    writeFileSync(join(sysRoot, 'class/net', name, 'carrier'), carrier)
    writeFileSync(join(sysRoot, 'class/net', name, 'speed'), speed)
  }
  link('eth0', '1\n', '25000\n')
  link('veth1a2', '1\n', '10000\n')
  const linkOf = async () =>
    (await readNetwork(text, ['eth0'])).samples
      .filter(({ name }) => name.startsWith('hw.'))
      .map(({ name, attributes, value }) => [name, attributes['hw.id'], value])
  expect(await linkOf()).toEqual([
    ['hw.network.up', 'eth0', 1],
    ['hw.network.bandwidth.limit', 'eth0', 3.125e9],
  ])
  link('eth0', '0\n', '-1\n')
  expect(await linkOf()).toEqual([['hw.network.up', 'eth0', 0]])
})

test('adds up what all CPUs had to drop', async () => {
  writeFileSync(
    join(procRoot, 'net/softnet_stat'),
    '0000a1b2 00000002 00000010 00000000\n0000a1b2 00000001 00000001 00000000\n',
  )
  const { samples } = await readNetwork(text, ['eth0'])
  const values = Object.fromEntries(samples.map(({ name, value }) => [name, value]))
  expect(values).toMatchObject({ 'system.linux.softnet.dropped': 3, 'system.linux.softnet.squeezed': 17 })
})
