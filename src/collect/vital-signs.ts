import { type Attributes, attributesKey, type Tick } from '../model/sample.ts'
import type { VitalSigns } from '../model/status.ts'
import { gpuVitalSigns } from './gpu-vital-signs.ts'

/** Counters among the vital signs. */
const rated = ['system.disk.io', 'system.network.io'] as const

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

/** Gauges among the vital signs that are read on schedules of their own, here or on another system, each within a minute. */
export const slowVitalSigns = [
  'system.filesystem.utilization',
  'system.process.count',
  'system.memory.limit',
  'system.memory.utilization',
  'system.paging.usage',
] as const
/** How old the newest value of these may be, in milliseconds. */
export const slowestMs = 60_000

/**
 * The vital signs of the host from its last ticks. Gauges are of the newest tick, or the newest value within a minute;
 * rates are between the two newest ticks that have the counters, and `null` with fewer, with a clock that stepped back,
 * or when a counter started again. Network rates leave out `lo`. Memory in use is what the utilisation says it is: what programs cannot get without swapping.
 *
 * @param latest - has `slowVitalSigns`. Of a metric with parts, the greatest counts: the fullest file system, the total
 *   among the processes by state.
 */
export function vitalSigns(ticksNewestFirst: readonly Tick[], latest: LatestValues = noValues): VitalSigns {
  const [tick] = ticksNewestFirst
  const slow = (name: (typeof slowVitalSigns)[number], attributes: Attributes = {}) =>
    gaugeOf(tick, name, attributes) ?? maxOfLatest(latest, tick, name, attributes)
  const gauge = (name: string) => gaugeOf(tick, name, {})
  const rate = (name: (typeof rated)[number], direction: Direction) => {
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
  const needed = new Set(rated.flatMap((name) => withCounters(ticksNewestFirst, name)))
  return ticksNewestFirst.filter((tick, index) => index === 0 || needed.has(tick))
}

/** Whether some rate could be told from earlier ticks, but not from these. */
export function lacksRates(ticksNewestFirst: readonly Tick[]): boolean {
  return rated.some((name) => withCounters(ticksNewestFirst, name).length < 2)
}

/** The newest two ticks with such counters, where both are of late. */
function withCounters(ticksNewestFirst: readonly Tick[], name: string): readonly Tick[] {
  const [newest] = ticksNewestFirst
  const oldestMs = (newest?.timestampMs ?? 0) - slowestMs
  return ticksNewestFirst
    .filter(({ samples }) => samples.some((sample) => sample.name === name))
    .slice(0, 2)
    .filter(({ timestampMs }, index) => index > 0 || timestampMs >= oldestMs)
}

function gaugeOf(tick: Tick | undefined, name: string, attributes: Attributes): number | null {
  const key = attributesKey(attributes)
  const found = tick?.samples.find(
    (sample) => sample.name === name && attributesKey(sample.attributes) === key,
  )
  return found?.value ?? null
}

/** The greatest of the series that were read of late; `null` when none was. */
function maxOfLatest(
  latest: LatestValues,
  tick: Tick | undefined,
  name: (typeof slowVitalSigns)[number],
  attributes: Attributes = {},
): number | null {
  if (tick === undefined) return null
  const oldestMs = tick.timestampMs - slowestMs
  const values = latest.select(name, attributes).filter(({ timestampMs }) => timestampMs >= oldestMs)
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
