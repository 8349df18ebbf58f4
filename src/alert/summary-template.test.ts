import { expect, test } from 'vitest'
import { renderSummary, templateProblem } from './summary-template.ts'

const evidence = { metric: 'm', value: 0.123456, comparison: 'above', threshold: 1_073_741_824 } as const

test('values are rounded to what can be read, whole numbers are not', () => {
  expect(renderSummary('{{metric}} {{ value }} {{threshold}}', evidence, {})).toBe('m 0.1235 1073741824')
})

test('a value that looks like a placeholder or a replacement pattern stays text', () => {
  const attributes = { a: '{{attribute.b}} $& $1', b: 'expanded' }
  expect(renderSummary('<{{attribute.a}}>', evidence, attributes)).toBe('<{{attribute.b}} $& $1>')
})

test('a missing value reads as unknown and a missing attribute as nothing', () => {
  expect(renderSummary('{{value}}|{{attribute.a}}|', { ...evidence, value: null }, {})).toBe('unknown||')
})

test('text without placeholders and single braces are fine', () => {
  expect(templateProblem('a {b} c', undefined)).toBeUndefined()
})
