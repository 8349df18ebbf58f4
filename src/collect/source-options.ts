/** What a user may say about sources: one schema, its defaults, and the settings that sources are made from. */
import { lazySchema } from '../config/lazy-schema.ts'
import {
  type ExporterInput,
  type ExporterSettings,
  exportersSchema,
} from './sources/exporter/exporter-schema.ts'

/** The name of every source of any platform. Here, because the options are checked where no source is loaded. */
export const sourceNames = [
  'runtime',
  'gpu',
  'cpu',
  'memory',
  'swap',
  'disk',
  'filesystem',
  'network',
  'load',
  'processes',
  'process-table',
  'process',
  'pressure',
  'cgroup',
  'tcp',
  'cpu-frequency',
  'hwmon',
  'time',
  'clock-offset',
] as const
export type SourceName = (typeof sourceNames)[number]

/** The key `sources` of the options, as written. */
export interface SourceOptions {
  /** Names of sources that are not read, as `framewatch doctor` lists them. @default [] */
  readonly off?: readonly SourceName[]
  /** Where the kernel's `/proc` is, when a container watches its host. @default '/proc' */
  readonly procRoot?: string
  /** Where the kernel's `/sys` is. @default '/sys' */
  readonly sysRoot?: string
  /** The process whose figures, and whose children's, are collected. @default this process */
  readonly pid?: number
  /** NVIDIA's library, where it is not on the path of libraries: a file. @default libnvidia-ml.so.1, nvml.dll */
  readonly nvmlLibrary?: string
  /** Prometheus exporters that are scraped; each is a source called `exporter:NAME`. @default [] */
  readonly exporters?: readonly ExporterInput[]
}

/** Everything decided. Plain data: it crosses a thread. */
export interface SourceSettings
  extends Required<Pick<SourceOptions, 'off' | 'procRoot' | 'sysRoot'>>,
    Pick<SourceOptions, 'pid' | 'nvmlLibrary'> {
  readonly exporters: readonly ExporterSettings[]
}

export const defaultSourceSettings: SourceSettings = {
  off: [],
  procRoot: '/proc',
  sysRoot: '/sys',
  exporters: [],
}

export const sourceOptionsSchema = lazySchema((z) => {
  const path = z.string({ error: 'expected a path' }).min(1, { error: 'expected a path' })
  const pid = z.int({ error: 'expected a process id' }).min(1, { error: 'expected a process id' })
  const name = z.enum(sourceNames, { error: `expected one of ${sourceNames.join(', ')}` })
  return z.strictObject({
    off: z.array(name, { error: 'expected a list of sources' }).default([]),
    procRoot: path.default(defaultSourceSettings.procRoot),
    sysRoot: path.default(defaultSourceSettings.sysRoot),
    pid: pid.optional(),
    nvmlLibrary: path.optional(),
    exporters: exportersSchema().default([]),
  })
})
