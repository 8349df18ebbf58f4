import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type GenerationRecord, generationOutcomes, verifications } from '../../model/generation.ts'
import { openSqliteStore } from '../../store/sqlite/sqlite-store.ts'
import { eventOf, generationOf } from '../../store/store.fixtures.contract.ts'
import type { Store } from '../../store/store.ts'
import { buildReport } from './build-report.ts'
import type { GenerationReport } from './report.ts'

const hourMs = 3_600_000
const fromMs = Date.UTC(2026, 4, 1, 12)
const toMs = fromMs + 2 * hourMs

async function storeOf(generations: readonly GenerationRecord[]): Promise<Store> {
  const baseDir = mkdtempSync(join(tmpdir(), 'framewatch-report-'))
  const store = await openSqliteStore({ baseDir })
  onTestFinished(async () => {
    await store.close()
    rmSync(baseDir, { recursive: true })
  })
  await store.write({ generations })
  return store
}

/** Requested a second before it ended. */
function endedAt(id: string, endedAtMs: number, overrides: Partial<GenerationRecord> = {}): GenerationRecord {
  return { ...generationOf(id, 'succeeded', { queuedAtMs: endedAtMs - 1000 }), ...overrides }
}

function figure({ changes }: GenerationReport, name: string) {
  return changes.figures.find((change) => change.figure === name)
}

describe('a report', () => {
  test('counts what ended in its span and in the one before, and nothing twice', async () => {
    const times = [fromMs - 2 * hourMs - 1, fromMs - 2 * hourMs, fromMs - 1, fromMs, toMs - 1, toMs]
    const store = await storeOf(times.map((time, index) => endedAt(`g${index}`, time)))
    const report = await buildReport(store, { fromMs, toMs })
    expect(figure(report, 'ended')).toEqual({ figure: 'ended', before: 2, after: 2 })
    expect(report.changes.before).toEqual({ fromMs: fromMs - 2 * hourMs, toMs: fromMs })
    expect(report.slowest.map(({ id }) => id).toSorted()).toEqual(['g3', 'g4'])
    const next = await buildReport(store, { fromMs: toMs, toMs: toMs + 2 * hourMs })
    expect(figure(next, 'ended')).toMatchObject({ before: 2, after: 1 })
  })

  test('agrees with the store on every count and rate, whatever ended', async () => {
    const generation = fc.record({
      status: fc.constantFrom(...generationOutcomes),
      verification: fc.constantFrom(...verifications),
      model: fc.constantFrom('wan', 'ltx', undefined),
      errorClass: fc.constantFrom('gpu_out_of_memory', 'network', undefined),
      offsetMs: fc.integer({ min: 0, max: 2 * hourMs - 1 }),
      durationMs: fc.option(fc.integer({ min: 0, max: 1e6 }), { nil: undefined }),
      attempt: fc.integer({ min: 1, max: 12 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(generation, { maxLength: 60 }), async (drawn) => {
        const store = await storeOf(
          drawn.map(({ status, offsetMs, model, errorClass, ...fields }, index) => ({
            ...generationOf(`g${index}`, status, { queuedAtMs: fromMs + offsetMs - 1000, model }),
            endedAtMs: fromMs + offsetMs,
            error: errorClass === undefined ? undefined : { errorClass, message: 'why' },
            ...fields,
          })),
        )
        const report = await buildReport(store, { fromMs, toMs })
        const { totals, series, byModel, byNode, byModelAndResolution, failures, attempts } = report
        const [counted] = await store.aggregateGenerations({ fromMs, toMs: toMs - 1 })
        expect(totals.ended).toBe(drawn.length)
        if (counted) {
          const { timestampMs: _, group: __, duration, ...counts } = counted
          expect(totals).toMatchObject(counts)
          expect(totals.duration.count).toBe(duration.count)
          expect([totals.duration.p50Ms, totals.duration.p95Ms]).toEqual(duration.quantilesMs.slice(0, 2))
        }
        const sum = (list: readonly { readonly ended: number }[]) =>
          list.reduce((total, { ended }) => total + ended, 0)
        for (const list of [series, byModel, byNode, byModelAndResolution, attempts.byNumber])
          expect(sum(list)).toBe(drawn.length)
        const failed = drawn.filter(({ status }) => status !== 'succeeded' && status !== 'cancelled')
        expect(failures.reduce((total, { count }) => total + count, 0)).toBe(failed.length)
        expect(report.spending.wasted.generations + report.spending.usable.generations).toBe(drawn.length)
        expect(JSON.parse(JSON.stringify(report))).toEqual(report)
      }),
      { numRuns: 15 },
    )
  })

  test('tells rates by the part of each step that lies in the span', async () => {
    const store = await storeOf([endedAt('a', fromMs + 60_000)])
    const first = fromMs - hourMs / 2
    const { series, stepMs } = await buildReport(store, { fromMs: first, toMs: first + 48 * hourMs })
    expect(stepMs).toBe(hourMs)
    expect(series[0]).toMatchObject({ coveredMs: hourMs / 2, ended: 0, successRate: null })
    expect(series[1]).toMatchObject({ coveredMs: hourMs, ended: 1, videosPerHour: 1 })
    expect(series.reduce((sum, { coveredMs }) => sum + coveredMs, 0)).toBe(48 * hourMs)
  })

  test('keeps what it says short, however many and long the texts', async () => {
    const long = 'x'.repeat(1_000_000)
    const generations = Array.from({ length: 300 }, (_, index) => {
      const text = `${index} ${index < 3 ? long : ''}`
      return endedAt(`g${text}`, fromMs + index, {
        node: text,
        status: index % 2 === 0 ? 'failed' : 'succeeded',
        request: { model: text },
        error: { errorClass: text, message: long.slice(0, index < 3 ? 1_000_000 : 10_000) },
        verification: 'defective',
        defects: [text],
      })
    })
    const report = await buildReport(await storeOf(generations), { fromMs, toMs })
    expect(report.byModel).toHaveLength(51)
    expect(report.byModel.find(({ group }) => group.model === '(others)')?.ended).toBe(250)
    expect(report.totals.ended).toBe(300)
    for (const list of [report.byNode, report.byModelAndResolution, report.failures, report.defects])
      expect(list.length).toBeLessThanOrEqual(101)
    expect(JSON.stringify(report).length).toBeLessThan(1_000_000)
  })

  test('has the currency of the newest cost, and does not count another as known', async () => {
    const cost = (currency: string, amount: number) => ({ cost: { currency, amount, basis: 'a' } })
    const store = await storeOf([
      endedAt('old', fromMs + 1, cost('USD', 7)),
      endedAt('new', fromMs + 2, cost('EUR', 5)),
      endedAt('none', fromMs + 3),
    ])
    const { spending, costPerUsableVideo } = await buildReport(store, { fromMs, toMs })
    expect(spending.currency).toBe('EUR')
    expect(spending.total.cost).toEqual({ total: 5, known: 1 })
    expect(costPerUsableVideo).toBeCloseTo(5)
  })

  test('counts alerts that fired, by rule, in each span', async () => {
    const store = await storeOf([])
    const times = { before: fromMs - 1, first: fromMs, last: toMs - 1, after: toMs }
    const alertEvents = Object.entries(times).map(([id, timeMs]) => eventOf(id, timeMs))
    alertEvents.push(
      eventOf('other', fromMs, 'firing', { rule: 'Other' }),
      eventOf('gone', fromMs, 'resolved'),
    )
    await store.write({ alertEvents })
    const report = await buildReport(store, { fromMs, toMs })
    expect(report.alerts).toMatchObject({
      byRule: [
        { rule: 'HostMemoryHigh', fired: 2, lastFiredMs: toMs - 1 },
        { rule: 'Other', fired: 1 },
      ],
      isComplete: true,
    })
    expect(figure(report, 'alertsFired')).toMatchObject({ before: 1, after: 3 })
  })

  test('asks for regressions with both spans, and says when nobody looked', async () => {
    const store = await storeOf([])
    const asked: unknown[] = []
    const found = [{ subject: 'wan', finding: 'slower' }]
    const findRegressions = async (...spans: readonly unknown[]) => {
      asked.push(...spans)
      return found
    }
    expect((await buildReport(store, { fromMs, toMs })).regressions).toBeNull()
    expect((await buildReport(store, { fromMs, toMs, findRegressions })).regressions).toEqual(found)
    expect(asked).toEqual([
      { fromMs: fromMs - 2 * hourMs, toMs: fromMs },
      { fromMs, toMs },
    ])
  })

  test.each([
    ['no time', Number.NaN, toMs],
    ['parts of a millisecond', fromMs + 0.5, toMs],
    ['an end before the beginning', toMs, fromMs],
    ['no length', fromMs, fromMs],
    ['a time that no calendar has', fromMs, 8.64e15 + 1],
  ])('refuses a span of %s', async (_, first, last) => {
    const store = await storeOf([])
    const report = buildReport(store, { fromMs: first, toMs: last })
    await expect(report).rejects.toMatchObject({ code: 'QUERY_INVALID' })
  })

  test('has few steps, which make up its span, from a millisecond to all time', async () => {
    const store = await storeOf([endedAt('a', fromMs)])
    expect((await buildReport(store, { fromMs: 0, toMs: 8.64e15 })).totals.ended).toBe(1)
    for (let lengthMs = 1; lengthMs < 8e15; lengthMs *= 7) {
      const { stepMs, series } = await buildReport(store, { fromMs: 7, toMs: 7 + lengthMs })
      expect(series.length).toBeLessThanOrEqual(62)
      expect(series.reduce((sum, { coveredMs }) => sum + coveredMs, 0)).toBe(lengthMs)
      expect(Number.isSafeInteger(stepMs)).toBe(true)
    }
  })
})
