import { expect, test } from 'vitest'
import { SeriesBudget } from './series-budget.ts'

test('series whose labels change with every answer are no more than so many in an hour', () => {
  const budget = new SeriesBudget(100)
  let admitted = 0
  for (let second = 0; second < 3600; second++)
    for (let index = 0; index < 50; index++)
      if (budget.admits(`c{id="${second}-${index}"}`, second * 1000)) admitted += 1
  expect(admitted).toBe(100)
})

test('a series that is there all the time stays, and one that was gone for an hour makes room', () => {
  const budget = new SeriesBudget(2)
  expect([budget.admits('a', 0), budget.admits('b', 0), budget.admits('c', 0)]).toEqual([true, true, false])
  for (let minute = 1; minute <= 60; minute++) expect(budget.admits('a', minute * 60_000)).toBe(true)
  expect(budget.admits('c', 3_600_000)).toBe(true)
  expect(budget.admits('b', 3_600_000)).toBe(false)
})
