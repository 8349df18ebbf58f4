/**
 * The sources of a host: a platform and the doors to it flow in; the sources that suit it flow out, built and not
 * yet read. A new source is one new file under `sources/` and one line in a record here.
 */
import { loadavg } from 'node:os'
import type { Clock } from '../system/clock.ts'
import type { Source } from './source.ts'
import { cpuSource } from './sources/cpu.ts'
import { diskSource } from './sources/disk.ts'
import { filesystemSource } from './sources/filesystem.ts'
import type { KernelRoots } from './sources/kernel-text.ts'
import { loadSource } from './sources/load.ts'
import { memorySource } from './sources/memory.ts'
import { networkSource } from './sources/network.ts'
import { processesSource } from './sources/processes.ts'
import { type RuntimeReading, runtimeSource } from './sources/runtime.ts'
import { swapSource } from './sources/swap.ts'
import {
  portableCpuSource,
  portableDiskSource,
  portableFilesystemSource,
  portableLoadSource,
  portableMemorySource,
  portableNetworkSource,
  portableProcessesSource,
  type SystemInformationOptions,
} from './sources/systeminformation.ts'

export interface HostSourceOptions extends Partial<KernelRoots> {
  readonly platform: NodeJS.Platform
  readonly clock: Clock
  /** @default '/proc' */
  readonly procRoot?: string
  /** @default '/sys' */
  readonly sysRoot?: string
  /** Asks the Node process that hosts the service. */
  readonly readRuntime: () => RuntimeReading
}

type Factories<Options> = Readonly<Record<string, (options: Options) => Source>>

const linuxSources: Factories<KernelRoots & { readonly clock: Clock }> = {
  cpu: cpuSource,
  memory: memorySource,
  swap: swapSource,
  disk: diskSource,
  filesystem: filesystemSource,
  network: networkSource,
  load: loadSource,
  processes: processesSource,
}

/** Darwin, Windows and the rest. */
const portableSources: Factories<SystemInformationOptions> = {
  cpu: portableCpuSource,
  memory: portableMemorySource,
  disk: portableDiskSource,
  filesystem: portableFilesystemSource,
  network: portableNetworkSource,
  load: portableLoadSource,
  processes: portableProcessesSource,
}

/** The sources for this platform, ready to be read. Nothing is loaded or opened until they are. */
export function hostSources(options: HostSourceOptions): readonly Source[] {
  const { platform, procRoot = '/proc', sysRoot = '/sys', clock } = options
  const host =
    platform === 'linux'
      ? Object.values(linuxSources).map((create) => create({ procRoot, sysRoot, clock }))
      : Object.values(portableSources).map((create) =>
          create({
            loadSystemInformation: () => import('systeminformation'),
            readLoadAverages: () => (platform === 'win32' ? undefined : loadavg()),
          }),
        )
  return [runtimeSource(options), ...host]
}
