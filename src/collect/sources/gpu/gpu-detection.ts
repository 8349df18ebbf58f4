import { existsSync } from '../../../system/files.ts'
import { namesIfReadable, sysfsTextIfThere } from '../../kernel/sysfs-value.ts'
import type { GpuVendor } from './gpu-readers.ts'

/** Which GPUs this machine seems to have. */
export interface GpuDetection {
  /** Vendors of whose hardware or driver there is a sign. */
  readonly vendors: readonly GpuVendor[]
  /**
   * Set when the only sign is that the kernel has the driver, which a container sees too when it was given no GPU:
   * why the GPUs cannot be used then.
   */
  readonly doubt?: string
}

/** Looks again on each call, and costs a few microseconds. */
export type DetectGpus = () => GpuDetection

export interface GpuDetectionOptions {
  readonly platform: NodeJS.Platform
  readonly procRoot: string
  readonly sysRoot: string
  /** @default '/dev' */
  readonly devRoot?: string
  /** What Windows gives to Linux guests. @default '/usr/lib/wsl/lib' */
  readonly wslLibraryRoot?: string
  /** @default 'C:\\Windows' */
  readonly windowsRoot?: string
  /** NVIDIA's management library, where it is not where the driver installs it. */
  readonly nvmlLibrary?: string | undefined
}

/** PCI's number of AMD. */
const amdVendorId = '0x1002'

/** What `detectGpus` looks for, for `framewatch doctor`. */
export const lookedForGpus =
  'no GPU: neither a driver of NVIDIA (/proc/driver/nvidia, /dev/nvidiactl, /dev/dxg, nvml.dll) nor a card of AMD ' +
  '(/sys/class/drm) is there; name NVIDIA’s library as nvmlLibrary if it is elsewhere'

/** For signs of GPUs, without asking a driver. */
export function detectGpus(options: GpuDetectionOptions): GpuDetection {
  const nvidia = detectNvidia(options)
  const vendors: GpuVendor[] = []
  if (nvidia !== 'none') vendors.push('nvidia')
  if (options.platform === 'linux' && hasAmd(options.sysRoot)) vendors.push('amd')
  if (nvidia !== 'doubtful' || vendors.length > 1) return { vendors }
  const doubt =
    'the kernel has NVIDIA’s driver, but there is no /dev/nvidiactl: this container was given no GPU (docker run ' +
    '--gpus all), or nvidia-modprobe is not installed'
  return { vendors, doubt }
}

function detectNvidia(options: GpuDetectionOptions): 'there' | 'doubtful' | 'none' {
  const { platform, procRoot, devRoot = '/dev', nvmlLibrary } = options
  const { wslLibraryRoot = '/usr/lib/wsl/lib', windowsRoot = 'C:\\Windows' } = options
  if (nvmlLibrary !== undefined && existsSync(nvmlLibrary)) return 'there'
  if (platform === 'win32') return existsSync(`${windowsRoot}/System32/nvml.dll`) ? 'there' : 'none'
  if (platform !== 'linux') return 'none'
  if (existsSync(`${devRoot}/nvidiactl`)) return 'there'
  if (existsSync(`${devRoot}/dxg`) && existsSync(`${wslLibraryRoot}/libnvidia-ml.so.1`)) return 'there'
  return existsSync(`${procRoot}/driver/nvidia/version`) ? 'doubtful' : 'none'
}

function hasAmd(sysRoot: string): boolean {
  if (existsSync(`${sysRoot}/module/amdgpu`)) return true
  return namesIfReadable(`${sysRoot}/class/drm`).some((name) => {
    // The connectors of a card (`card0-DP-1`) have no vendor.
    if (!name.startsWith('card') || name.includes('-')) return false
    return sysfsTextIfThere(`${sysRoot}/class/drm/${name}/device/vendor`) === amdVendorId
  })
}
