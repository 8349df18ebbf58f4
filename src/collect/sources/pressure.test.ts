import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type KernelTree,
  kernelTree,
  readingOf,
  readNow,
  valuesOf,
} from '../../../test/support/kernel-tree.ts'
import { KernelText } from '../kernel/kernel-file.ts'
import { parsePressure, pressureSource } from './pressure.ts'

const lines = `some avg10=1.23 avg60=0.80 avg300=1.32 total=1201050384
full avg10=100.00 avg60=0.00 avg300=0.00 total=7
`
let proc: KernelTree
beforeEach(() => {
  proc = kernelTree({ 'pressure/cpu': lines, 'pressure/memory': lines, 'pressure/io': lines })
})
afterEach(() => proc.remove())
const source = () => pressureSource({ procRoot: proc.root })

test('reads both kinds of each resource, but not the full pressure of the CPU, which the kernel does not define', () => {
  const values = valuesOf(readNow(source()))
  const of = (name: string, kind: string, resource: string) =>
    values[
      `system.linux.pressure.${name}{system.linux.pressure.kind="${kind}",system.linux.pressure.resource="${resource}"}`
    ]
  expect(Object.keys(values)).toHaveLength(10)
  expect(of('stall_time', 'some', 'cpu')).toBe(1201.050384)
  expect(of('stall_time', 'full', 'cpu')).toBeUndefined()
  expect(of('stall_time', 'full', 'io')).toBe(0.000007)
  expect(of('utilization', 'some', 'memory')).toBe(0.0123)
  expect(of('utilization', 'full', 'memory')).toBe(1)
})

test('is absent where the kernel keeps none, and says how to get it', () => {
  proc.take('pressure')
  expect(readNow(source())).toEqual({ absent: expect.stringContaining('psi=1') })
})

test('reads the others when one resource cannot be read, is garbage or was cut', () => {
  proc.spoil('pressure/cpu')
  expect(readingOf(readNow(source()))).toMatchObject({ skipped: 1, samples: { length: 8 } })
  proc.write({ 'pressure/memory': 'some avg10=zero total=x\nfull' })
  expect(readingOf(readNow(source()))).toMatchObject({ skipped: 5, samples: { length: 4 } })
  proc.write({ 'pressure/io': lines.slice(0, 40) })
  const { samples, skipped } = readingOf(readNow(source()))
  expect([samples.map(({ value }) => value), skipped]).toEqual([[0.0123], 8])
})

test('sees the same files change and go away', () => {
  const kept = source()
  readNow(kept)
  proc.write({ 'pressure/cpu': lines.replace('1201050384', '1201050999') })
  expect(Object.values(valuesOf(readNow(kept)))).toContain(1201.050999)
  kept.close?.()
})

test('never throws, and never reads a number that is not there', () => {
  fc.assert(
    fc.property(fc.nat(lines.length), fc.string({ unit: 'binary', maxLength: 5 }), (at, garbage) => {
      const { share, stalledSeconds } = parsePressure(
        KernelText.of(lines.slice(0, at) + garbage + lines.slice(at + garbage.length)),
        'some',
      )
      expect(Number.isNaN(share) || share >= 0).toBe(true)
      expect(Number.isNaN(stalledSeconds) || stalledSeconds >= 0).toBe(true)
    }),
  )
})
