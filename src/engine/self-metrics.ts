import type { Attributes, MetricDescriptor, Sample } from '../model/sample.ts'
import type { RecorderHealth } from '../model/status.ts'
import type { Clock } from '../system/clock.ts'
import { ClockWatch } from './clock-watch.ts'

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
    name: 'framewatch.tick.delay',
    kind: 'gauge',
    unit: 's',
    description:
      'How late the collection began: more than a little means that the machine or the engine is short of time.',
  },
  {
    name: 'framewatch.clock.step',
    kind: 'gauge',
    unit: 's',
    description:
      'How far the wall clock stepped since the collection before: back when negative, forward also when the machine slept; 0 when it did not.',
  },
  {
    name: 'framewatch.clock.steps',
    kind: 'counter',
    unit: '{step}',
    description: 'Steps of the wall clock since the service started.',
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

/** What only the engine knows when it collects. */
interface EngineHealth {
  readonly recorder: RecorderHealth
  /** How long after it was due the tick began. */
  readonly tickDelayMs: number
  readonly storeFailing: boolean
  readonly storeDropped: number
  readonly storeSetAside: boolean
}

/** Keeps what the monitor knows of itself between two ticks, and makes samples of it. */
export class SelfWatch {
  readonly #clockWatch: ClockWatch
  tickDurationMs = 0
  alertTrouble = { failedRules: 0, unfollowedAlerts: 0 }
  isMaintenanceFailing = false

  constructor(clock: Clock) {
    this.#clockWatch = new ClockWatch(clock)
  }

  /** Once a tick. */
  samples(health: EngineHealth): readonly Sample[] {
    const clockStepMs = this.#clockWatch.look()
    const { droppedProgress, droppedEvents, invalidEvents } = health.recorder
    return [
      selfSample('framewatch.recorder.dropped', droppedProgress, { kind: 'progress' }),
      selfSample('framewatch.recorder.dropped', droppedEvents, { kind: 'event' }),
      selfSample('framewatch.recorder.dropped', invalidEvents, { kind: 'invalid' }),
      selfSample('framewatch.tick.duration', this.tickDurationMs / 1000),
      selfSample('framewatch.tick.delay', health.tickDelayMs / 1000),
      selfSample('framewatch.clock.step', clockStepMs / 1000),
      selfSample('framewatch.clock.steps', this.#clockWatch.steps),
      selfSample('framewatch.store.failing', health.storeFailing ? 1 : 0),
      selfSample('framewatch.store.maintenance_failing', this.isMaintenanceFailing ? 1 : 0),
      selfSample('framewatch.store.dropped', health.storeDropped),
      selfSample('framewatch.store.set_aside', health.storeSetAside ? 1 : 0),
      selfSample('framewatch.alert.failed_rules', this.alertTrouble.failedRules),
      selfSample('framewatch.alert.unfollowed', this.alertTrouble.unfollowedAlerts),
    ]
  }
}

function selfSample(name: string, value: number, attributes: Attributes = {}): Sample {
  return { name, attributes, value }
}
