import type { MetricDescriptor, Sample } from '../model/sample.ts'
import type { RecorderHealth } from '../model/status.ts'

/** The monitor monitors itself: what it lost, how long it takes, whether it can write. */
export const selfMetrics: readonly MetricDescriptor[] = [
  {
    name: 'framewatch.recorder.dropped',
    kind: 'counter',
    unit: '{event}',
    description:
      'Generation events lost on their way to the engine, by `kind`: progress (first to go), event (a start or an end), invalid (could not be read).',
  },
  {
    name: 'framewatch.tick.duration',
    kind: 'gauge',
    unit: 's',
    description: 'Time from the start of the last collection until it was stored and evaluated.',
  },
  {
    name: 'framewatch.store.failing',
    kind: 'gauge',
    unit: '1',
    description: '1 while the store refuses writes, else 0.',
  },
  {
    name: 'framewatch.store.maintenance_failing',
    kind: 'gauge',
    unit: '1',
    description: '1 when old history could not be summarised or deleted at the last try, else 0.',
  },
  {
    name: 'framewatch.store.dropped',
    kind: 'counter',
    unit: '{item}',
    description: 'Ticks, records and events given up because the store refused writes for too long.',
  },
  {
    name: 'framewatch.store.set_aside',
    kind: 'gauge',
    unit: '1',
    description: '1 when the service found its store damaged at its start and began a new one, else 0.',
  },
  {
    name: 'framewatch.alert.failed_rules',
    kind: 'gauge',
    unit: '{rule}',
    description: 'Alert rules that could not be evaluated in the last round.',
  },
  {
    name: 'framewatch.alert.unfollowed',
    kind: 'gauge',
    unit: '{alert}',
    description: 'Alerts not followed in the last round, because their rule has too many instances.',
  },
]

export function selfSamples(health: {
  readonly recorder: RecorderHealth
  readonly tickDurationMs: number
  readonly storeFailing: boolean
  readonly maintenanceFailing: boolean
  readonly storeDropped: number
  readonly storeSetAside: boolean
  readonly failedRules: number
  readonly unfollowedAlerts: number
}): readonly Sample[] {
  const { droppedProgress, droppedEvents, invalidEvents } = health.recorder
  const dropped = (kind: string, value: number) => ({
    name: 'framewatch.recorder.dropped',
    attributes: { kind },
    value,
  })
  return [
    dropped('progress', droppedProgress),
    dropped('event', droppedEvents),
    dropped('invalid', invalidEvents),
    { name: 'framewatch.tick.duration', attributes: {}, value: health.tickDurationMs / 1000 },
    { name: 'framewatch.store.failing', attributes: {}, value: health.storeFailing ? 1 : 0 },
    {
      name: 'framewatch.store.maintenance_failing',
      attributes: {},
      value: health.maintenanceFailing ? 1 : 0,
    },
    { name: 'framewatch.store.dropped', attributes: {}, value: health.storeDropped },
    { name: 'framewatch.store.set_aside', attributes: {}, value: health.storeSetAside ? 1 : 0 },
    { name: 'framewatch.alert.failed_rules', attributes: {}, value: health.failedRules },
    { name: 'framewatch.alert.unfollowed', attributes: {}, value: health.unfollowedAlerts },
  ]
}
