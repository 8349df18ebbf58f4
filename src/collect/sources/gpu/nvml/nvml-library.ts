/**
 * NVIDIA's management library, reached through koffi: names of functions flow in, functions that can be called flow
 * out. Every function answers a code of `nvmlReturn`, and writes what it found into a buffer of the caller: that is
 * the fastest way through koffi, about 50 ns a call. It interprets nothing.
 */
import type * as Koffi from 'koffi'
import { messageOf } from '../../../../model/errors.ts'
import { lazyModule } from '../../../../system/lazy-module.ts'

const loadKoffi = lazyModule<typeof Koffi>('koffi')

/** A handle, a number or a buffer. A handle is an address: a number where it is exact, which koffi passes faster. */
export type NvmlArgument = number | bigint | Uint8Array

type NvmlFunction = (...args: NvmlArgument[]) => number

const handle = 'uintptr'
const word = 'uint32'
const long = 'uint64'
const out = 'void *'
const ofDevice = [handle, out]
const ofPart = [handle, word, out]
const text = [handle, out, word]
const list = [handle, out, out]

/** The symbols as the library exports them, and what they take (`nvml.h` of NVML_API_VERSION 13). */
const signatures = {
  nvmlInit_v2: [],
  nvmlShutdown: [],
  nvmlSystemGetDriverVersion: [out, word],
  nvmlSystemGetCudaDriverVersion_v2: [out],
  nvmlSystemGetCudaDriverVersion: [out],
  nvmlSystemGetProcessName: [word, out, word],
  nvmlDeviceGetCount_v2: [out],
  nvmlDeviceGetHandleByIndex_v2: [word, out],
  nvmlDeviceGetName: text,
  nvmlDeviceGetUUID: text,
  nvmlDeviceGetSerial: text,
  nvmlDeviceGetPciInfo_v3: ofDevice,
  nvmlDeviceGetNumFans: ofDevice,
  nvmlDeviceGetMaxClockInfo: ofPart,
  nvmlDeviceGetMaxPcieLinkGeneration: ofDevice,
  nvmlDeviceGetMaxPcieLinkWidth: ofDevice,
  nvmlDeviceGetTemperatureThreshold: ofPart,
  nvmlDeviceGetEnforcedPowerLimit: ofDevice,
  nvmlDeviceGetUtilizationRates: ofDevice,
  nvmlDeviceGetEncoderUtilization: list,
  nvmlDeviceGetDecoderUtilization: list,
  nvmlDeviceGetJpgUtilization: list,
  nvmlDeviceGetOfaUtilization: list,
  nvmlDeviceGetEncoderStats: [handle, out, out, out],
  nvmlDeviceGetMemoryInfo_v2: ofDevice,
  nvmlDeviceGetMemoryInfo: ofDevice,
  nvmlDeviceGetTemperatureV: ofDevice,
  nvmlDeviceGetTemperature: ofPart,
  nvmlDeviceGetMarginTemperature: ofDevice,
  nvmlDeviceGetPowerUsage: ofDevice,
  nvmlDeviceGetTotalEnergyConsumption: ofDevice,
  nvmlDeviceGetClockInfo: ofPart,
  nvmlDeviceGetCurrentClocksEventReasons: ofDevice,
  nvmlDeviceGetCurrentClocksThrottleReasons: ofDevice,
  nvmlDeviceGetPerformanceState: ofDevice,
  nvmlDeviceGetFanSpeed_v2: ofPart,
  nvmlDeviceGetFanSpeed: ofDevice,
  nvmlDeviceGetFanSpeedRPM: ofDevice,
  nvmlDeviceGetCurrPcieLinkGeneration: ofDevice,
  nvmlDeviceGetCurrPcieLinkWidth: ofDevice,
  nvmlDeviceGetPcieThroughput: ofPart,
  nvmlDeviceGetPcieReplayCounter: ofDevice,
  nvmlDeviceGetFieldValues: [handle, 'int32', out],
  nvmlDeviceGetTotalEccErrors: [handle, word, word, out],
  nvmlDeviceGetRetiredPages_v2: [handle, word, out, out, out],
  nvmlDeviceGetRetiredPagesPendingStatus: ofDevice,
  nvmlDeviceGetRemappedRows: [handle, out, out, out, out],
  nvmlDeviceGetMigMode: list,
  nvmlDeviceGetMaxMigDeviceCount: ofDevice,
  nvmlDeviceGetMigDeviceHandleByIndex: ofPart,
  nvmlDeviceGetComputeRunningProcesses_v3: list,
  nvmlDeviceGetComputeRunningProcesses: list,
  nvmlDeviceGetGraphicsRunningProcesses_v3: list,
  nvmlDeviceGetGraphicsRunningProcesses: list,
  nvmlDeviceGetMPSComputeRunningProcesses_v3: list,
  nvmlDeviceGetMPSComputeRunningProcesses: list,
  nvmlDeviceGetSupportedEventTypes: ofDevice,
  nvmlDeviceRegisterEvents: [handle, long, handle],
  nvmlEventSetCreate: [out],
  nvmlEventSetFree: [handle],
  nvmlEventSetWait_v2: [handle, out, word],
  nvmlEventSetWait: [handle, out, word],
} as const satisfies Record<string, readonly string[]>

export type NvmlFunctionName = keyof typeof signatures

export interface NvmlLibrary {
  /** Undefined for what this driver's library does not export. */
  readonly functions: Readonly<Partial<Record<NvmlFunctionName, NvmlFunction>>>
  /** What a code means, in the words of the library. */
  describe(code: number): string
}

/**
 * Loads the library. It stays loaded: taking such a library out of a running process is not safe.
 *
 * @param path - @default what the driver installs: `libnvidia-ml.so.1`, on Windows `nvml.dll`
 * @throws Error that says what is missing: koffi, or the library.
 */
export function loadNvmlLibrary(path: string = defaultLibrary()): NvmlLibrary {
  const library = open(path)
  const functions: Partial<Record<NvmlFunctionName, NvmlFunction>> = {}
  for (const name of Object.keys(signatures) as NvmlFunctionName[]) {
    try {
      functions[name] = library.func(name, 'int32', [...signatures[name]])
    } catch {
      // A driver that is older than the function. What the function would tell stays unknown.
    }
  }
  return { functions, describe: describer(library) }
}

function defaultLibrary(): string {
  return process.platform === 'win32' ? 'nvml.dll' : 'libnvidia-ml.so.1'
}

function open(path: string): Koffi.LibraryHandle {
  let koffi: typeof Koffi
  try {
    koffi = loadKoffi()
  } catch (cause) {
    throw new Error(`koffi, an optional dependency, cannot be loaded: ${messageOf(cause)}`, { cause })
  }
  try {
    return koffi.load(path)
  } catch (cause) {
    throw new Error(`no ${path}: the NVIDIA driver is not installed (${messageOf(cause)})`, { cause })
  }
}

function describer(library: Koffi.LibraryHandle): (code: number) => string {
  try {
    const errorString = library.func('nvmlErrorString', 'str', ['int32'])
    return (code) => String(errorString(code))
  } catch {
    return () => 'no description'
  }
}
