import { expect, test } from 'vitest'
import { parseNetwork } from './network.ts'

const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0
  eth0:4294967296123  9175    1    2    0     0          0         0   578976    5543    3    4    0     0       0          0
veth1a2: 77 1 0 0 0 0 0 0 88 1 0 0 0 0 0 0
`

const valuesOf = (isHardware: (name: string) => boolean) =>
  Object.fromEntries(
    parseNetwork(text, isHardware).samples.map(({ name, attributes, value }) => [
      `${attributes['network.interface.name']} ${attributes['network.io.direction']} ${name}`,
      value,
    ]),
  )

test('reads both directions of lo and of the interfaces with hardware behind them', () => {
  const values = valuesOf((name) => name === 'eth0')
  expect(values).toEqual({
    'lo receive system.network.io': 3193,
    'lo receive system.network.errors': 0,
    'lo receive system.network.packet.dropped': 0,
    'lo transmit system.network.io': 3193,
    'lo transmit system.network.errors': 0,
    'lo transmit system.network.packet.dropped': 0,
    'eth0 receive system.network.io': 4294967296123,
    'eth0 receive system.network.errors': 1,
    'eth0 receive system.network.packet.dropped': 2,
    'eth0 transmit system.network.io': 578976,
    'eth0 transmit system.network.errors': 3,
    'eth0 transmit system.network.packet.dropped': 4,
  })
})

test('takes every interface where none has hardware, as inside a container', () => {
  expect(valuesOf(() => false)).toMatchObject({ 'veth1a2 receive system.network.io': 77 })
})

test('counts a line that was cut', () => {
  expect(parseNetwork('a\nb\neth0: 1 2 3', () => true).skipped).toBe(4)
  expect(parseNetwork('a\nb\n  eth0', () => true)).toMatchObject({ samples: [], skipped: 1 })
})

test('bounds how many interfaces are taken, and counts the rest', () => {
  const many = Array.from({ length: 130 }, (_, index) => `v${index}: ${'1 '.repeat(16)}`).join('\n')
  const readings = parseNetwork(`a\nb\n${many}`, () => false)
  expect([readings.samples.length, readings.skipped]).toEqual([128 * 6, 2])
})
