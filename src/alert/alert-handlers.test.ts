import { expect, test } from 'vitest'
import type { AlertEvent } from '../model/alert.ts'
import { AlertHandlers } from './alert-handlers.ts'

const event: AlertEvent = {
  id: 'alert_1',
  timestampMs: 1,
  transition: 'firing',
  alert: {
    key: 'R',
    rule: 'R',
    level: 'warning',
    attributes: {},
    state: 'firing',
    activeSinceMs: 1,
    firingSinceMs: 1,
    lastSeenMs: 1,
    lastEvaluatedMs: 1,
    evidence: { metric: 'm', value: 1, comparison: 'above', threshold: 0 },
    summary: 'm is 1',
  },
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

test('a handler that throws, rejects or hangs disturbs no other and is counted', async () => {
  const handlers = new AlertHandlers()
  const seen: string[] = []
  handlers.register('throws', () => {
    throw new Error('thrown')
  })
  handlers.register('throws what has no text', () => {
    throw Object.create(null)
  })
  handlers.register('rejects', () => Promise.reject(new Error('rejected')))
  handlers.register('hangs', () => new Promise(() => {}))
  handlers.register('works', ({ id }) => void seen.push(id))
  handlers.deliver(event)
  expect(seen).toEqual(['alert_1'])
  await settle()
  expect(handlers.health()).toMatchObject([
    { name: 'throws', delivered: 0, failures: 1, running: 0, lastError: 'thrown' },
    { name: 'throws what has no text', delivered: 0, failures: 1, running: 0 },
    { name: 'rejects', delivered: 0, failures: 1, running: 0, lastError: 'rejected' },
    { name: 'hangs', delivered: 0, failures: 0, running: 1 },
    { name: 'works', delivered: 1, failures: 0, running: 0, lastError: undefined },
  ])
})

test('a handler that hangs holds on to a bounded number of events', async () => {
  const handlers = new AlertHandlers()
  let calls = 0
  handlers.register('hangs', () => {
    calls += 1
    return new Promise(() => {})
  })
  for (let index = 0; index < 150; index++) handlers.deliver(event)
  await settle()
  expect(calls).toBe(100)
  expect(handlers.health()).toMatchObject([{ running: 100, failures: 50 }])
})

test('a handler that was taken out is not called, and taking out twice does no harm', () => {
  const handlers = new AlertHandlers()
  const seen: string[] = []
  const remove = handlers.register('a', () => void seen.push('first'))
  remove()
  remove()
  handlers.deliver(event)
  expect(seen).toEqual([])
})

test('a handler of the same name takes the place of the first, whose removal then does nothing', () => {
  const handlers = new AlertHandlers()
  const seen: string[] = []
  const removeFirst = handlers.register('a', () => void seen.push('first'))
  handlers.register('a', () => void seen.push('second'))
  removeFirst()
  handlers.deliver(event)
  expect(seen).toEqual(['second'])
})

test('a handler may take itself out while events are delivered', () => {
  const handlers = new AlertHandlers()
  const seen: string[] = []
  const remove = handlers.register('once', () => {
    seen.push('once')
    remove()
  })
  handlers.register('always', () => void seen.push('always'))
  handlers.deliver(event)
  handlers.deliver(event)
  expect(seen).toEqual(['once', 'always', 'always'])
})
