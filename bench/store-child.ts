/**
 * One phase of ours in a process of its own, kept on one core like the peers' servers:
 * `store-child.ts PHASE DIRECTORY PLAN`, with the plan in JSON; prints figures and answers as JSON.
 */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { openSqliteReader, openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import type { RetentionPolicy, Store, StoreReader } from '../src/store/store.ts'
import { directoryBytes } from './server.ts'
import { GenerationTally, makeGenerations } from './store-generations.ts'
import {
  type Answer,
  dayOfTicks,
  monthOfTicks,
  type Plan,
  percentile,
  type Question,
  type QuestionName,
  questions,
  tickOfNow,
  timeMedian,
} from './store-plan.ts'

export interface PhaseResult {
  readonly metrics: Readonly<Record<string, number>>
  readonly answers: Readonly<Partial<Record<QuestionName, Answer>>>
}

type Phase = (baseDir: string, plan: Plan) => Promise<PhaseResult>

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** The defaults of the service, with samples that last long enough for the day. */
const retention: RetentionPolicy = {
  samplesMs: 7 * dayMs,
  samples1mMs: 30 * dayMs,
  samples10mMs: 365 * dayMs,
  generationsMs: 365 * dayMs,
  alertEventsMs: 365 * dayMs,
  snapshotsMs: 365 * dayMs,
}

/** As the service leaves it after a stop: signed off, so that the next start need not check the file. */
async function signOffAndClose(store: Store, nowMs: number): Promise<void> {
  const writer = { pid: process.pid, node: 'gpu-node-1', startedAtMs: nowMs, collectionIntervalMs: 10_000 }
  await store.saveWriter({ ...writer, stoppedAtMs: nowMs })
  await store.close()
}

/** Milliseconds of `work`. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** As the service does once an hour: until there is no more to do. @returns milliseconds of each call. */
async function maintain(store: Store, nowMs: number): Promise<number[]> {
  const times: number[] = []
  for (let more = true; more && times.length < 100_000; )
    times.push(
      await timeOf(async () => {
        more = await store.maintain(retention, nowMs)
      }),
    )
  return times
}

/** A day: each tick is one durable write; the making of ticks is not counted, the hourly maintenance is. */
async function measureSamples(baseDir: string, plan: Plan): Promise<PhaseResult> {
  const store = await openSqliteStore({ baseDir })
  const tickTimes: number[] = []
  let maintenanceMs = 0
  let sampleCount = 0
  for (const tick of dayOfTicks(plan)) {
    tickTimes.push(await timeOf(() => store.write({ tick })))
    sampleCount += tick.samples.length
    if (tickTimes.length % 360 > 0) continue
    for (const time of await maintain(store, tick.timestampMs)) maintenanceMs += time
  }
  const writtenMs = tickTimes.reduce((sum, time) => sum + time, maintenanceMs)
  const reader = await openSqliteReader({ baseDir })
  const answers: Partial<Record<QuestionName, Answer>> = {}
  const metrics: Record<string, number> = {}
  for (const [name, question] of Object.entries(questions(plan)) as [QuestionName, Question][]) {
    answers[name] = await answerOf(store, question)
    assert.deepEqual(await answerOf(reader, question), answers[name])
    metrics[name] = await timeMedian(() => store.range(question.ours))
    metrics[name.replace('Ms', 'ReaderMs')] = await timeMedian(() => reader.range(question.ours))
  }
  await reader.close()
  await signOffAndClose(store, plan.endMs)
  return {
    metrics: {
      samplesPerSecond: sampleCount / (writtenMs / 1000),
      bytesPerSample: directoryBytes(baseDir) / sampleCount,
      p99TickMs: percentile(tickTimes, 0.99),
      worstTickMs: Math.max(...tickTimes),
      ...metrics,
    },
    answers,
  }
}

async function answerOf(reader: StoreReader, { ours }: Question): Promise<Answer> {
  const { series } = await reader.range(ours)
  return Object.fromEntries(
    series.map(({ attributes, points }) => [
      ours.groupBy?.map((key) => attributes[key]).join() ?? '',
      points.map(({ timestampMs, value }) => [timestampMs, value] as const),
    ]),
  )
}

/** Writes the store of 30 days, as a service would that ran all the time. */
async function buildHistory(baseDir: string, plan: Plan): Promise<PhaseResult> {
  const store = await openSqliteStore({ baseDir })
  let worstMaintainMs = 0
  let maintainedMs = 0
  for (const tick of monthOfTicks(plan)) {
    await store.write({ tick })
    if (tick.timestampMs < maintainedMs + hourMs) continue
    maintainedMs = tick.timestampMs
    worstMaintainMs = (await maintain(store, maintainedMs)).reduce((a, b) => Math.max(a, b), worstMaintainMs)
  }
  await signOffAndClose(store, plan.endMs)
  return { metrics: { worstMaintainMs, historyBytes: directoryBytes(baseDir) }, answers: {} }
}

/** The first opening of this process, and the first tick after it. */
async function measureOpening(baseDir: string, plan: Plan): Promise<PhaseResult> {
  const [tick] = tickOfNow(plan)
  const start = performance.now()
  const store = await openSqliteStore({ baseDir })
  const openingMs = performance.now() - start
  if (tick) await store.write({ tick })
  const firstTickMs = performance.now() - start
  await signOffAndClose(store, plan.endMs)
  return { metrics: { openingMs, firstTickMs }, answers: {} }
}

async function measureGenerations(baseDir: string, plan: Plan): Promise<PhaseResult> {
  const { seed, generationCount: count } = plan
  // What is requested last has ended by the end of the plan.
  const endMs = plan.endMs - hourMs
  const store = await openSqliteStore({ baseDir })
  const tally = new GenerationTally(endMs)
  let insertedMs = 0
  let jsonBytes = 0
  for (const generations of batchesOf(makeGenerations({ seed, endMs, count }, tally), 100)) {
    jsonBytes += Buffer.byteLength(JSON.stringify(generations[0])) * generations.length
    insertedMs += await timeOf(() => store.write({ generations }))
  }
  const queries = await measureGenerationQueries(store, tally)
  await signOffAndClose(store, plan.endMs)
  const promptlessInsertsPerSecond = await measurePromptless(`${baseDir}-promptless`, plan)
  const bytesPerRecord = directoryBytes(baseDir) / count
  const insertsPerSecond = count / (insertedMs / 1000)
  return {
    metrics: {
      insertsPerSecond,
      promptlessInsertsPerSecond,
      bytesPerRecord,
      jsonBytesPerRecord: jsonBytes / count,
      ...queries,
    },
    answers: {},
  }
}

/** As records are by default: prompts are kept only when that is asked for. A fifth of them shows it. */
async function measurePromptless(baseDir: string, plan: Plan): Promise<number> {
  const count = plan.generationCount / 5
  const endMs = plan.endMs - hourMs
  const store = await openSqliteStore({ baseDir })
  let insertedMs = 0
  const tally = new GenerationTally(endMs)
  for (const batch of batchesOf(makeGenerations({ seed: plan.seed, endMs, count }, tally), 100)) {
    const generations = batch.map(({ prompt: _, ...record }) => record)
    insertedMs += await timeOf(() => store.write({ generations }))
  }
  await store.close()
  rmSync(baseDir, { recursive: true })
  return count / (insertedMs / 1000)
}

function* batchesOf<T>(values: Iterable<T>, size: number): Generator<readonly T[]> {
  let batch: T[] = []
  for (const value of values) {
    batch.push(value)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

async function measureGenerationQueries(store: Store, tally: GenerationTally) {
  const toMs = tally.lastHourMs - 1
  const day = { fromMs: tally.lastHourMs - dayMs, toMs }
  const week = { fromMs: tally.lastHourMs - 7 * dayMs, toMs, stepMs: hourMs }
  const p95ByModel = () => store.aggregateGenerations({ ...day, groupBy: ['model'], quantiles: [0.95] })
  const errorRateByHour = () => store.aggregateGenerations(week)
  const failures = () => store.listGenerations({ statuses: ['failed', 'timed_out', 'lost'], limit: 50 })
  const idAt = (index: number) => tally.ids[index % tally.ids.length] ?? ''
  const searchAt = (index: number) => tally.searches[index % tally.searches.length] ?? ''

  for (const { group, duration } of await p95ByModel()) {
    const durations = tally.durationsByModel.get(group.model ?? '') ?? []
    assert.equal(duration.count, durations.length, `generations of ${group.model}`)
    assertNear(duration.quantilesMs[0], percentile(durations, 0.95), `p95 of ${group.model}`)
  }
  const hours = await errorRateByHour()
  const rates = [...tally.byHour].sort(([a], [b]) => a - b)
  assert.deepEqual(
    hours
      .filter(({ errorRate }) => errorRate !== null)
      .map(({ timestampMs, errorRate }) => [timestampMs, errorRate]),
    rates.map(([hour, { errors, counted }]) => [hour, errors / counted]),
  )
  assert.deepEqual((await failures()).records, tally.newestFailures.toReversed().slice(0, 50))
  assert.equal((await store.getGeneration(idAt(7)))?.id, idAt(7))
  const { records } = await store.listGenerations({ prompt: searchAt(7) })
  for (const { prompt } of records)
    assert.ok(
      searchAt(7)
        .split(' ')
        .every((word) => prompt?.split(' ').includes(word)),
    )
  assert.ok(records.length > 0, 'the prompt that was searched for is found')

  return {
    p95ByModelMs: await timeMedian(p95ByModel),
    errorRateByHourMs: await timeMedian(errorRateByHour),
    failuresPageMs: await timeMedian(failures),
    byIdMs: await timeMedian((index) => store.getGeneration(idAt(index))),
    promptSearchMs: await timeMedian((index) => store.listGenerations({ prompt: searchAt(index) })),
  }
}

/** Within the 1 % of the sketch, and the distance between two neighbours of a small group. */
function assertNear(value: number | null | undefined, wanted: number, what: string): void {
  assert.ok(Math.abs((value ?? Number.NaN) / wanted - 1) < 0.05, `${what}: ${value}, not ${wanted}`)
}

const phases: Readonly<Record<string, Phase>> = {
  samples: measureSamples,
  history: buildHistory,
  opening: measureOpening,
  generations: measureGenerations,
}

if (process.argv[1] === import.meta.filename) {
  const [name = '', baseDir = '', plan = ''] = process.argv.slice(2)
  const phase = phases[name]
  if (!phase) throw new Error(`There is no phase "${name}"`)
  console.log(JSON.stringify(await phase(baseDir, JSON.parse(plan) as Plan)))
}
