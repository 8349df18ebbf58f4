import { describe, expect, test } from 'vitest'
import { faultSeverities } from '../../../model/hardware-fault.ts'
import { describeXid } from './xid.ts'

describe('XID codes', () => {
  test.each([
    ['a GPU off the bus ends all work on it', 79, 'critical'],
    ['a double-bit error ends it too', 48, 'critical'],
    ['so does a power controller that halted', 62, 'critical'],
    ['so does a row that cannot be remapped', 64, 'critical'],
    ['so does a broken NVLink', 74, 'critical'],
    ['so does an uncontained error', 95, 'critical'],
    ['so does a system processor that does not answer', 119, 'critical'],
    ['so does a system processor that failed', 120, 'critical'],
    ['a contained error may', 94, 'warning'],
    ['a fault of a program says nothing of the hardware', 13, 'info'],
    ['nor does a touch of memory that is not mapped', 31, 'info'],
    ['nor does a channel that a program stopped', 43, 'info'],
    ['a row that was remapped is for the record', 63, 'info'],
    ['so are corrected errors', 92, 'info'],
  ] as const)('%s', (_, code, severity) => {
    expect(describeXid(code).severity).toBe(severity)
  })

  test('a code that is not in the list is a warning that names it', () => {
    expect(describeXid(4711)).toEqual({ severity: 'warning', message: expect.stringContaining('4711') })
  })

  test('every code is described in one sentence', () => {
    for (let code = 0; code < 300; code++) {
      const { severity, message } = describeXid(code)
      expect(faultSeverities).toContain(severity)
      expect(message).toMatch(/^XID \d+: [A-Z].*[^.]\.$/)
      expect(message).not.toMatch(/\. [A-Z]/)
    }
  })
})
