import { expect, test } from 'vitest'
import { manualClock } from '../../../test/support/manual-clock.ts'
import { readOf } from '../../../test/support/read-of.ts'
import { FramewatchError } from '../../model/errors.ts'
import { systemClock } from '../../system/clock.ts'
import { readTimex, timexBytes } from './clock-offset/timex.ts'
import { clockOffsetSource } from './clock-offset.ts'

const clock = manualClock()

function timexOf({ offset, maxError, status }: Record<'offset' | 'maxError' | 'status', number>): Buffer {
  const timex = Buffer.alloc(timexBytes)
  timex.writeBigInt64LE(BigInt(offset), 8)
  timex.writeBigInt64LE(BigInt(maxError), 24)
  timex.writeInt32LE(status, 40)
  return timex
}

test('counts the offset in microseconds, or in nanoseconds where the kernel says so', () => {
  const inMicroseconds = timexOf({ offset: -1500, maxError: 16_000_000, status: 0x41 })
  expect(readTimex(inMicroseconds)).toEqual({
    offsetSeconds: -0.0015,
    maxErrorSeconds: 16,
    isSynchronized: false,
  })
  const inNanoseconds = timexOf({ offset: 1500, maxError: 250_000, status: 0x2001 })
  expect(readTimex(inNanoseconds)).toEqual({
    offsetSeconds: 1.5e-6,
    maxErrorSeconds: 0.25,
    isSynchronized: true,
  })
})

test('is absent where the kernel cannot be asked, and failed where it does not answer', async () => {
  const failing = (message: string) => async () =>
    Promise.reject(new FramewatchError('PROCESS_FAILED', message, { details: {} }))
  const without = clockOffsetSource({ clock, ask: async () => 'null' })
  expect(await without.read()).toHaveProperty('absent')
  await expect(clockOffsetSource({ clock, ask: failing('was killed: timeout') }).read()).rejects.toThrow(
    'timeout',
  )
})

test.skipIf(process.platform !== 'linux')('asks the kernel of this machine (needs Linux)', async () => {
  const { samples } = await readOf(clockOffsetSource({ clock: systemClock() }))
  const values = Object.fromEntries(samples.map(({ name, value }) => [name, value]))
  expect(values['system.linux.clock.synchronized']).toBeOneOf([0, 1])
  expect(Math.abs(values['system.linux.clock.offset'] ?? Number.NaN)).toBeLessThan(1)
  expect(values['system.linux.clock.max_error']).toBeGreaterThanOrEqual(0)
})
