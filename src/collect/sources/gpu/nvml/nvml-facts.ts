/**
 * The numbers of NVIDIA's management library that the reader uses. Source of all: `nvml.h` of NVML_API_VERSION 13, as
 * in NVIDIA/go-nvml `gen/nvml`; the name there stands beside each. What has no name here is not used.
 */

/** `nvmlReturn_t`. */
export const nvmlReturn = {
  success: 0,
  uninitialized: 1,
  invalidArgument: 2,
  notSupported: 3,
  noPermission: 4,
  notFound: 6,
  insufficientSize: 7,
  driverNotLoaded: 9,
  timeout: 10,
  functionNotFound: 13,
  gpuIsLost: 15,
  resetRequired: 16,
  noData: 21,
  argumentVersionMismatch: 25,
  deprecated: 26,
  gpuNotFound: 28,
} as const

/** Answers that the same question will get again: it is not asked again. */
export function isRefusal(code: number): boolean {
  return (
    code === nvmlReturn.notSupported ||
    code === nvmlReturn.functionNotFound ||
    code === nvmlReturn.argumentVersionMismatch ||
    code === nvmlReturn.deprecated
  )
}

/** Answers after which nothing this GPU says can be had through this handle. */
export function isLoss(code: number): boolean {
  return (
    code === nvmlReturn.gpuIsLost ||
    code === nvmlReturn.resetRequired ||
    code === nvmlReturn.notFound ||
    code === nvmlReturn.gpuNotFound
  )
}

/** Answers after which the library has to be started anew: the driver was unloaded, or loaded again. */
export function isDriverGone(code: number): boolean {
  return code === nvmlReturn.uninitialized || code === nvmlReturn.driverNotLoaded
}

/** The first word of a versioned struct: `NVML_STRUCT_VERSION`, its size and its version in the top byte. */
function structVersion(bytes: number, version: number): number {
  return bytes | (version << 24)
}

/** `nvmlMemory_v2_t`: version, total, reserved, free, used; `nvmlMemory_t`: total, free, used. Offsets in bytes. */
export const memoryV2 = { version: structVersion(40, 2), total: 8, reserved: 16, free: 24, used: 32 } as const
export const memoryV1 = { total: 0, free: 8, used: 16 } as const

/** `nvmlTemperature_v1_t`: version, sensor, temperature. */
export const temperatureV1 = { version: structVersion(12, 1), sensor: 4, temperature: 8 } as const

/** `nvmlMarginTemperature_v1_t`: version, margin. */
export const marginV1 = { version: structVersion(8, 1), margin: 4 } as const

/** `nvmlFanSpeedInfo_v1_t`: version, fan, speed in revolutions per minute. */
export const fanSpeedV1 = { version: structVersion(12, 1), fan: 4, speed: 8 } as const

/** `nvmlPciInfo_t`, 68 bytes: an older spelling of the address comes first, then five words, then the address. */
export const pciInfo = { bytes: 68, address: 36, addressBytes: 32 } as const

/** `nvmlFieldValue_t`. */
export const fieldValue = { bytes: 40, id: 0, scope: 4, type: 24, code: 28, value: 32 } as const

/** `nvmlValueType_t`. An `unsigned long` is of 8 bytes on Linux and of 4 on Windows. */
export const valueType = {
  double: 0,
  unsignedInt: 1,
  unsignedLong: 2,
  unsigned64: 3,
  signed64: 4,
  signedInt: 5,
  unsignedShort: 6,
} as const

/** The struct of process lists: `nvmlProcessInfo_v1_t` of the symbol with no suffix, `_v2_t` of `_v3`. */
export const processInfo = { bytesV1: 16, bytesV2: 24, pid: 0, usedBytes: 8 } as const

/** `nvmlEventData_t`: device, type, data (and, in `_v2`, two words more). */
export const eventData = { device: 0, type: 8, data: 16 } as const

/** `nvmlEventTypeXidCriticalError`. */
export const xidEvent = 8

/** `NVML_FI_DEV_…`. */
export const fieldId = {
  /** PERF_POLICY_POWER, which is CLOCKS_EVENT_REASON_SW_POWER_CAP too; nanoseconds. */
  powerCapped: 74,
  /** PERF_POLICY_SYNC_BOOST, which is CLOCKS_EVENT_REASON_SYNC_BOOST too; nanoseconds. */
  syncBoosted: 76,
  /** MEMORY_TEMP; degrees Celsius. */
  memoryTemperature: 82,
  /** TOTAL_ENERGY_CONSUMPTION; millijoules since the driver was loaded. */
  energy: 83,
  /** PCIE_REPLAY_COUNTER. */
  pcieReplays: 94,
  /** POWER_AVERAGE; milliwatts over the last second. */
  powerAverage: 185,
  /** PCIE_COUNT_TX_BYTES and PCIE_COUNT_RX_BYTES. */
  pcieTransmitted: 197,
  pcieReceived: 198,
  /**
   * CLOCKS_EVENT_REASON_SW_THERM_SLOWDOWN, _HW_THERM_SLOWDOWN, _HW_POWER_BRAKE_SLOWDOWN; nanoseconds. There are two
   * numberings: `nvml.h` of API version 13 has 269–271, while NVIDIA's Python bindings (nvidia-ml-py, as vendored by
   * ray) have 251–253. In each of them the numbers of the other mean power smoothing, which only Blackwell has. See
   * `DeviceFields` for how they are told apart.
   */
  throttledByHeader: [269, 270, 271],
  throttledByBindings: [251, 252, 253],
} as const

/** `nvmlClocksEventReason…`: bits of the mask. Those that are no loss (idle, clocks set by a user) are left out. */
export const reasonBits = [
  ['sw_power_cap', 0x4],
  ['hw_slowdown', 0x8],
  ['sync_boost', 0x10],
  ['sw_thermal_slowdown', 0x20],
  ['hw_thermal_slowdown', 0x40],
  ['hw_power_brake_slowdown', 0x80],
] as const

/** `NVML_DEVICE_UUID_V2_BUFFER_SIZE` and the like: none of the texts is longer. */
export const textBytes = 96
