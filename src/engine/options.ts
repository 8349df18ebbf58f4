/** The options of the whole: one schema, its defaults, and the settings the engine runs on. */
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { defaultRules } from '../alert/default-rules.ts'
import { type AlertRuleInput, alertRulesSchema } from '../alert/rule.ts'
import type { AlertRule } from '../alert/rules.ts'
import { type SourceOptions, type SourceSettings, sourceOptionsSchema } from '../collect/source-options.ts'
import { readConfigFile } from '../config/config-file.ts'
import { lazySchema, type Zod } from '../config/lazy-schema.ts'
import { parseOptions } from '../config/validate.ts'
import { type Durability, durabilities, type RetentionPolicy } from '../store/store.ts'
import { dayMs } from '../system/clock.ts'
import { type CostInput, type CostSettings, costSettingsSchema } from '../track/cost/cost-settings.ts'
import type { ErrorClassRule } from '../track/error-class.ts'
import { type ErrorClassInput, errorClassesSchema } from '../track/error-class-schema.ts'
import type { StallSettings } from '../track/pace/stall.ts'
import { type StallOptions, stallOptionsSchema } from '../track/pace/stall-options.ts'
import { type QualityOptions, type QualitySettings, qualityOptionsSchema } from './quality-options.ts'

/** The options of a `MonitoringService`, and the keys of its YAML file. */
export interface MonitoringServiceOptions {
  /** Directory of everything that is stored; created when it is missing. @default '.framewatch' */
  readonly baseDir?: string
  /** A YAML file with any of these options; what is given in code wins. */
  readonly configPath?: string
  /** Seconds between two collections of metrics. **Minimum**: 0.1. @default 30 */
  readonly collectionInterval?: number
  /** Seconds between two performance snapshots. **Minimum**: 1. @default 300 */
  readonly snapshotInterval?: number
  /** Alert rules beside the shipped ones; one with the name of a shipped rule replaces it. @default [] */
  readonly alertThresholds?: readonly AlertRuleInput[]
  /** Whether the shipped rules are on. @default true */
  readonly defaultAlerts?: boolean
  /** Name of this machine in every record. @default the host name */
  readonly node?: string
  /** Keep prompts as text, not only as a SHA-256 hash. @default false */
  readonly storePrompts?: boolean
  /**
   * Days that each kind is kept. `samples` are raw; `samples1m` and `samples10m` their summaries by minute and by ten,
   * made when samples are a day old, where they are kept longer.
   * @default { samples: 7, samples1m: 30, samples10m: 365, generations: 90, alerts: 365, snapshots: 90 }
   */
  readonly retentionDays?: {
    samples?: number
    samples1m?: number
    samples10m?: number
    generations?: number
    alerts?: number
    snapshots?: number
  }
  /**
   * What the store survives. Both: the death of the process at any instant, with everything that was written. `full`:
   * a power failure or a crash of the operating system too; each write then waits for the disk. `normal`: the last
   * writes before such a failure may be missing, and the store is sound all the same. @default 'normal'
   */
  readonly durability?: Durability
  /**
   * Bytes on disk past which the oldest history is deleted, whatever its age. An integer. **Minimum**: 16777216
   * (16 MiB). @default no limit
   */
  readonly maxStoreBytes?: number
  /** What metrics are collected from, and what is left out. @default everything that is found */
  readonly sources?: SourceOptions
  /** Prices of generations, and budgets. @default none */
  readonly costs?: CostInput
  /** Classes of errors by code or pattern, tried before those that are built in. @default [] */
  readonly errorClasses?: readonly ErrorClassInput[]
  /**
   * When a running generation counts as stalled: no progress for `factor` times what its steps or stages usually take, at
   * least `floor` seconds; `unknown` seconds where nothing is known. @default { factor: 4, floor: 30, unknown: 600 }
   */
  readonly stalls?: StallOptions
  /**
   * Checks of outputs. `profile`: one for all, or by patterns of models (`*` for any characters; the first that matches),
   * each a name or a file. `budgetSeconds`: what decoding one video may take, from 1 to 3600. `roots`: folders from which files may be opened. `maxQueue`: past so many that wait, the newest stay
   * unverified. @default { enabled: true, concurrency: 1, maxQueue: 1000, thumbnails: { enabled: true, retentionDays: 7,
   * maxBytes: 1073741824 } }, any folder; decoding may take as long as the clip lasts, 5 s to 10 minutes
   */
  readonly quality?: QualityOptions
}

/** What the engine runs on: everything decided, times in milliseconds. Plain data: it crosses a thread. */
export interface EngineSettings {
  readonly baseDir: string
  readonly node: string
  readonly collectionIntervalMs: number
  readonly snapshotIntervalMs: number
  readonly rules: readonly AlertRule[]
  readonly storePrompts: boolean
  readonly retention: RetentionPolicy
  readonly durability: Durability
  readonly sources: SourceSettings
  readonly costs: CostSettings
  readonly errorClasses: readonly ErrorClassRule[]
  readonly stalls: StallSettings
  readonly quality: QualitySettings
}

/** Less would be all overhead, and deleted before it could be read. */
const leastStoreBytes = 16 * 1024 * 1024

const fileSchema = lazySchema((z) => {
  const seconds = (least: number, byDefault: number) => {
    const error = `expected a number of seconds from ${least} to 86400`
    return z.number({ error }).min(least, { error }).max(86_400, { error }).default(byDefault)
  }
  const days = (byDefault: number) => {
    const error = 'expected a number of days above 0'
    return z.number({ error }).positive({ error }).default(byDefault)
  }
  return z.strictObject({
    baseDir: z
      .string({ error: 'expected a path' })
      .min(1, { error: 'expected a path' })
      .default('.framewatch'),
    collectionInterval: seconds(0.1, 30),
    snapshotInterval: seconds(1, 300),
    alertThresholds: alertRulesSchema().default([]),
    defaultAlerts: z.boolean({ error: 'expected true or false' }).default(true),
    node: z
      .string({ error: 'expected a name' })
      .min(1, { error: 'expected a name' })
      .max(200)
      .default(hostname),
    storePrompts: z.boolean({ error: 'expected true or false' }).default(false),
    retentionDays: z
      .strictObject({
        samples: days(7),
        samples1m: days(30),
        samples10m: days(365),
        generations: days(90),
        alerts: days(365),
        snapshots: days(90),
      })
      .prefault({}),
    durability: z
      .enum(durabilities, { error: `expected one of ${durabilities.join(', ')}` })
      .default('normal'),
    maxStoreBytes: storeBytes(z).optional(),
    sources: sourceOptionsSchema().prefault({}),
    costs: costSettingsSchema().prefault({}),
    errorClasses: errorClassesSchema().default([]),
    stalls: stallOptionsSchema().prefault({}),
    quality: qualityOptionsSchema().prefault({}),
  })
})

function storeBytes(z: Zod) {
  const error = `expected a whole number of bytes from ${leastStoreBytes} (16 MiB)`
  return z.int({ error }).min(leastStoreBytes, { error })
}

/** What says where the rest is. */
const givenSchema = lazySchema((z) => {
  const path = z.string({ error: 'expected a path' }).min(1, { error: 'expected a path' })
  return z.looseObject({ configPath: path.optional() }, { error: 'expected an object' })
})

const label = 'MonitoringService options'

/**
 * Options as the user gave them, to settings.
 *
 * @throws FramewatchError `CONFIG_INVALID`, `CONFIG_FILE_NOT_FOUND`, `CONFIG_SYNTAX`.
 */
export function resolveSettings(given: MonitoringServiceOptions): EngineSettings {
  const { configPath, ...inCode } = parseOptions(givenSchema(), given, { label })
  const inFile = configPath === undefined ? {} : loadOptionsFile(configPath)
  const options = parseOptions(fileSchema(), { ...inFile, ...defined(inCode) }, { label })
  return {
    baseDir: resolve(options.baseDir),
    node: options.node,
    collectionIntervalMs: options.collectionInterval * 1000,
    snapshotIntervalMs: options.snapshotInterval * 1000,
    rules: mergeRules(options.defaultAlerts ? defaultRules() : [], options.alertThresholds),
    storePrompts: options.storePrompts,
    retention: {
      samplesMs: options.retentionDays.samples * dayMs,
      samples1mMs: options.retentionDays.samples1m * dayMs,
      samples10mMs: options.retentionDays.samples10m * dayMs,
      generationsMs: options.retentionDays.generations * dayMs,
      alertEventsMs: options.retentionDays.alerts * dayMs,
      snapshotsMs: options.retentionDays.snapshots * dayMs,
      maxBytes: options.maxStoreBytes,
    },
    durability: options.durability,
    sources: options.sources,
    costs: options.costs,
    errorClasses: options.errorClasses,
    stalls: options.stalls,
    quality: options.quality,
  }
}

/** The options of a file as written, once they are known to be right: what code gives is merged over them. */
function loadOptionsFile(path: string): object {
  const written = readConfigFile(path)
  parseOptions(fileSchema(), written.value, written.source)
  return written.value
}

function defined(options: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function mergeRules(shipped: readonly AlertRule[], own: readonly AlertRule[]): readonly AlertRule[] {
  const names = new Set(own.map((rule) => rule.name))
  return [...shipped.filter((rule) => !names.has(rule.name)), ...own]
}
