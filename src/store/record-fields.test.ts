import { expect, test } from 'vitest'
import { fieldPath, requireConditions } from './record-fields.ts'

test('a field is named by the names that lead to it', () => {
  expect(fieldPath('status')).toEqual(['status'])
  expect(fieldPath('error.errorClass')).toEqual(['error', 'errorClass'])
  expect(fieldPath('request.tags.tenant')).toEqual(['request', 'tags', 'tenant'])
})

test('a name of the caller may be any text, with dots, blanks and brackets', () => {
  expect(fieldPath('quality.sharpness.v2')).toEqual(['quality', 'sharpness.v2'])
  expect(fieldPath("request.tags.a b[0]$.'猫")).toEqual(['request', 'tags', "a b[0]$.'猫"])
})

test.each([
  '',
  'nonsense',
  'request',
  'request.',
  'request.tags',
  'request.tags.',
  'status.x',
  'stages',
  'defects',
  'toString',
  'request.constructor',
  'request.tags.a"b',
  'request.tags.a\\b',
  'request.tags.a\u0000b',
  '$.id',
])('the field `%s` is refused', (field) => {
  const refused = { code: 'QUERY_INVALID', details: expect.objectContaining({ key: 'where.field' }) }
  expect(() => fieldPath(field)).toThrow(expect.objectContaining(refused))
})

test.each([
  [{ field: 'id', operator: 'LIKE' as '=', value: 'a' }, 'where.operator'],
  [{ field: 'attempt', operator: '=', value: Number.NaN }, 'where.value'],
  [{ field: 'attempt', operator: '=', value: null as unknown as string }, 'where.value'],
] as const)('a condition that means nothing is refused: %o', (condition, key) => {
  const refused = { code: 'QUERY_INVALID', details: expect.objectContaining({ key }) }
  expect(() => requireConditions([condition])).toThrow(expect.objectContaining(refused))
})

test('more conditions than can be meant are refused', () => {
  const conditions = Array.from({ length: 17 }, () => ({ field: 'id', operator: '=', value: 'a' }) as const)
  expect(() => requireConditions(conditions.slice(1))).not.toThrow()
  expect(() => requireConditions(conditions)).toThrow('at most 16 conditions')
})
