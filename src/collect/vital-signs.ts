import { type Attributes, attributesKey, type Tick } from '../model/sample.ts'
import type { VitalSigns } from '../model/status.ts'
import { gpuVitalSigns } from './gpu-vital-signs.ts'

/** Counters among the vital signs, and the source of each. */
const sourceOfCounter = { 'system.disk.io': 'disk', 'system.network.io': 'network' } as const
type RatedCounter = keyof typeof sourceOfCounter
export const ratedCounters = Object.keys(sourceOfCounter) as readonly RatedCounter[]

type Direction = readonly [attribute: string, value: string]

const diskRead: Direction = ['disk.io.direction', 'read']
const diskWrite: Direction = ['disk.io.direction', 'write']
const received: Direction = ['network.io.direction', 'receive']
const transmitted: Direction = ['network.io.direction', 'transmit']

/** The newest values of metrics, for what is not read at each tick. */
export interface LatestValues {
  select(
    metric: string,
    attributes: Attributes,
  ): readonly { readonly attributes: Attributes; readonly value: number; readonly timestampMs: number }[]
}

/** Gauges among the vital signs that are not read at each tick, here or on another system, and the source of each. */
const sourceOfGauge = {
  'system.filesystem.utilization': 'filesystem',
  // The first on Linux, the second elsewhere.
  'system.process.count': 'process-table processes',
  'system.memory.limit': 'memory',
  'system.memory.utilization': 'memory',
  'system.paging.usage': 'swap',
} as const
type SlowGauge = keyof typeof sourceOfGauge
export const slowGauges = Object.keys(sourceOfGauge) as readonly SlowGauge[]

/** How old what is not in the newest tick may be, in milliseconds: the slowest source is read twice in it. */
export const slowestMs = 60_000

/**
 * The vital signs of the host from its last ticks. Gauges are of the newest tick, and rates between the two newest
 * ticks that have the counters. What is not read at each tick is taken as it was last read, within a minute, and only
 * where that was the last reading of its source: one that failed since, or found nothing, leaves no value. A rate is
 * `null` with fewer ticks, with a clock that stepped back, or when a counter started again. Network rates leave out `lo`.
 * Memory in use is what the utilisation says it is: what programs cannot get without swapping.
 *
 * @param latest - has `slowGauges`. Of a metric with parts, the greatest counts: the fullest file system, the total
 *   among the processes by state.
 */
export function vitalSigns(ticksNewestFirst: readonly Tick[], latest: LatestValues = noValues): VitalSigns {
  const [tick] = ticksNewestFirst
  const slow = (name: SlowGauge, attributes: Attributes = {}) =>
    gaugeOf(tick, name, attributes) ?? maxOfLatest(latest, tick, name, attributes)
  const gauge = (name: string) => gaugeOf(tick, name, {})
  const rate = (name: RatedCounter, direction: Direction) => {
    const [now, before] = withCounters(ticksNewestFirst, name)
    return ratePerSecond(before, now, name, direction)
  }
  const memoryTotalBytes = slow('system.memory.limit')
  const memoryUtilization = slow('system.memory.utilization')
  const eventLoopDelayMaxSeconds = gauge('nodejs.eventloop.delay.max')
  const canMultiply = memoryTotalBytes !== null && memoryUtilization !== null
  return {
    timestampMs: tick?.timestampMs ?? null,
    cpuUtilization: gauge('system.cpu.utilization'),
    cpuCount: gauge('system.cpu.logical.count'),
    memoryUsedBytes: canMultiply ? Math.round(memoryTotalBytes * memoryUtilization) : null,
    memoryTotalBytes,
    memoryUtilization,
    swapUsedBytes: slow('system.paging.usage', { 'system.paging.state': 'used' }),
    load1m: gauge('system.linux.cpu.load_1m'),
    diskReadBytesPerSecond: rate('system.disk.io', diskRead),
    diskWriteBytesPerSecond: rate('system.disk.io', diskWrite),
    networkReceiveBytesPerSecond: rate('system.network.io', received),
    networkTransmitBytesPerSecond: rate('system.network.io', transmitted),
    filesystemUtilizationMax: maxOfLatest(latest, tick, 'system.filesystem.utilization'),
    processCount: maxOfLatest(latest, tick, 'system.process.count'),
    eventLoopDelayMaxMs: eventLoopDelayMaxSeconds === null ? null : eventLoopDelayMaxSeconds * 1000,
    gpus: gpuVitalSigns(tick),
  }
}

/** Of the ticks, those that vital signs need from now on: the newest, and for each rate the newest two with its counters. */
export function ticksToKeep(ticksNewestFirst: readonly Tick[]): readonly Tick[] {
  const needed = new Set(ratedCounters.flatMap((name) => withCounters(ticksNewestFirst, name)))
  return ticksNewestFirst.filter((tick, index) => index === 0 || needed.has(tick))
}

/** Whether some rate could be told from earlier ticks, but not from these. */
export function lacksRates(ticksNewestFirst: readonly Tick[]): boolean {
  return ratedCounters.some((name) => withCounters(ticksNewestFirst, name).length < 2)
}

/** The newest two ticks with such counters; none where these are not of now any more. */
function withCounters(ticksNewestFirst: readonly Tick[], name: RatedCounter): readonly Tick[] {
  const [tick] = ticksNewestFirst
  const [now, ...earlier] = ticksNewestFirst.filter(({ samples }) =>
    samples.some((sample) => sample.name === name),
  )
  if (tick === undefined || now === undefined) return []
  return now.timestampMs >= validSinceMs(tick, sourceOfCounter[name]) ? [now, ...earlier.slice(0, 1)] : []
}

/** From when on a reading of sources holds at a tick: that tick itself, unless the last reading of one before it succeeded. */
function validSinceMs(tick: Tick, sources: string): number {
  const succeeded = sources
    .split(' ')
    .some((source) => gaugeOf(tick, 'framewatch.collector.success', { source }) === 1)
  return succeeded ? tick.timestampMs - slowestMs : tick.timestampMs
}

function gaugeOf(tick: Tick | undefined, name: string, attributes: Attributes): number | null {
  const key = attributesKey(attributes)
  const found = tick?.samples.find(
    (sample) => sample.name === name && attributesKey(sample.attributes) === key,
  )
  return found?.value ?? null
}

/** The greatest of the series whose last reading holds; `null` when there is none. */
function maxOfLatest(
  latest: LatestValues,
  tick: Tick | undefined,
  name: SlowGauge,
  attributes: Attributes = {},
): number | null {
  if (tick === undefined) return null
  const sinceMs = validSinceMs(tick, sourceOfGauge[name])
  const values = latest.select(name, attributes).filter(({ timestampMs }) => timestampMs >= sinceMs)
  return values.length === 0 ? null : values.reduce((max, { value }) => Math.max(max, value), -Infinity)
}

const noValues: LatestValues = { select: () => [] }

/** Growth of all counters of a name and direction that are in both ticks, per second. */
function ratePerSecond(
  before: Tick | undefined,
  now: Tick | undefined,
  name: string,
  direction: Direction,
): number | null {
  if (before === undefined || now === undefined) return null
  const seconds = elapsedMs(before, now) / 1000
  const earlier = countersOf(before, name, direction)
  let growth: number | null = null
  for (const [key, value] of countersOf(now, name, direction)) {
    const earlierValue = earlier.get(key)
    if (earlierValue === undefined) continue
    if (value < earlierValue) return null
    growth = (growth ?? 0) + value - earlierValue
  }
  return growth === null || seconds <= 0 ? null : growth / seconds
}

/** By the monotonic clock where it is known: a step of the wall clock is no time. */
function elapsedMs(before: Tick, now: Tick): number {
  if (before.monotonicMs !== undefined && now.monotonicMs !== undefined)
    return now.monotonicMs - before.monotonicMs
  return now.timestampMs - before.timestampMs
}

function countersOf(tick: Tick, name: string, [attribute, value]: Direction): ReadonlyMap<string, number> {
  const counters = new Map<string, number>()
  for (const { name: sampleName, attributes, value: count } of tick.samples) {
    if (sampleName !== name || attributes[attribute] !== value) continue
    if (attributes['network.interface.name'] !== 'lo') counters.set(attributesKey(attributes), count)
  }
  return counters
}
