/**
 * The sources of a host: a platform and the doors to it flow in; the sources that suit it flow out, built and not
 * yet read. A new source is one new file under `sources/` and one line in a record here.
 */
import { loadavg } from 'node:os'
import type { Sample } from '../model/sample.ts'
import type { Clock } from '../system/clock.ts'
import { keptFor } from './kept-for.ts'
import { lazySource } from './lazy-source.ts'
import type { Source } from './source.ts'
import type { SourceName, SourceSettings } from './source-options.ts'
import { cgroupSource } from './sources/cgroup.ts'
import { timeSource } from './sources/clock.ts'
import { clockOffsetSource } from './sources/clock-offset.ts'
import { cpuSource } from './sources/cpu.ts'
import { cpuFrequencySource } from './sources/cpu-frequency.ts'
import { diskSource } from './sources/disk.ts'
import type { ExporterSettings } from './sources/exporter/exporter-schema.ts'
import { filesystemSource } from './sources/filesystem.ts'
import { detectGpus, lookedForGpus } from './sources/gpu/gpu-detection.ts'
import { allGpuMetrics } from './sources/gpu/gpu-metrics.ts'
import type { GpuReading } from './sources/gpu/gpu-reading.ts'
import { hwmonSource } from './sources/hwmon.ts'
import { loadSource } from './sources/load.ts'
import { memorySource } from './sources/memory.ts'
import { networkSource } from './sources/network.ts'
import { portableCpuSource } from './sources/portable/cpu.ts'
import { portableDiskSource } from './sources/portable/disk.ts'
import { portableFilesystemSource } from './sources/portable/filesystem.ts'
import { portableLoadSource } from './sources/portable/load.ts'
import { portableMemorySource } from './sources/portable/memory.ts'
import { portableNetworkSource } from './sources/portable/network.ts'
import { portableProcessesSource } from './sources/portable/processes.ts'
import { portableSwapSource } from './sources/portable/swap.ts'
import { portableTimeSource } from './sources/portable/time.ts'
import { pressureSource } from './sources/pressure.ts'
import { processGroupSource } from './sources/process-group.ts'
import { processTableSource } from './sources/process-table.ts'
import { processesSource } from './sources/processes.ts'
import { type RuntimeReading, runtimeSource } from './sources/runtime.ts'
import { swapSource } from './sources/swap.ts'
import { tcpSource } from './sources/tcp.ts'

export interface HostSourceOptions {
  readonly platform: NodeJS.Platform
  readonly clock: Clock
  readonly settings: SourceSettings
  /** Asks the Node process that hosts the service. */
  readonly readRuntime: () => RuntimeReading
}

/** What every factory is given. */
interface Doors extends SourceSettings {
  readonly clock: Clock
  readonly platform: NodeJS.Platform
  readonly readRuntime: () => RuntimeReading
  readonly loadSystemInformation: () => Promise<typeof import('systeminformation')>
  readonly readLoadAverages: () => readonly number[] | undefined
  readonly fetch: typeof globalThis.fetch
}

type Factories = Readonly<Partial<Record<SourceName, (doors: Doors) => Source>>>

/** On every platform. */
const commonSources: Factories = {
  gpu: hostGpuSource,
  runtime: (doors) => runtimeSource({ ...doors, givesMemory: doors.platform !== 'linux' }),
}

const linuxSources: Factories = {
  cpu: cpuSource,
  memory: memorySource,
  swap: swapSource,
  disk: diskSource,
  filesystem: filesystemSource,
  network: networkSource,
  load: loadSource,
  processes: processesSource,
  'process-table': processTableSource,
  process: processGroupSource,
  pressure: pressureSource,
  cgroup: cgroupSource,
  tcp: tcpSource,
  'cpu-frequency': cpuFrequencySource,
  hwmon: hwmonSource,
  time: timeSource,
  'clock-offset': clockOffsetSource,
}

/** Darwin, Windows and the rest. */
const portableSources: Factories = {
  cpu: portableCpuSource,
  memory: portableMemorySource,
  swap: portableSwapSource,
  disk: portableDiskSource,
  filesystem: portableFilesystemSource,
  network: portableNetworkSource,
  load: portableLoadSource,
  processes: portableProcessesSource,
  time: () => portableTimeSource(),
}

/** The sources for this platform that are not turned off, ready to be read. Nothing is loaded or opened until they are. */
export function hostSources({
  platform,
  clock,
  settings,
  readRuntime,
}: HostSourceOptions): readonly Source[] {
  const factories = { ...commonSources, ...(platform === 'linux' ? linuxSources : portableSources) }
  const doors: Doors = {
    ...settings,
    clock,
    platform,
    readRuntime,
    loadSystemInformation: () => import('systeminformation'),
    fetch: globalThis.fetch,
    readLoadAverages: () => (platform === 'win32' ? undefined : loadavg()),
  }
  return Object.entries(factories)
    .filter(([name]) => !settings.off.some((off) => off === name))
    .map(([, create]) => create(doors))
    .concat(settings.exporters.map((exporter) => exporterOf(exporter, doors)))
}

/** How long a driver may take; the collector's own deadline comes after it, for the error of the source says more. */
const gpuAnswerDeadlineMs = 4000

function hostGpuSource({ clock, platform, procRoot, sysRoot, nvmlLibrary }: Doors): Source {
  const settings = { sysRoot, devRoot: '/dev', nvmlLibrary }
  const detect = () => detectGpus({ platform, procRoot, ...settings })
  const looked = keptFor(clock, 60_000, detect)
  return lazySource({
    name: 'gpu',
    metrics: allGpuMetrics,
    deadlineMs: gpuAnswerDeadlineMs + 500,
    absence: () => (looked().vendors.length === 0 ? { absent: lookedForGpus } : undefined),
    async load() {
      const [{ gpuSource }, { describeXid }] = await Promise.all([
        import('./sources/gpu/gpu-source.ts'),
        import('./sources/gpu/xid.ts'),
      ])
      return gpuSource({ clock, detect, describeXid, settings, answerDeadlineMs: gpuAnswerDeadlineMs })
    },
  })
}

function exporterOf({ interval, timeout, ...exporter }: ExporterSettings, { clock, fetch }: Doors): Source {
  const timeoutMs = timeout * 1000
  return lazySource({
    name: `exporter:${exporter.name}`,
    metrics: [],
    everyMs: interval * 1000,
    deadlineMs: timeoutMs + 1000,
    async load() {
      const { exporterSource } = await import('./sources/exporter/exporter-source.ts')
      const options = { ...exporter, intervalMs: interval * 1000, timeoutMs, clock, fetch }
      return exporterSource({ ...options, mapGpus: await gpuMapper(clock) })
    },
  })
}

/** What dcgm-exporter tells of is known apart from what the GPU source tells of. */
async function gpuMapper(clock: Clock): Promise<(gpus: readonly GpuReading[]) => readonly Sample[]> {
  const [{ gpuSamples }, { KnownGpus }, { describeXid }] = await Promise.all([
    import('./sources/gpu/gpu-samples.ts'),
    import('./sources/gpu/known-gpus.ts'),
    import('./sources/gpu/xid.ts'),
  ])
  const known = new KnownGpus()
  return (gpus) => {
    // It tells the last XID for ever, so none of them as an event.
    const deaf = gpus.map((gpu) => ({ ...gpu, tellsXids: false }))
    const report = { answer: { gpus: deaf, xids: [], skipped: 0 }, unread: [] }
    return gpuSamples(report, known, { describeXid, monotonicMs: clock.monotonicMs() }).samples
  }
}
