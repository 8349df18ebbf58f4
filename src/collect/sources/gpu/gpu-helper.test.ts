import { describe, expect, onTestFinished, test } from 'vitest'
import { manualClock } from '../../../../test/support/manual-clock.ts'
import type { HelperOptions } from '../../../system/helper-process.ts'
import { GpuHelper, GpusUnreadableError } from './gpu-helper.ts'
import type { GpuRequest } from './gpu-protocol.ts'

const report = {
  answer: { gpus: [], xids: [], skipped: 0 },
  readers: ['nvml'],
  problems: [],
  unread: [],
}

/** A helper whose processes do nothing by themselves. */
function setUp() {
  const clock = manualClock(Date.UTC(2026, 0, 1))
  const processes: {
    readonly options: HelperOptions
    readonly requests: GpuRequest[]
    kills: number
  }[] = []
  const helper = new GpuHelper({
    clock,
    entry: new URL('file:///gpu-process.js'),
    settings: { sysRoot: '/sys', devRoot: '/dev' },
    answerDeadlineMs: 4000,
    startHelper(options) {
      const started = { options, requests: [] as GpuRequest[], kills: 0 }
      processes.push(started)
      return {
        pid: processes.length,
        send: (message) => void started.requests.push(message as GpuRequest),
        kill: () => {
          started.kills += 1
        },
      }
    },
  })
  onTestFinished(() => helper.close())
  const last = () => processes.at(-1) ?? expect.unreachable('no process was started')
  const answer = (fields: object = {}) => {
    const { id } = last().requests.at(-1) ?? expect.unreachable('nothing was asked')
    last().options.onMessage({ id, ...report, ...fields })
  }
  const exit = (reason = 'it ended with exit code 1', stderr = '') =>
    last().options.onExit({ reason, stderr })
  return { clock, helper, processes, last, answer, exit, ask: () => helper.ask(['nvidia']) }
}

const xid = (code: number) => ({ timestampMs: 1, device: 'GPU-1', code })

describe('the process that reads GPUs', () => {
  test('is started at the first question, once, with its settings', async () => {
    const { ask, answer, processes, last } = setUp()
    expect(processes).toHaveLength(0)
    for (let round = 0; round < 3; round++) {
      const asked = ask()
      answer()
      expect(await asked).toMatchObject(report)
    }
    expect(processes).toHaveLength(1)
    expect(last().options.argument).toEqual({ sysRoot: '/sys', devRoot: '/dev' })
    expect(last().requests).toEqual([1, 2, 3].map((id) => ({ id, vendors: ['nvidia'] })))
  })

  test('answers with an error when there is no way to read the GPUs, and is asked again', async () => {
    const { ask, last, answer, processes } = setUp()
    const asked = ask()
    last().options.onMessage({ id: 1, error: 'nvml cannot be opened' })
    await expect(asked).rejects.toThrow(new GpusUnreadableError('nvml cannot be opened'))
    const again = ask()
    answer()
    await again
    expect(processes).toHaveLength(1)
  })

  test('says nothing that is no answer, nor one to another question', async () => {
    const { ask, last, answer } = setUp()
    const asked = ask()
    for (const message of [null, 1, 'text', {}, { id: 'x' }, { id: 1 }, { id: 7, ...report }])
      last().options.onMessage(message)
    answer({ readers: ['right'] })
    expect(await asked).toMatchObject({ readers: ['right'] })
  })

  test('that does not answer fails at its deadline, and each further question at once, saying since when', async () => {
    const { ask, clock, last } = setUp()
    const failure = expect(ask()).rejects.toThrow(
      'the GPU driver has not answered for 4 s, since 2026-01-01T00:00:00.000Z',
    )
    await clock.advance(4000)
    await failure
    await clock.advance(33_000)
    expect(ask).toThrow('the GPU driver has not answered for 37 s, since 2026-01-01T00:00:00.000Z')
    expect(last().requests).toHaveLength(1)
    expect(last().kills).toBe(0)
  })

  test('is asked again when its late answer has come, of which only the faults are kept', async () => {
    const { ask, clock, answer, processes } = setUp()
    const failure = expect(ask()).rejects.toThrow('not answered')
    await clock.advance(50_000)
    await failure
    answer({ answer: { gpus: [{ id: 'old' }], xids: [xid(79)], skipped: 0 } })
    const asked = ask()
    answer({ answer: { gpus: [{ id: 'new' }], xids: [xid(13)], skipped: 0 } })
    expect((await asked).answer).toEqual({ gpus: [{ id: 'new' }], xids: [xid(79), xid(13)], skipped: 0 })
    await clock.advance(60_000)
    expect(processes[0]?.kills).toBe(0)
    const next = ask()
    answer()
    expect((await next).answer.xids).toEqual([])
  })

  test('is killed after a minute of silence; another one is started only when it is gone', async () => {
    const { ask, clock, processes, last, answer, exit } = setUp()
    const failure = expect(ask()).rejects.toThrow('not answered')
    await clock.advance(59_999)
    await failure
    expect(last().kills).toBe(0)
    await clock.advance(1)
    expect(last().kills).toBe(1)
    await clock.advance(3_600_000)
    expect(ask).toThrow(
      'the process that reads GPUs was killed at 2026-01-01T00:01:00.000Z and is not gone: the driver holds it',
    )
    expect(processes).toHaveLength(1)
    expect(last().kills).toBe(1)
    exit('SIGKILL ended it')
    expect(ask).toThrow(
      'the process that reads GPUs is gone, it was killed after 60 s of silence; started again in 5 s',
    )
    await clock.advance(5000)
    const asked = ask()
    expect(processes).toHaveLength(2)
    answer()
    expect(await asked).toMatchObject(report)
  })

  test('that was killed and answers after all is not listened to', async () => {
    const { ask, clock, answer, last } = setUp()
    ask().catch(() => {})
    await clock.advance(60_000)
    answer()
    expect(ask).toThrow('is not gone')
    expect(last().requests).toHaveLength(1)
  })

  test('that ends is an error with its reason and last words', async () => {
    const { ask, exit } = setUp()
    const failure = expect(ask()).rejects.toThrow(
      'the process that reads GPUs is gone, SIGSEGV ended it: libnvidia-ml: oh',
    )
    exit('SIGSEGV ended it', 'libnvidia-ml: oh')
    await failure
    expect(ask).toThrow('SIGSEGV ended it: libnvidia-ml: oh; started again in 5 s')
  })

  test('that keeps ending is started ever less often, down to every five minutes', async () => {
    const { ask, clock, exit, processes } = setUp()
    for (const seconds of [5, 10, 20, 40, 80, 160, 300, 300]) {
      ask().catch(() => {})
      const count = processes.length
      exit()
      await clock.advance(seconds * 1000 - 1)
      expect(ask).toThrow('started again in 1 s')
      await clock.advance(1)
      expect(processes).toHaveLength(count)
    }
  })

  test('that ended after it had been well for long is started soon again', async () => {
    const { ask, clock, exit, answer } = setUp()
    for (let round = 0; round < 6; round++) {
      ask().catch(() => {})
      exit()
      await clock.advance(300_000)
    }
    const asked = ask()
    answer()
    await asked
    await clock.advance(300_000)
    exit()
    expect(ask).toThrow('started again in 5 s')
  })

  test('is killed by close, which waits for nothing, and not started again', async () => {
    const { ask, helper, last, clock } = setUp()
    const failure = expect(ask()).rejects.toThrow('it was stopped')
    helper.close()
    await failure
    expect(last().kills).toBe(1)
    expect(ask).toThrow('closed')
    expect(clock.pending()).toBe(0)
  })

  test('keeps no timer when it has answered or ended', async () => {
    const { ask, clock, answer, exit } = setUp()
    const asked = ask()
    answer()
    await asked
    expect(clock.pending()).toBe(0)
    ask().catch(() => {})
    exit()
    expect(clock.pending()).toBe(0)
  })
})
