import type { GpuReading } from '../gpu-reading.ts'
import { type HandleCalls, query } from './handle-calls.ts'
import { pciInfo, textBytes } from './nvml-facts.ts'

const queries = {
  uuid: query('nvmlDeviceGetUUID'),
  name: query('nvmlDeviceGetName'),
  serial: query('nvmlDeviceGetSerial'),
  pci: query('nvmlDeviceGetPciInfo_v3'),
  fans: query('nvmlDeviceGetNumFans'),
  maxGeneration: query('nvmlDeviceGetMaxPcieLinkGeneration'),
  maxWidth: query('nvmlDeviceGetMaxPcieLinkWidth'),
  /** `NVML_CLOCK_GRAPHICS`, `_SM`, `_MEM`. */
  maxGraphicsClock: query('nvmlDeviceGetMaxClockInfo', 0),
  maxSmClock: query('nvmlDeviceGetMaxClockInfo', 1),
  maxMemoryClock: query('nvmlDeviceGetMaxClockInfo', 2),
  /** `NVML_TEMPERATURE_THRESHOLD_SLOWDOWN`. */
  slowdown: query('nvmlDeviceGetTemperatureThreshold', 1),
}

const serialBytes = 30
const hertzPerMegahertz = 1e6

/** What does not change as long as a handle lives. */
export interface DeviceFacts {
  readonly reading: Pick<
    GpuReading,
    | 'id'
    | 'index'
    | 'vendor'
    | 'name'
    | 'serial'
    | 'pciAddress'
    | 'driverVersion'
    | 'cudaVersion'
    | 'slowdownTemperatureCelsius'
    | 'maxClocksHz'
  >
  readonly pcie: Pick<NonNullable<GpuReading['pcie']>, 'maxGeneration' | 'maxWidth'>
  readonly fanCount: number
}

/** Of the driver, the same for all devices. */
export type DriverFacts = Pick<GpuReading, 'driverVersion' | 'cudaVersion'>

/** @throws NvmlError when the device is lost. */
export function readDeviceFacts(calls: HandleCalls, index: number, driver: DriverFacts): DeviceFacts {
  const { scratch } = calls.context
  const uuid = calls.text(queries.uuid, textBytes)
  const pciAddress = calls.ask(queries.pci) ? scratch.text(pciInfo.address, pciInfo.addressBytes) : undefined
  const fans = calls.word(queries.fans)
  return {
    reading: {
      id: uuid ?? pciAddress ?? `index ${index}`,
      index,
      vendor: 'nvidia',
      ...present({
        name: calls.text(queries.name, textBytes),
        serial: calls.text(queries.serial, serialBytes),
        pciAddress,
        ...driver,
        slowdownTemperatureCelsius: numberOf(calls.word(queries.slowdown)),
        maxClocksHz: present({
          graphics: hertz(calls.word(queries.maxGraphicsClock)),
          sm: hertz(calls.word(queries.maxSmClock)),
          memory: hertz(calls.word(queries.maxMemoryClock)),
        }),
      }),
    },
    pcie: {
      ...present({
        maxGeneration: numberOf(calls.word(queries.maxGeneration)),
        maxWidth: numberOf(calls.word(queries.maxWidth)),
      }),
    },
    // Before this function existed there was one function for the one fan.
    fanCount: Number.isNaN(fans) ? 1 : Math.min(fans, 16),
  }
}

/** The same without what is undefined; undefined when nothing is left. */
export function present<T extends object>(values: T): Partial<T> | undefined {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Partial<T>)
}

export function numberOf(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value
}

function hertz(megahertz: number): number | undefined {
  return numberOf(megahertz * hertzPerMegahertz)
}
