import { describe, expect, test } from 'vitest'
import { manualClock } from '../../test/support/manual-clock.ts'
import { sleep, systemClock, withDeadline } from './clock.ts'
import { Ticker } from './ticker.ts'

describe('the system clock', () => {
  test('gives Unix milliseconds, and monotonic ones that do not step back', () => {
    const clock = systemClock()
    expect(Math.abs(clock.nowMs() - Date.now())).toBeLessThan(1000)
    const times = Array.from({ length: 1000 }, () => clock.monotonicMs())
    expect(times.toSorted((a, b) => a - b)).toEqual(times)
  })

  test('has one monotonic origin for every reader of the process', () => {
    expect(Math.abs(systemClock().monotonicMs() - Number(process.hrtime.bigint()) / 1e6)).toBeLessThan(50)
  })

  test('cancels a timer', async () => {
    const clock = systemClock()
    let isCalled = false
    clock
      .setTimer(() => {
        isCalled = true
      }, 0)
      .cancel()
    await sleep(clock, 5)
    expect(isCalled).toBe(false)
  })
})

describe('sleep', () => {
  test('ends with its time, or with the reason of its signal', async () => {
    const clock = manualClock()
    let isOver = false
    const done = sleep(clock, 100).then(() => {
      isOver = true
    })
    await clock.advance(99)
    expect(isOver).toBe(false)
    await clock.advance(1)
    await done
    const abort = new AbortController()
    const aborted = sleep(clock, 100, abort.signal)
    abort.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    expect(clock.pending()).toBe(0)
    await expect(sleep(clock, 1, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
  })
})

describe('a deadline', () => {
  test('gives the value in time, and says so when it is not', async () => {
    const clock = manualClock()
    expect(await withDeadline(clock, Promise.resolve(7), 10)).toEqual({ outcome: 'done', value: 7 })
    await expect(withDeadline(clock, Promise.reject(new Error('x')), 10)).rejects.toThrow('x')
    expect(clock.pending()).toBe(0)
    const late = withDeadline(clock, new Promise(() => undefined), 10)
    await clock.advance(10)
    expect(await late).toEqual({ outcome: 'timed_out' })
  })
})

describe('a ticker', () => {
  test('runs at a fixed rate without drift, whatever each run takes', async () => {
    const clock = manualClock()
    const startMs = clock.monotonicMs()
    const times: number[] = []
    const work = async () => {
      times.push(clock.monotonicMs() - startMs)
      await sleep(clock, 30)
    }
    const ticker = new Ticker({ clock, intervalMs: 100, work })
    ticker.start()
    await clock.advance(450)
    expect(times).toEqual([100, 200, 300, 400])
    await ticker.stop()
  })

  test('never overlaps: a run that is late makes the next one due at once, and skips those missed', async () => {
    const clock = manualClock()
    const startMs = clock.monotonicMs()
    const times: number[] = []
    const work = async () => {
      times.push(clock.monotonicMs() - startMs)
      if (times.length === 1) await sleep(clock, 250)
    }
    const ticker = new Ticker({ clock, intervalMs: 100, work })
    ticker.start()
    await clock.advance(600)
    expect(times).toEqual([100, 350, 400, 500, 600])
    await ticker.stop()
  })

  test('is not moved by a step of the wall clock', async () => {
    const clock = manualClock()
    let runs = 0
    const ticker = new Ticker({
      clock,
      intervalMs: 100,
      work: async () => {
        runs += 1
      },
    })
    ticker.start()
    clock.stepWall(-3_600_000)
    await clock.advance(200)
    expect(runs).toBe(2)
    await ticker.stop()
  })

  test('leaves no timer when it is stopped, even in the middle of a run', async () => {
    const clock = manualClock()
    const ticker = new Ticker({ clock, intervalMs: 100, work: () => sleep(clock, 50) })
    ticker.start()
    await clock.advance(100)
    const stopped = ticker.stop()
    await clock.advance(1000)
    await stopped
    expect(clock.pending()).toBe(0)
  })
})
