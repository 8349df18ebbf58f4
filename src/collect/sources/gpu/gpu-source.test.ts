import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { manualClock } from '../../../../test/support/manual-clock.ts'
import type { HelperOptions } from '../../../system/helper-process.ts'
import { isAbsent, type SourceAnswer } from '../../source.ts'
import type { GpuDetection } from './gpu-detection.ts'
import { allGpuMetrics } from './gpu-metrics.ts'
import type { GpuRequest } from './gpu-protocol.ts'
import { gpuSource } from './gpu-source.ts'

const gpu = { id: 'GPU-1', index: 0, vendor: 'nvidia', powerWatts: 300 }
const whole = { answer: { gpus: [gpu], xids: [], skipped: 0 }, readers: ['nvml'], problems: [], unread: [] }

/** A source whose process answers as `respond` says; nothing when that is undefined. */
function setUp(detection: GpuDetection) {
  const clock = manualClock()
  const state = { detection, respond: (): object | undefined => whole }
  const detect = vi.fn(() => state.detection)
  const processes: HelperOptions[] = []
  const requests: GpuRequest[] = []
  const kill = vi.fn()
  const source = gpuSource({
    clock,
    detect,
    describeXid: () => ({ severity: 'critical', message: 'Gone.' }),
    settings: { sysRoot: '/sys', devRoot: '/dev' },
    entry: new URL('file:///gpu-process.js'),
    startHelper(options) {
      processes.push(options)
      return {
        pid: 1,
        send(message) {
          const { id } = message as GpuRequest
          requests.push(message as GpuRequest)
          const response = state.respond()
          if (response) queueMicrotask(() => options.onMessage({ id, ...response }))
        },
        kill: () => {
          kill()
          queueMicrotask(() => options.onExit({ reason: 'SIGKILL ended it', stderr: '' }))
        },
      }
    },
  })
  onTestFinished(() => source.close?.())
  return { clock, state, detect, processes, requests, kill, source, read: async () => source.read() }
}

const none: GpuDetection = { vendors: [] }
const nvidia: GpuDetection = { vendors: ['nvidia'] }

const valueIn = (answer: SourceAnswer, name: string, hwState?: string): number | undefined =>
  isAbsent(answer)
    ? undefined
    : answer.samples.find((sample) => sample.name === name && sample.attributes['hw.state'] === hwState)
        ?.value

describe('the GPU source', () => {
  test('is absent where there is no sign of a GPU: it says what was looked for, and starts nothing', async () => {
    const { read, processes, clock, detect } = setUp(none)
    for (let second = 0; second < 120; second++) {
      expect(await read()).toEqual({ absent: expect.stringContaining('/dev/nvidiactl') })
      await clock.advance(1000)
    }
    expect(processes).toEqual([])
    expect(detect).toHaveBeenCalledTimes(2)
  })

  test('reads the vendors that were found, and those that are found later', async () => {
    const { read, state, requests, clock, source, processes } = setUp(nvidia)
    expect(valueIn(await read(), 'hw.power')).toBe(300)
    state.detection = { vendors: ['nvidia', 'amd'] }
    await read()
    await clock.advance(60_000)
    await read()
    expect(requests.map(({ vendors }) => vendors)).toEqual([['nvidia'], ['nvidia'], ['nvidia', 'amd']])
    expect(processes).toHaveLength(1)
    expect(source.metrics).toBe(allGpuMetrics)
  })

  test('gives faults', async () => {
    const { read, state } = setUp(nvidia)
    const xids = [{ timestampMs: 7, device: 'GPU-1', code: 79 }]
    state.respond = () => ({ ...whole, answer: { ...whole.answer, xids } })
    expect(await read()).toMatchObject({
      faults: [{ kind: 'xid', device: 'GPU-1', code: 79, severity: 'critical', message: 'Gone.' }],
    })
  })

  test('fails when the GPUs cannot be read though they are there', async () => {
    const { read, state } = setUp(nvidia)
    state.respond = () => ({ error: 'nvml cannot be opened: driver/library version mismatch' })
    await expect(read()).rejects.toThrow('version mismatch')
  })

  test('fails before the deadline of the collector, and at once while nothing answers', async () => {
    const { read, state, clock, source } = setUp(nvidia)
    state.respond = () => undefined
    const failure = expect(read()).rejects.toThrow('has not answered for 4 s')
    await clock.advance(4000)
    await failure
    expect(source.deadlineMs).toBeGreaterThan(4000)
    expect(() => source.read()).toThrow('has not answered for 4 s')
    state.respond = () => whole
    await clock.advance(61_000)
    expect(valueIn(await read(), 'hw.power')).toBe(300)
  })

  test('keeps a GPU as failed that was seen, though its driver is gone, and ends the process', async () => {
    const { read, state, clock, kill } = setUp(nvidia)
    await read()
    state.detection = none
    await clock.advance(60_000)
    const answer = await read()
    expect(valueIn(answer, 'hw.status', 'failed')).toBe(1)
    expect(valueIn(answer, 'hw.gpu.count')).toBe(0)
    expect(kill).toHaveBeenCalledTimes(1)
    await clock.advance(86_400_000)
    await read()
    expect(await read()).toHaveProperty('absent')
  })

  test('ends its process when it is closed', async () => {
    const { read, source, kill } = setUp(nvidia)
    await read()
    source.close?.()
    source.close?.()
    expect(kill).toHaveBeenCalledTimes(1)
    await expect(read()).rejects.toThrow('closed')
  })
})

describe('the GPU source in a container that sees the driver of its host', () => {
  const doubtful: GpuDetection = { vendors: ['nvidia'], doubt: 'this container was given no GPU' }

  test('is absent once the readers have found nothing, keeps no process, and looks again later', async () => {
    const { read, state, processes, kill, clock } = setUp(doubtful)
    state.respond = () => ({ error: 'nvml cannot be opened' })
    expect(await read()).toEqual({ absent: 'this container was given no GPU' })
    expect(kill).toHaveBeenCalledTimes(1)
    await clock.advance(599_000)
    expect(await read()).toEqual({ absent: 'this container was given no GPU' })
    expect(processes).toHaveLength(1)
    state.respond = () => whole
    await clock.advance(1000)
    expect(valueIn(await read(), 'hw.power')).toBe(300)
  })

  test('is read at once when a GPU is given to it', async () => {
    const { read, state, clock } = setUp(doubtful)
    state.respond = () => ({ error: 'nvml cannot be opened' })
    await read()
    state.detection = nvidia
    state.respond = () => whole
    await clock.advance(60_000)
    expect(valueIn(await read(), 'hw.power')).toBe(300)
  })

  test('fails when a GPU that could be read cannot be any more, and when the driver hangs', async () => {
    const { read, state, clock } = setUp(doubtful)
    state.respond = () => undefined
    const failure = expect(read()).rejects.toThrow('has not answered')
    await clock.advance(4000)
    await failure
    await clock.advance(70_000)
    state.respond = () => whole
    await read()
    state.respond = () => ({ error: 'nvml cannot be opened' })
    await expect(read()).rejects.toThrow('nvml cannot be opened')
  })
})
