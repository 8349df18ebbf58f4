import { type Attributes, attributesKey, type Tick } from '../model/sample.ts'
import type { VitalSigns } from '../model/status.ts'

type Direction = readonly [attribute: string, value: string]

const diskRead: Direction = ['disk.io.direction', 'read']
const diskWrite: Direction = ['disk.io.direction', 'write']
const received: Direction = ['network.io.direction', 'receive']
const transmitted: Direction = ['network.io.direction', 'transmit']

/**
 * The vital signs of the host from its last ticks. Gauges are of the newest tick; rates are between the two newest
 * and `null` with fewer, with a clock that stepped back, or when a counter started again. Network rates leave out
 * `lo`. Memory in use is what the utilisation says it is: what programs cannot get without swapping.
 */
export function vitalSigns(ticksNewestFirst: readonly Tick[]): VitalSigns {
  const [tick, previous] = ticksNewestFirst
  const gauge = (name: string, attributes: Attributes = {}) => gaugeOf(tick, name, attributes)
  const rate = (name: string, direction: Direction) => ratePerSecond(previous, tick, name, direction)
  const memoryTotalBytes = gauge('system.memory.limit')
  const memoryUtilization = gauge('system.memory.utilization')
  const eventLoopDelayMaxSeconds = gauge('nodejs.eventloop.delay.max')
  const canMultiply = memoryTotalBytes !== null && memoryUtilization !== null
  return {
    timestampMs: tick?.timestampMs ?? null,
    cpuUtilization: gauge('system.cpu.utilization'),
    cpuCount: gauge('system.cpu.logical.count'),
    memoryUsedBytes: canMultiply ? Math.round(memoryTotalBytes * memoryUtilization) : null,
    memoryTotalBytes,
    memoryUtilization,
    swapUsedBytes: gauge('system.paging.usage', { 'system.paging.state': 'used' }),
    load1m: gauge('system.linux.cpu.load_1m'),
    diskReadBytesPerSecond: rate('system.disk.io', diskRead),
    diskWriteBytesPerSecond: rate('system.disk.io', diskWrite),
    networkReceiveBytesPerSecond: rate('system.network.io', received),
    networkTransmitBytesPerSecond: rate('system.network.io', transmitted),
    filesystemUtilizationMax: maxOf(tick, 'system.filesystem.utilization'),
    processCount: gauge('system.process.count'),
    eventLoopDelayMaxMs: eventLoopDelayMaxSeconds === null ? null : eventLoopDelayMaxSeconds * 1000,
  }
}

function gaugeOf(tick: Tick | undefined, name: string, attributes: Attributes): number | null {
  const key = attributesKey(attributes)
  const found = tick?.samples.find(
    (sample) => sample.name === name && attributesKey(sample.attributes) === key,
  )
  return found?.value ?? null
}

function maxOf(tick: Tick | undefined, name: string): number | null {
  let max: number | null = null
  for (const sample of tick?.samples ?? [])
    if (sample.name === name && (max === null || sample.value > max)) max = sample.value
  return max
}

/** Growth of all counters of a name and direction that are in both ticks, per second. */
function ratePerSecond(
  before: Tick | undefined,
  now: Tick | undefined,
  name: string,
  direction: Direction,
): number | null {
  if (before === undefined || now === undefined) return null
  const seconds = (now.timestampMs - before.timestampMs) / 1000
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

function countersOf(tick: Tick, name: string, [attribute, value]: Direction): ReadonlyMap<string, number> {
  const counters = new Map<string, number>()
  for (const { name: sampleName, attributes, value: count } of tick.samples) {
    if (sampleName !== name || attributes[attribute] !== value) continue
    if (attributes['network.interface.name'] !== 'lo') counters.set(attributesKey(attributes), count)
  }
  return counters
}
