import { describe, expect, test } from 'vitest'
import type { GenerationRecord } from '../model/generation.ts'
import { VramTrends, vramTrendMetrics } from './vram-trend.ts'

const gigabyte = 1e9
const gpu = { id: 'GPU-1', memoryBytes: 48 * gigabyte }
const minuteMs = 60_000

interface Run {
  readonly peak?: number
  readonly model?: string
  readonly width?: number
  readonly frames?: number
  readonly node?: string
  readonly status?: GenerationRecord['status']
}

function recordOf(run: Run, index: number): GenerationRecord {
  const { peak, model = 'wan', width = 1280, frames = 81, node = 'a', status = 'succeeded' } = run
  return {
    id: `gen_${index}`,
    node,
    status,
    request: { model, width, height: 720, frames },
    attempt: 1,
    queuedAtMs: 0,
    endedAtMs: index * minuteMs,
    stages: [],
    lastEventAtMs: index * minuteMs,
    verification: 'unverified',
    defects: [],
    ...(peak !== undefined && {
      resources: { peakVramBytes: peak * gigabyte, gpuId: gpu.id, gpuMemoryBytes: gpu.memoryBytes },
    }),
  }
}

function watch(runs: readonly Run[]): VramTrends {
  const trends = new VramTrends()
  for (const [index, run] of runs.entries()) trends.add(recordOf(run, index))
  return trends
}

const leak = [31.46, 35.39, 39.33]
const peaks = (values: readonly number[], run: Run = {}): Run[] => values.map((peak) => ({ ...run, peak }))
const soonMs = 10 * minuteMs

describe('a leak', () => {
  test('gives its growth and the jobs left as samples', () => {
    expect(watch(peaks(leak)).samples(soonMs)).toEqual([
      {
        name: 'video_generation.vram.growth',
        attributes: { 'hw.id': 'GPU-1', model: 'wan' },
        value: expect.closeTo(3.935 * gigabyte, -3),
      },
      {
        name: 'video_generation.vram.jobs_to_oom',
        attributes: { 'hw.id': 'GPU-1', model: 'wan' },
        value: 2,
      },
    ])
  })

  test('gives samples of the metrics that are described', () => {
    const names = watch(peaks(leak))
      .samples(soonMs)
      .map(({ name }) => name)
    expect(names).toEqual(vramTrendMetrics.map(({ name }) => name))
  })

  test('gives nothing before its third run', () => {
    expect(watch(peaks(leak.slice(0, 2))).samples(soonMs)).toEqual([])
  })

  test('is told of the workload it is in, and returned with the record that shows it', () => {
    const trends = watch(peaks(leak.slice(0, 2)))
    const trend = trends.add(recordOf({ peak: 39.33 }, 2))
    expect(trend).toMatchObject({ node: 'a', model: 'wan', gpu, width: 1280, height: 720, runs: 3 })
    expect(trends.trends(soonMs)).toEqual([trend])
  })

  test('is seen through other resolutions, lengths, models and nodes in between', () => {
    const between = [
      { peak: 12, width: 640 },
      { peak: 47, frames: 240 },
      { peak: 20, model: 'ltx' },
      { peak: 9, node: 'b' },
    ]
    const trends = watch(leak.flatMap((peak) => [{ peak }, ...between]))
    expect(trends.trends(30 * minuteMs)).toMatchObject([{ model: 'wan', width: 1280, runs: 3 }])
  })

  test('is not seen in failed runs, which have not come to their peak', () => {
    expect(watch(peaks(leak, { status: 'failed' })).trends(soonMs)).toEqual([])
  })

  test('of two resolutions is told once for the model, with fewer jobs left', () => {
    const trends = watch([...peaks([10, 14, 18], { width: 640 }), ...peaks(leak)])
    expect(trends.trends(soonMs)).toHaveLength(2)
    expect(trends.samples(soonMs).map(({ value }) => value)).toEqual([
      expect.closeTo(3.935 * gigabyte, -3),
      2,
    ])
  })

  test('is over when the worker began anew, for all its resolutions', () => {
    const trends = watch([...peaks([10, 14, 18], { width: 640 }), ...peaks(leak), { peak: 31.5 }])
    expect(trends.trends(soonMs)).toEqual([])
  })

  test('that begins again after a restart is told again by the third run', () => {
    const trends = watch([...peaks(leak), ...peaks(leak)])
    expect(trends.trends(soonMs)).toMatchObject([{ runs: 3, growth: { runsLeft: { expected: 2 } } }])
  })

  test('is no longer told when nothing ran for a day', () => {
    const trends = watch(peaks(leak))
    expect(trends.samples(2 * minuteMs + 24 * 3_600_000)).toHaveLength(2)
    expect(trends.samples(3 * minuteMs + 24 * 3_600_000)).toEqual([])
  })
})

describe('a record', () => {
  test('that is taken twice, or comes late, counts once', () => {
    const trends = watch(peaks(leak.slice(0, 2)))
    trends.add(recordOf({ peak: 39.33 }, 1))
    trends.add(recordOf({ peak: 39.33 }, 0))
    expect(trends.trends(soonMs)).toEqual([])
  })

  test.each([undefined, 0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'without a peak (%s) is ignored',
    (peak) => {
      const [first, ...rest] = peaks(leak)
      const trends = watch([first ?? {}, { peak }, ...rest])
      expect(trends.trends(soonMs)).toMatchObject([{ runs: 3 }])
    },
  )

  test('without a size is judged from eight runs up, as it may be of any', () => {
    const trends = new VramTrends()
    const told = Array.from({ length: 8 }, (_, index) => {
      const record = recordOf({ peak: 20 + 2 * index }, index)
      return trends.add({ ...record, request: { model: 'wan' } }) !== undefined
    })
    expect(told).toEqual([false, false, false, false, false, false, false, true])
  })
})

test('hostile names are kept apart and do not fill memory: the workload without a run for longest is forgotten', () => {
  const runs = Array.from({ length: 300 }, (_, index) => ({ peak: 20, model: `m${index}"],[` }))
  const trends = watch([...peaks(leak.slice(0, 2)), ...runs, { peak: 39.33 }])
  expect(trends.trends(400 * minuteMs)).toEqual([])
})
