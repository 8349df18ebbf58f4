/**
 * What one reading of one GPU said, whoever made it. Plain data that JSON carries: it crosses from a process of its own.
 * A field that the card, the driver or the tool does not tell is left out; nothing here is a guess, and absent is not
 * zero.
 */

/** Why a GPU runs slower than it could. Named as NVML names the bits of its clocks event reasons. */
export const throttleReasons = [
  'sw_power_cap',
  'hw_slowdown',
  'sync_boost',
  'sw_thermal_slowdown',
  'hw_thermal_slowdown',
  'hw_power_brake_slowdown',
] as const

export type ThrottleReason = (typeof throttleReasons)[number]

/** Memory in bytes. `used` holds neither what is reserved by the driver nor what is free. */
export interface GpuMemory {
  readonly totalBytes?: number
  readonly usedBytes?: number
  readonly freeBytes?: number
  readonly reservedBytes?: number
}

/** A part of a GPU that acts as one of its own (NVIDIA MIG). */
export interface GpuInstance {
  /** The UUID; where the tool tells none, `gpu instance/compute instance`. */
  readonly id: string
  /** As `1g.10gb`; left out where the tool does not tell it. */
  readonly profile?: string
  readonly memory?: GpuMemory
}

/** One program on one GPU. */
export interface GpuProcess {
  readonly pid: number
  /** Its executable, where the tool tells it. */
  readonly name?: string
  readonly usedBytes?: number
  /** The `GpuInstance` it runs on, where the GPU is divided. */
  readonly instance?: string
}

export interface GpuReading {
  /** False where its XIDs cannot be told: the kernel's log may not be read, or an exporter tells no events. @default true */
  readonly tellsXids?: boolean
  /** Stable over restarts: the UUID; where there is none, the PCI address, then `index N`. Attribute `hw.id`. */
  readonly id: string
  /** Counted from 0, as the tool orders them. */
  readonly index: number
  readonly vendor: 'nvidia' | 'amd'
  /** The product, as `NVIDIA H100 80GB HBM3`. */
  readonly name?: string
  readonly serial?: string
  /** As `00000000:06:00.0`. */
  readonly pciAddress?: string
  readonly driverVersion?: string
  readonly cudaVersion?: string
  /** True when the driver says that it cannot be reached any more: fallen off the bus, needs a reset. */
  readonly isLost?: boolean

  /** 0..1: share of time that any kernel ran. */
  readonly utilization?: number
  /** 0..1: share of time that its memory was read or written. */
  readonly memoryUtilization?: number
  /** 0..1 each. */
  readonly encoderUtilization?: number
  readonly decoderUtilization?: number
  readonly jpegUtilization?: number
  readonly opticalFlowUtilization?: number
  readonly encoderSessions?: number
  readonly memory?: GpuMemory
  readonly temperatureCelsius?: number
  readonly memoryTemperatureCelsius?: number
  /** The hottest spot, where it is told apart from the edge (AMD's junction). */
  readonly hotspotTemperatureCelsius?: number
  /** Degrees until it slows down. */
  readonly temperatureMarginCelsius?: number
  /** Above it the GPU slows down. */
  readonly slowdownTemperatureCelsius?: number
  readonly powerWatts?: number
  /** What is enforced now. */
  readonly powerLimitWatts?: number
  /** Since the driver was loaded. */
  readonly energyJoules?: number
  readonly clocksHz?: {
    readonly graphics?: number
    readonly sm?: number
    readonly memory?: number
    readonly video?: number
  }
  readonly maxClocksHz?: { readonly graphics?: number; readonly sm?: number; readonly memory?: number }
  /** 0 is the fastest (NVIDIA's P0). */
  readonly performanceState?: number
  /** 0..1, may pass 1. */
  readonly fanRatio?: number
  readonly fanRpm?: number
  /** Which reasons hold now; left out where the tool does not tell, empty when none holds. */
  readonly throttleReasons?: readonly ThrottleReason[]
  /** Time lost to each reason since the driver was loaded. */
  readonly throttledSeconds?: Readonly<Partial<Record<ThrottleReason, number>>>
  readonly pcie?: {
    readonly generation?: number
    readonly maxGeneration?: number
    readonly width?: number
    readonly maxWidth?: number
    /** Bytes a second now. */
    readonly receiveBytesPerSecond?: number
    readonly transmitBytesPerSecond?: number
    /** Counts since the driver was loaded. */
    readonly receivedBytes?: number
    readonly transmittedBytes?: number
    readonly replays?: number
  }
  readonly ecc?: {
    /** Since the driver was loaded. */
    readonly corrected?: number
    readonly uncorrected?: number
    /** In the life of the card. */
    readonly correctedLifetime?: number
    readonly uncorrectedLifetime?: number
  }
  readonly retiredPages?: {
    readonly singleBit?: number
    readonly doubleBit?: number
    readonly isPending?: boolean
  }
  readonly remappedRows?: {
    readonly correctable?: number
    readonly uncorrectable?: number
    readonly isPending?: boolean
    readonly hasFailed?: boolean
  }
  /** Left out where the card has no such mode. */
  readonly isMigEnabled?: boolean
  readonly instances?: readonly GpuInstance[]
  /** Programs that use it; left out where the tool does not tell, empty when there are none. */
  readonly processes?: readonly GpuProcess[]
}

/** A critical error that the driver reported (NVIDIA's XID), when it is known to the reader. */
export interface GpuXid {
  /** Unix milliseconds at which it was noticed. */
  readonly timestampMs: number
  /** As `GpuReading.id`, or the PCI address where only that is known. */
  readonly device: string
  readonly code: number
}

/** What a reader of GPUs answers. */
export interface GpuAnswer {
  readonly gpus: readonly GpuReading[]
  readonly xids: readonly GpuXid[]
  /** Values left out as unusable. */
  readonly skipped: number
}

/** One way to ask the GPUs of a machine: a driver's library, a tool, the kernel's files. */
export interface GpuReader {
  /** Short and stable: `nvml`, `nvidia-smi`, `amdgpu`, `rocm-smi` … */
  readonly name: string
  /** May block: it is called where that harms nobody. @throws what the driver or the tool answers. */
  read(): GpuAnswer | Promise<GpuAnswer>
  close(): void | Promise<void>
}
