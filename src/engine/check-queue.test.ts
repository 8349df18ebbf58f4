import { describe, expect, test } from 'vitest'
import { ended, endMs } from '../track/cost/ended.contract.ts'
import { CheckQueue } from './check-queue.ts'

function queueOf(maxQueue: number, enabled = true) {
  const warnings: string[] = []
  const queue = new CheckQueue({ enabled, maxQueue }, (text) => void warnings.push(text))
  const admit = (id: string, endedAtMs = endMs, path = '/videos/a.mp4') =>
    queue.admit(ended({ id, endedAtMs, output: { path } }))
  const sampled = (name: string, attributes: Readonly<Record<string, string>> = {}, nowMs = endMs) =>
    queue
      .samples(1, nowMs)
      .find(
        (sample) =>
          sample.name === `video_generation.check.${name}` &&
          Object.entries(attributes).every(([key, value]) => sample.attributes[key] === value),
      )?.value
  return { queue, warnings, admit, sampled }
}

describe('the queue of checks', () => {
  test('gives the one that ended first, whatever the order they came in', () => {
    const { queue, admit } = queueOf(10)
    for (const [id, endedAtMs] of [
      ['c', 3],
      ['a', 1],
      ['d', 4],
      ['b', 2],
      ['b2', 2],
    ] as const)
      expect(admit(id, endedAtMs)).toEqual({ verdict: 'pending' })
    expect([1, 2, 3, 4, 5, 6].map(() => queue.next())).toEqual(['a', 'b', 'b2', 'c', 'd', undefined])
  })

  test('leaves the newest unverified when it is full, says why, counts it, and warns once in an episode', () => {
    const { queue, admit, warnings, sampled } = queueOf(2)
    admit('a', 1)
    admit('b', 2)
    expect(admit('c', 3)).toMatchObject({
      verdict: 'unverified',
      reason: '2 other outputs waited for their checks (`quality.maxQueue`)',
    })
    admit('d', 4)
    expect(warnings).toHaveLength(1)
    expect(sampled('skipped', { reason: 'queue_full' })).toBe(2)
    expect(queue.next()).toBe('a')
    admit('e', 5)
    admit('f', 6)
    expect(warnings).toHaveLength(2)
    expect([queue.next(), queue.next(), queue.next()]).toEqual(['b', 'e', undefined])
  })

  test('takes in files of this machine alone', () => {
    const { queue, admit, sampled } = queueOf(2)
    for (const path of ['https://host/a.mp4', 's3://bucket/a.mp4', '', 'relative.mp4'])
      expect(admit('a', 1, path)).toBeUndefined()
    expect(queue.admit(ended({ output: {} }))).toBeUndefined()
    expect(queue.next()).toBeUndefined()
    expect(sampled('skipped', { reason: 'not_a_file' })).toBe(5)
  })

  test('tells how many wait, how many run, and how long the first has waited', () => {
    const { queue, admit, sampled } = queueOf(5)
    expect(sampled('wait')).toBe(0)
    admit('a', endMs)
    admit('b', endMs + 1000)
    expect(sampled('active', { state: 'waiting' })).toBe(2)
    expect(sampled('active', { state: 'running' })).toBe(1)
    expect(sampled('wait', {}, endMs + 3000)).toBe(3)
    queue.next()
    expect(sampled('wait', {}, endMs + 3000)).toBe(2)
  })

  test('takes nothing in and tells nothing when it is off', () => {
    const { queue, admit } = queueOf(5, false)
    expect(admit('a')).toBeUndefined()
    expect(queue.samples(0, endMs)).toEqual([])
  })
})
