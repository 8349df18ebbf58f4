import { describe, expect, onTestFinished, test } from 'vitest'
import { manualClock } from '../../test/support/manual-clock.ts'
import type { QualityReport } from '../model/quality.ts'
import type { HelperOptions } from '../system/helper-process.ts'
import type { CheckRequest } from './check-protocol.ts'
import { ProcessChecker } from './checker.ts'

const report: QualityReport = {
  file: '',
  verdict: 'ok',
  defects: [],
  metrics: {},
  scoreParts: {},
  profile: 'default',
  checkedFrames: 1,
  fullResolutionFrames: 1,
  skipped: [],
  costMs: 1,
}

/** A checker whose processes do nothing by themselves. */
function setUp(budgetMs?: number) {
  const clock = manualClock()
  const processes: { readonly options: HelperOptions; readonly requests: CheckRequest[]; kills: number }[] =
    []
  const checker = new ProcessChecker({
    clock,
    budgetMs,
    startHelper(options) {
      const started = { options, requests: [] as CheckRequest[], kills: 0 }
      processes.push(started)
      return {
        pid: processes.length,
        send: (message) => void started.requests.push(message as CheckRequest),
        kill: () => {
          started.kills += 1
        },
      }
    },
  })
  const last = () => processes.at(-1) ?? expect.unreachable('no process was started')
  const exit = (reason: string, stderr = '') => last().options.onExit({ reason, stderr })
  /** Resolves to the outcome, as text when it is an error. */
  const check = async (name: string, signal?: AbortSignal) => {
    const outcome = checker
      .check({ path: `/videos/${name}.mp4`, expectations: {} }, signal)
      .catch((error: Error) => error.message)
    await clock.advance(0)
    return { outcome }
  }
  const answer = (id: number, more: object = { report }) => last().options.onMessage({ id, ...more })
  onTestFinished(async () => {
    const stopped = checker.stop()
    await clock.advance(10_000)
    await stopped
  })
  return { clock, checker, processes, last, exit, check, answer }
}

describe('the checker', () => {
  test('starts one process with the first check, in the background, bounded; jobs are answered in any order', async () => {
    const { check, answer, processes, last } = setUp(7000)
    expect(processes).toHaveLength(0)
    const [one, two] = [await check('one'), await check('two')]
    expect(processes).toHaveLength(1)
    expect(last().options).toMatchObject({
      argument: { budgetMs: 7000 },
      isBackground: true,
      maxHeapMb: 512,
    })
    expect(last().requests).toEqual([
      { id: 1, job: { path: '/videos/one.mp4', expectations: {} } },
      { id: 2, job: { path: '/videos/two.mp4', expectations: {} } },
    ])
    answer(2, { report: { ...report, verdict: 'defective' } })
    answer(1)
    expect(await two.outcome).toMatchObject({ verdict: 'defective' })
    expect(await one.outcome).toMatchObject({ verdict: 'ok' })
  })

  test('ends the process after half a minute without a job, and starts another when there is one again', async () => {
    const { check, answer, processes, last, exit, clock } = setUp()
    await check('one')
    await clock.advance(29_000)
    answer(1)
    await clock.advance(29_000)
    await check('two')
    await clock.advance(60_000)
    expect(last().kills).toBe(0)
    answer(2)
    await clock.advance(30_000)
    expect(last().kills).toBe(1)
    const three = await check('three')
    expect(processes).toHaveLength(1)
    exit('SIGKILL ended it')
    await clock.advance(0)
    expect(processes).toHaveLength(2)
    answer(3)
    expect(await three.outcome).toMatchObject({ verdict: 'ok' })
    expect(clock.pending()).toBe(1)
  })

  test('fails what ran in a process that crashed, and gives the next job to another', async () => {
    const { check, answer, exit, processes } = setUp()
    const [one, two] = [await check('one'), await check('two')]
    exit('SIGABRT ended it', 'last words')
    const text = 'the process that checks videos is gone, SIGABRT ended it: last words'
    expect([await one.outcome, await two.outcome]).toEqual([text, text])
    const three = await check('three')
    expect(processes.map(({ requests }) => requests.length)).toEqual([2, 1])
    answer(3)
    expect(await three.outcome).toMatchObject({ verdict: 'ok' })
  })

  test('aborts a job at once, and kills a process that does not end it', async () => {
    const { check, answer, last, clock } = setUp()
    const [first, second] = [new AbortController(), new AbortController()]
    const one = await check('one', first.signal)
    const two = await check('two', second.signal)
    first.abort(new Error('no more'))
    expect(await one.outcome).toBe('no more')
    expect(last().requests.at(-1)).toEqual({ abort: 1 })
    answer(1, { error: 'aborted' })
    await clock.advance(60_000)
    expect(last().kills).toBe(0)
    second.abort(new Error('nor this'))
    expect(await two.outcome).toBe('nor this')
    await clock.advance(10_000)
    expect(last().kills).toBe(1)
    const { outcome } = await check('three', AbortSignal.abort(new Error('never begun')))
    last().options.onExit({ reason: 'SIGKILL ended it', stderr: '' })
    expect(await outcome).toBe('never begun')
  })

  test('gives up a job at its deadline, and starts no other process while the one that hangs is there', async () => {
    const { check, last, clock, processes, exit } = setUp(60_000)
    const one = await check('one')
    await clock.advance(360_000)
    expect(await one.outcome).toBe('it was not done after 360 s')
    const other = await check('other')
    await clock.advance(10_000)
    expect(last().kills).toBe(1)
    expect(await other.outcome).toBe(
      'the process that checks videos is gone, it was killed: it did not end a job',
    )
    const two = await check('two')
    await clock.advance(5000)
    expect(await two.outcome).toBe(
      'the process that checks videos hangs in a call of the system, it did not end a job',
    )
    exit('SIGKILL ended it')
    await check('three')
    expect(processes).toHaveLength(2)
  })

  test('tells what the process said instead of a report, and heeds nothing else that it says', async () => {
    const { check, answer, last } = setUp()
    const one = await check('one')
    for (const message of [null, 'text', { id: 'x' }, { id: 1 }, { id: 99, report }, { id: 1, report: 7 }])
      last().options.onMessage(message)
    answer(1, { error: 'There is no profile' })
    expect(await one.outcome).toBe('There is no profile')
  })

  test('that is stopped lets the process end its jobs, then kills it, and takes no more', async () => {
    const { checker, check, answer, last, exit, clock, processes } = setUp()
    const one = await check('one')
    const stopped = checker.stop()
    expect(await one.outcome).toBe('checks were stopped')
    expect(last().kills).toBe(0)
    answer(1, { error: 'aborted' })
    await clock.advance(0)
    expect(last().kills).toBe(1)
    exit('SIGKILL ended it')
    await stopped
    expect(await (await check('two')).outcome).toBe('checks were stopped')
    expect(processes).toHaveLength(1)
  })

  test('that is stopped waits less than a second for a process that hangs', async () => {
    const { checker, check, last, clock } = setUp()
    await check('one')
    let isStopped = false
    const stopped = checker.stop().then(() => {
      isStopped = true
    })
    await clock.advance(999)
    expect([isStopped, last().kills]).toEqual([true, 1])
    await stopped
  })
})
