/** The composition root of the engine: the one place that names concrete classes and wires them. */
import { AlertManager } from '../alert/alert-manager.ts'
import { vitalSigns } from '../collect/vital-signs.ts'
import { FramewatchError, isFramewatchError, messageOf } from '../model/errors.ts'
import { ProcessChecker } from '../quality/checker.ts'
import { isProfilePath } from '../quality/profile-names.ts'
import { openSqliteStore, type SqliteStoreOptions } from '../store/sqlite/sqlite-store.ts'
import type { Store, WriterInfo } from '../store/store.ts'
import { systemClock } from '../system/clock.ts'
import { systemRandom } from '../system/random.ts'
import { PerformanceTracker } from '../track/tracker.ts'
import { CheckQueue } from './check-queue.ts'
import { Engine } from './engine.ts'
import type { EngineParts } from './engine-parts.ts'
import { RingReader } from './event-ring.ts'
import { allMetrics, hostCollector } from './host-collector.ts'
import { probeReader } from './host-probe.ts'
import { alertHistory } from './last-day.ts'
import type { WorkerInput } from './protocol.ts'
import type { QualitySettings } from './quality-options.ts'
import type { VideoChecker } from './video-checker.ts'

/** What is not the same in every engine. */
export interface EngineOpening {
  /** A store of an earlier version is brought forward. */
  readonly onUpgrade?: () => void
  /** Opens outputs. @default one that does so in a process of its own */
  readonly checker?: VideoChecker
}

/**
 * Opens the store and builds an engine over it. What the last run left open is recorded as lost first. A store whose
 * damage shows only then is opened once more, and looked at as a whole.
 *
 * @throws FramewatchError of the store: `BASE_DIR_UNWRITABLE`, `BASE_DIR_IN_USE`, `STORE_DAMAGED` when it cannot be
 *   read now, `STORE_NEWER_SCHEMA`, `STORE_DISK_FULL`. `CONFIG_INVALID` for a file of `quality.profile`.
 */
export async function openEngine(
  input: WorkerInput,
  emit: EngineParts['emit'],
  { onUpgrade, checker = checkerOf(input.settings.quality) }: EngineOpening = {},
): Promise<Engine> {
  await checkProfiles(input.settings.quality)
  try {
    return await buildEngine(input, emit, checker, { onUpgrade, checkAll: false })
  } catch (error) {
    if (!isFramewatchError(error, 'STORE_DAMAGED')) throw error
    return buildEngine(input, emit, checker, { onUpgrade, checkAll: true })
  }
}

async function buildEngine(
  input: WorkerInput,
  emit: EngineParts['emit'],
  checker: VideoChecker | undefined,
  opening: Pick<SqliteStoreOptions, 'onUpgrade' | 'checkAll'>,
): Promise<Engine> {
  const { settings } = input
  const clock = systemClock()
  const random = systemRandom()
  const { baseDir, durability } = settings
  const store = await openSqliteStore({ baseDir, durability, clock, ...opening })
  try {
    const nowMs = clock.nowMs()
    const writer: WriterInfo = {
      pid: process.pid,
      node: settings.node,
      startedAtMs: nowMs,
      collectionIntervalMs: settings.collectionIntervalMs,
      setAside: store.setAside,
    }
    await store.saveWriter(writer)
    const { enabled, maxQueue } = settings.quality
    const checks = new CheckQueue({ enabled: enabled && checker !== undefined, maxQueue }, warn)
    const tracker = new PerformanceTracker({
      node: settings.node,
      watchedSinceMs: nowMs,
      storePrompts: settings.storePrompts,
      costs: settings.costs,
      errorClasses: settings.errorClasses,
      stalls: settings.stalls,
      intervalMs: settings.collectionIntervalMs,
      admitCheck: (record) => checks.admit(record),
    })
    await loseInterrupted(store, tracker)
    const history = await alertHistory(store, nowMs)
    const readRuntime = probeReader(input.probe, clock)
    // A source that hangs must not cost the others their ticks.
    const patienceMs = settings.collectionIntervalMs / 2
    const collector = hostCollector(process.platform, clock, readRuntime, settings.sources, patienceMs)
    return new Engine({
      settings,
      writer,
      clock,
      random,
      store,
      collector,
      events: new RingReader(input.ring),
      tracker,
      checks,
      checker,
      alerts: new AlertManager({ rules: settings.rules, random, ...history }),
      metrics: () => allMetrics(collector, settings.costs.currency),
      vitalSigns,
      emit,
    })
  } catch (error) {
    await store.close()
    throw error
  }
}

function checkerOf({ enabled, budgetMs }: QualitySettings): VideoChecker | undefined {
  return enabled ? new ProcessChecker({ clock: systemClock(), budgetMs }) : undefined
}

/** A file that is no profile would be found only by the first check. */
async function checkProfiles({ enabled, profiles }: QualitySettings): Promise<void> {
  const files = profiles.filter(({ profile }) => isProfilePath(profile))
  if (!enabled || files.length === 0) return
  // Takes long to load: it knows the thresholds of every check.
  const { profileOf } = await import('../quality/profile.ts')
  for (const { profile } of files) {
    try {
      profileOf(profile)
    } catch (cause) {
      const details = { key: 'quality.profile', value: profile }
      throw new FramewatchError('CONFIG_INVALID', `\`quality.profile\`: ${messageOf(cause)}`, {
        details,
        cause,
      })
    }
  }
}

function warn(text: string): void {
  process.emitWarning(text, 'FramewatchWarning')
}

/** A generation that the last run left open has no one to report its end. */
async function loseInterrupted(store: Store, tracker: PerformanceTracker): Promise<void> {
  for (;;) {
    const { records } = await store.listGenerations({ statuses: ['queued', 'running'], limit: 500 })
    if (records.length === 0) return
    const message = 'The process that ran it ended without reporting an end'
    await store.write({ generations: records.map((record) => tracker.loseInterrupted(record, message)) })
  }
}
