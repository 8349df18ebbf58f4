import { describe, expect, test } from 'vitest'
import type { GenerationRecord } from '../model/generation.ts'
import { ScaleMetrics, scaleMetrics } from './scale-metrics.ts'

function ended(more: Partial<GenerationRecord> = {}): GenerationRecord {
  return {
    id: 'g',
    node: 'n',
    status: 'succeeded',
    request: { model: 'wan', engine: 'comfyui', width: 1280, height: 720, fps: 24, frames: 120 },
    attempt: 1,
    queuedAtMs: 0,
    startedAtMs: 2000,
    endedAtMs: 62_000,
    queueMs: 2000,
    durationMs: 60_000,
    stages: [
      { name: 'load', startedAtMs: 2000, durationMs: 10_000 },
      { name: 'denoise', startedAtMs: 12_000, durationMs: 45_000, steps: 30 },
      { name: 'decode', startedAtMs: 57_000, durationMs: 5000 },
    ],
    lastEventAtMs: 62_000,
    verification: 'unverified',
    defects: [],
    output: { sizeBytes: 3_000_000 },
    ...more,
  }
}

const valuesOf = (metrics: ScaleMetrics, name: string) =>
  Object.fromEntries(
    metrics
      .samples()
      .filter((sample) => sample.name === name)
      .map(({ attributes, value }) => [Object.values(attributes).join(' '), value]),
  )

describe('the scale of generations', () => {
  test('is measured by time, step, frame, pixel, second of video and byte', () => {
    const metrics = new ScaleMetrics()
    metrics.add(ended())
    const sums = Object.fromEntries(metrics.samples().map(({ name, value }) => [name, value]))
    expect(sums).toMatchObject({
      'video_generation.duration.sum': 60,
      'video_generation.duration.count': 1,
      'video_generation.queue.duration.sum': 2,
      'video_generation.step.duration.sum': 1.5,
      'video_generation.frame.rate.sum': 2,
      'video_generation.pixel.rate.sum': (120 * 1280 * 720) / 60,
      'video_generation.realtime_factor.sum': 12,
      'video_generation.output.size.sum': 3e6,
      'video_generation.content.duration': 5,
      'video_generation.frames': 120,
    })
    expect(valuesOf(metrics, 'video_generation.stage.duration.sum')).toEqual({
      'wan load': 10,
      'wan denoise': 45,
      'wan decode': 5,
    })
  })

  test('takes the facts of the output before those of the request', () => {
    const metrics = new ScaleMetrics()
    metrics.add(ended({ output: { width: 1920, height: 1080, durationSeconds: 4, frames: 96 } }))
    expect(valuesOf(metrics, 'video_generation.frame.rate.sum')).toEqual({ 'wan 1080p': 96 / 60 })
    expect(valuesOf(metrics, 'video_generation.content.duration')).toEqual({ wan: 4 })
  })

  test('leaves out what is not known: unknown is not zero', () => {
    const metrics = new ScaleMetrics()
    metrics.add(ended({ request: {}, output: undefined, stages: [], queueMs: undefined }))
    expect(metrics.samples().map(({ name }) => name)).toEqual([
      'video_generation.duration.sum',
      'video_generation.duration.count',
    ])
  })

  test('of what did not succeed is only its time, by outcome', () => {
    const metrics = new ScaleMetrics()
    metrics.add(ended({ status: 'failed' }))
    metrics.add(ended({ status: 'cancelled' }))
    metrics.add(ended({ status: 'running' }))
    expect(valuesOf(metrics, 'video_generation.duration.count')).toEqual({
      'wan comfyui 720p failed': 1,
      'wan comfyui 720p cancelled': 1,
    })
    expect(valuesOf(metrics, 'video_generation.frames')).toEqual({})
  })

  test('is told as distributions with buckets from a second to an hour', () => {
    const metrics = new ScaleMetrics()
    for (const durationMs of [0, 1000, 1001, 3_600_000, 3_600_001]) metrics.add(ended({ durationMs }))
    const duration = metrics.histograms().find(({ name }) => name === 'video_generation.duration')
    expect(duration?.bounds.at(0)).toBe(1)
    expect(duration?.bounds.at(-1)).toBe(3600)
    expect(duration?.counts).toEqual([2, 1, ...Array.from({ length: 12 }, () => 0), 1, 1])
    expect(duration).toMatchObject({ count: 5, attributes: { model: 'wan', outcome: 'succeeded' } })
  })

  test('is bounded: models past a hundred are `other`, and nothing is lost of the sums', () => {
    const metrics = new ScaleMetrics()
    for (let count = 0; count < 5000; count++) metrics.add(ended({ request: { model: `model ${count}` } }))
    const counts = valuesOf(metrics, 'video_generation.duration.count')
    expect(Object.keys(counts).length).toBeLessThanOrEqual(101)
    expect(counts['other other other succeeded']).toBe(4900)
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(5000)
  })

  test('emits no metric that is not described', () => {
    const metrics = new ScaleMetrics()
    metrics.add(ended())
    const described = new Set(scaleMetrics.map(({ name }) => name))
    for (const { name } of metrics.samples()) expect(described).toContain(name)
  })
})
