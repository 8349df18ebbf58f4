import { describe, expect, test } from 'vitest'
import type { GenerationRecord, OutputCheckResult } from '../model/generation.ts'
import { ended, endMs } from './cost/ended.contract.ts'
import { QualityWindows } from './quality-windows.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

function judged(verdict: 'ok' | 'defective' | 'unverified', more: Partial<GenerationRecord> = {}) {
  const check: OutputCheckResult = {
    verdict,
    defects: [],
    metrics: {},
    checkedAtMs: endMs,
    costMs: 1,
    profile: 'p',
  }
  const verification = ({ ok: 'verified', defective: 'defective', unverified: 'unverified' } as const)[
    verdict
  ]
  return ended({ verification, check, request: { model: 'wan' }, ...more })
}

function valuesOf(windows: QualityWindows, name: string, nowMs = endMs) {
  return windows
    .samples(nowMs)
    .filter((sample) => sample.name === `video_generation.${name}`)
    .map(({ attributes, value }) => [attributes, value] as const)
}

describe('what outputs are worth', () => {
  test('is a ratio of defects of what was judged, by version, once there are five', () => {
    const windows = new QualityWindows()
    for (let index = 0; index < 4; index++) windows.add(judged('ok'), endMs)
    expect(valuesOf(windows, 'defect.ratio')).toEqual([])
    windows.add(judged('unverified'), endMs)
    expect(valuesOf(windows, 'defect.ratio')).toEqual([])
    windows.add(judged('defective'), endMs)
    const request = { model: 'wan', modelVersion: '2' }
    for (let index = 0; index < 5; index++) windows.add(judged('defective', { request }), endMs)
    expect(valuesOf(windows, 'defect.ratio')).toEqual(
      [{ model: 'wan' }, { model: 'wan', version: '2' }].flatMap((attributes, index) =>
        ['15m', '1h', '24h'].map((window) => [{ ...attributes, window }, index === 0 ? 0.2 : 1]),
      ),
    )
    expect(valuesOf(windows, 'defect.ratio', endMs + 20 * minuteMs).map(([{ window }]) => window)).toEqual([
      '1h',
      '24h',
      '1h',
      '24h',
    ])
  })

  test('counts what is judged late when it is judged, and by the caller when it ended', () => {
    const windows = new QualityWindows()
    const endedAtMs = endMs - 2 * hourMs
    for (let index = 0; index < 5; index++) {
      windows.add(judged('defective', { endedAtMs }), endMs)
      windows.add(ended({ verification: 'verified', endedAtMs, request: { model: 'own' } }), endMs)
    }
    expect(valuesOf(windows, 'defect.ratio')).toEqual([
      [{ model: 'wan', window: '15m' }, 1],
      [{ model: 'wan', window: '1h' }, 1],
      [{ model: 'wan', window: '24h' }, 1],
      [{ model: 'own', window: '24h' }, 0],
    ])
  })

  test('does not count what waits for its check, or did not succeed', () => {
    const windows = new QualityWindows()
    for (let index = 0; index < 9; index++) {
      windows.add(judged('ok', { check: { verdict: 'pending' }, quality: { mood: 1 } }), endMs)
      windows.add(judged('ok', { status: 'failed', quality: { mood: 1 } }), endMs)
    }
    expect(windows.samples(endMs)).toEqual([])
  })

  test('is the mean of each score', () => {
    const windows = new QualityWindows()
    windows.add(judged('ok', { quality: { noise: 1, evil: Number.NaN } }), endMs)
    windows.add(judged('ok', { quality: { noise: 2 } }), endMs)
    expect(valuesOf(windows, 'quality.mean')).toEqual([
      [{ model: 'wan', window: '1h', score: 'noise' }, 1.5],
      [{ model: 'wan', window: '24h', score: 'noise' }, 1.5],
    ])
  })

  test('shows a new version that is worse than the one before it, in deviations of the day before', () => {
    const windows = new QualityWindows()
    const at = (checkedAtMs: number, score: number, modelVersion: string) => {
      const record = judged('ok', {
        quality: { qualityScore: score },
        request: { model: 'wan', modelVersion },
      })
      windows.add({ ...record, check: { ...(record.check as OutputCheckResult), checkedAtMs } }, endMs)
    }
    for (let index = 0; index < 30; index++) at(endMs - 3 * hourMs, index % 2 === 0 ? 0.7 : 0.9, '1')
    for (let index = 0; index < 9; index++) at(endMs, 0.5, '2')
    expect(valuesOf(windows, 'quality.shift')).toEqual([])
    at(endMs, 0.5, '2')
    const [[attributes, shift] = [{}, 0], ...others] = valuesOf(windows, 'quality.shift')
    expect(attributes).toEqual({ model: 'wan', score: 'qualityScore' })
    expect(shift).toBeCloseTo(-0.3 / 0.1017, 2)
    expect(others).toEqual([])
  })

  test('shows how many could not be checked', () => {
    const windows = new QualityWindows()
    for (let index = 0; index < 4; index++) windows.add(judged('unverified'), endMs)
    expect(valuesOf(windows, 'check.unverified.ratio')).toEqual([])
    windows.add(judged('ok'), endMs)
    windows.add(ended(), endMs)
    expect(valuesOf(windows, 'check.unverified.ratio')).toEqual([[{ window: '15m' }, 0.8]])
  })

  test('takes names without end together, and makes room for new versions when old ones are silent', () => {
    const windows = new QualityWindows()
    const add = (model: string, nowMs: number) =>
      windows.add(ended({ request: { model }, endedAtMs: nowMs, quality: { mood: 1 } }), nowMs)
    for (let index = 0; index < 100; index++) add(`m${index}\n`, endMs)
    const models = (nowMs: number) =>
      new Set(valuesOf(windows, 'quality.mean', nowMs).map(([{ model }]) => model))
    expect(models(endMs).size).toBe(21)
    expect(models(endMs)).toContain('other')
    expect(models(endMs)).toContain('m0_')
    const laterMs = endMs + 48 * hourMs
    add('new', laterMs)
    expect([...models(laterMs)]).toEqual(['new'])
  })
})
