import { expect, test } from 'vitest'
import { lazySource } from './lazy-source.ts'
import type { Source } from './source.ts'

const loaded = (closed: string[]): Source => ({
  name: 'gpu',
  metrics: [],
  read: () => ({ samples: [], skipped: 7 }),
  close: () => void closed.push('gpu'),
})

test('loads nothing while there is nothing to read, and once when there is', async () => {
  const closed: string[] = []
  let [isThere, loads] = [false, 0]
  const source = lazySource({
    name: 'gpu',
    metrics: [],
    absence: () => (isThere ? undefined : { absent: 'no GPU' }),
    async load() {
      loads += 1
      return loaded(closed)
    },
  })
  expect(source.read()).toEqual({ absent: 'no GPU' })
  source.close?.()
  expect([loads, closed]).toEqual([0, []])
  isThere = true
  expect(await source.read()).toMatchObject({ skipped: 7 })
  expect(await source.read()).toMatchObject({ skipped: 7 })
  source.close?.()
  expect([loads, closed]).toEqual([1, ['gpu']])
})

test('tries again after what could not be loaded', async () => {
  let loads = 0
  const load = async () => {
    loads += 1
    if (loads === 1) throw new Error('Cannot find module')
    return loaded([])
  }
  const source = lazySource({ name: 'gpu', metrics: [], load })
  await expect(source.read()).rejects.toThrow('Cannot find module')
  expect(await source.read()).toMatchObject({ skipped: 7 })
})
