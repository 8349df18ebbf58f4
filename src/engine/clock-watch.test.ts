import { expect, test } from 'vitest'
import { manualClock } from '../../test/support/manual-clock.ts'
import { ClockWatch } from './clock-watch.ts'

test('notices a step of the wall clock, back or forward, once', async () => {
  const clock = manualClock()
  const watch = new ClockWatch(clock)
  const looks = [watch.look()]
  for (const stepMs of [0, -3_600_000, 0, 5000]) {
    await clock.advance(1000)
    clock.stepWall(stepMs)
    looks.push(watch.look())
  }
  expect(looks).toEqual([0, 0, -3_600_000, 0, 5000])
  expect(watch.steps).toBe(2)
})

test('takes the slewing of a clock, and the time between reading the two, for no step', async () => {
  const clock = manualClock()
  const watch = new ClockWatch(clock)
  watch.look()
  await clock.advance(600_000)
  clock.stepWall(-350)
  expect([watch.look(), watch.steps]).toEqual([0, 0])
})
