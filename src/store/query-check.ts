/** Questions that mean nothing are refused alike by every engine of the port. */
import { FramewatchError } from '../model/errors.ts'

/** @param expected - what it should have been, to be read after "Expected `key` to be". */
export function invalidQuery(key: string, expected: string, value: string | number): FramewatchError {
  const fact = `Expected \`${key}\` to be ${expected}, got \`${value}\``
  return new FramewatchError('QUERY_INVALID', fact, { details: { key, value } })
}

/** Limits and steps: SQLite, for one, takes a limit below zero for none at all. Undefined passes. */
export function requirePositiveInteger(key: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return
  throw invalidQuery(key, 'an integer from 1 up', value)
}
