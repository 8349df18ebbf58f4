import type { Clock } from '../../../system/clock.ts'
import { endWithParent } from './end-with-parent.ts'
import type { GpuReader, GpuReading } from './gpu-reading.ts'

export type GpuVendor = GpuReading['vendor']

/** What the readers are told: plain data, it crosses into the process that reads. */
export interface GpuReaderSettings {
  /** NVIDIA's management library, where it is not where the driver installs it. */
  readonly nvmlLibrary?: string
  readonly sysRoot: string
  readonly devRoot: string
}

export interface GpuReaderOptions extends GpuReaderSettings {
  readonly clock: Clock
}

/** One way to read the GPUs of a vendor. */
export interface GpuReaderEntry {
  readonly name: string
  /** @throws when this machine cannot be read so: no library, no tool, no driver. */
  readonly open: (options: GpuReaderOptions) => GpuReader | Promise<GpuReader>
}

/** Of each vendor the best way first. Modules are loaded when they are opened, in the process that reads. */
export type GpuReaders = Readonly<Record<GpuVendor, readonly GpuReaderEntry[]>>

export const gpuReaders: GpuReaders = {
  nvidia: [
    {
      name: 'nvml',
      open: async ({ nvmlLibrary, clock }) => {
        const { openNvmlReader } = await import('./nvml/nvml-reader.ts')
        const reader = openNvmlReader({ libraryPath: nvmlLibrary, clock })
        endWithParent()
        return reader
      },
    },
    {
      name: 'nvidia-smi',
      open: async (options) =>
        (await import('./nvidia-smi/nvidia-smi-reader.ts')).openNvidiaSmiReader(options),
    },
  ],
  amd: [
    {
      name: 'amdgpu',
      open: async (options) => (await import('./amd/amdgpu-sysfs.ts')).openAmdgpuReader(options),
    },
    {
      name: 'rocm-smi',
      open: async (options) => (await import('./amd/rocm-smi-reader.ts')).openRocmSmiReader(options),
    },
  ],
}
