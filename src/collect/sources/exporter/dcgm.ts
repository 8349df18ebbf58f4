/**
 * NVIDIA's dcgm-exporter in our terms: its `DCGM_FI_*` samples flow in; readings of GPUs flow out, as every other reader
 * of GPUs gives them. Fields, units and blank values are those of DCGM's `dcgm_fields.h` and `dcgm_structs.h`; where DCGM
 * has given a field a second name that tells the same unit, both are known.
 *
 * `DCGM_FI_DEV_XID_ERRORS` is the last XID for ever, so it tells of no new one: it stays what it is, a gauge.
 */
import {
  type GpuInstance,
  type GpuMemory,
  type GpuReading,
  type ThrottleReason,
  throttleReasons,
} from '../gpu/gpu-reading.ts'
import type { ExposedSample } from './exposition-line.ts'
import { printable } from './printable.ts'

const mebibyte = 2 ** 20
const megahertz = 1e6
const maxTextLength = 200

/** Where blank values of 32-bit, floating and 64-bit fields begin: nothing to say, not found, not supported … */
const blankInt32 = 0x7ffffff0
const blankFloat = 2 ** 47
/** As a double, of which the last of the 64 bits are lost. */
const blankInt64 = 2 ** 63
/** Each kind has room for this many reasons. */
const blankCount = 16

/** Whether the value is one of those by which DCGM says that it has none. */
export function isDcgmBlank(value: number): boolean {
  const isFrom = (start: number) => value >= start && value < start + blankCount
  return value >= blankInt64 || isFrom(blankFloat) || isFrom(blankInt32)
}

/** Whether the metric is a field of DCGM, as dcgm-exporter names it. */
export function isDcgmMetric(name: string): boolean {
  return name.startsWith(prefix)
}

const prefix = 'DCGM_FI_'

/** Fields that a part of a GPU (MIG) has of its own. All others hold for the whole, whatever part they are told of. */
const perInstance = /^(PROF_|DEV_FB_)|_UTIL$/

/** How many degrees are left: below zero when there are none. */
const signedFields = new Set(['DEV_GPU_TEMP_LIMIT', 'DEV_GPU_TEMP_MARGIN_CELSIUS'])

/** The time counters of each reason; the first that is there counts. All are nanoseconds, whatever older help texts say. */
const throttledFields: Readonly<Partial<Record<ThrottleReason, readonly string[]>>> = {
  sw_power_cap: ['DEV_CLOCKS_EVENT_REASON_SW_POWER_CAP_NS', 'DEV_POWER_VIOLATION'],
  sync_boost: ['DEV_CLOCKS_EVENT_REASON_SYNC_BOOST_NS', 'DEV_SYNC_BOOST_VIOLATION'],
  // The older counter does not tell software from hardware: the milder is meant.
  sw_thermal_slowdown: ['DEV_CLOCKS_EVENT_REASON_SW_THERM_SLOWDOWN_NS', 'DEV_THERMAL_VIOLATION'],
  hw_thermal_slowdown: ['DEV_CLOCKS_EVENT_REASON_HW_THERM_SLOWDOWN_NS'],
  hw_power_brake_slowdown: ['DEV_CLOCKS_EVENT_REASON_HW_POWER_BRAKE_SLOWDOWN_NS'],
}

/** The bits of `DCGM_FI_DEV_CLOCKS_EVENT_REASONS`, those of NVML. */
const reasonBits: Readonly<Record<ThrottleReason, number>> = {
  sw_power_cap: 0x4,
  hw_slowdown: 0x8,
  sync_boost: 0x10,
  sw_thermal_slowdown: 0x20,
  hw_thermal_slowdown: 0x40,
  hw_power_brake_slowdown: 0x80,
}

/** Values by field, without the prefix. */
type Fields = Map<string, number>

/** What is gathered of one GPU. */
interface Gathered {
  readonly labels: ExposedSample['labels']
  readonly whole: Fields
  /** Of a part, taken for the whole where nothing is told of that. */
  readonly parent: Fields
  readonly parts: Map<string, { readonly profile: string | undefined; readonly fields: Fields }>
}

/**
 * The GPUs that an exposition tells of. Samples that are not DCGM's, of something else than a GPU, blank or negative are
 * passed over; of several samples of one field, as with several pods on one GPU, the first counts.
 */
export function readingsFromDcgm(samples: readonly ExposedSample[]): readonly GpuReading[] {
  const gpus = new Map<string, Gathered>()
  for (const { name, labels, value } of samples) {
    const id = isDcgmMetric(name) ? idOf(labels) : undefined
    const field = name.slice(prefix.length)
    if (id === undefined || isDcgmBlank(value) || !(value >= 0 || signedFields.has(field))) continue
    const gpu = gpus.get(id) ?? { labels, whole: new Map(), parent: new Map(), parts: new Map() }
    gpus.set(id, gpu)
    gather(gpu, field, labels, value)
  }
  return [...gpus].map(([id, gpu], order) => readingOf(id, gpu, order))
}

function idOf({ UUID, pci_bus_id: address, gpu }: ExposedSample['labels']): string | undefined {
  return text(UUID) ?? text(address) ?? (gpu ? `index ${printable(gpu, maxTextLength)}` : undefined)
}

function gather(gpu: Gathered, field: string, labels: ExposedSample['labels'], value: number): void {
  const id = text(labels['GPU_I_ID'])
  const fields = id === undefined ? gpu.whole : partFields(gpu, id, labels, field)
  if (!fields.has(field)) fields.set(field, value)
}

function partFields(gpu: Gathered, id: string, labels: ExposedSample['labels'], field: string): Fields {
  const part = gpu.parts.get(id) ?? { profile: text(labels['GPU_I_PROFILE']), fields: new Map() }
  gpu.parts.set(id, part)
  return perInstance.test(field) ? part.fields : gpu.parent
}

function readingOf(id: string, { labels, whole, parent, parts }: Gathered, order: number): GpuReading {
  const of = (...names: string[]) => {
    for (const name of names) {
      const value = whole.get(name) ?? parent.get(name)
      if (value !== undefined) return value
    }
    return undefined
  }
  const [, number] = /^(?:nvidia)?(\d{1,4})$/.exec(labels['gpu'] ?? labels['device'] ?? '') ?? []
  const migMode = of('DEV_MIG_MODE')
  return {
    id,
    index: number === undefined ? order : Number(number),
    vendor: 'nvidia',
    ...known({
      name: text(labels['modelName']),
      serial: text(labels['DCGM_FI_DEV_SERIAL']),
      pciAddress: text(labels['pci_bus_id']),
      driverVersion: text(labels['DCGM_FI_DRIVER_VERSION']),
      ...load(of),
      memory: memoryOf(of),
      ...heatAndPower(of),
      ...speed(of),
      pcie: pcieOf(of),
      ...wear(of),
      isMigEnabled: parts.size > 0 || (migMode === undefined ? undefined : migMode === 1),
      instances: parts.size === 0 ? undefined : instancesOf(parts),
    }),
  }
}

/** The value of the first of the fields that is there. */
type Lookup = (...fields: string[]) => number | undefined

function load(of: Lookup) {
  return {
    // The engine's share is told where the general one is not, as of a GPU in parts.
    utilization: percent(of('DEV_GPU_UTIL')) ?? ratio(of('PROF_GR_ENGINE_ACTIVE')),
    memoryUtilization: percent(of('DEV_MEM_COPY_UTIL')),
    encoderUtilization: percent(of('DEV_ENC_UTIL')),
    decoderUtilization: percent(of('DEV_DEC_UTIL')),
  }
}

function heatAndPower(of: Lookup) {
  return {
    temperatureCelsius: of('DEV_GPU_TEMP', 'DEV_GPU_TEMP_CELSIUS'),
    memoryTemperatureCelsius: of('DEV_MEMORY_TEMP', 'DEV_MEMORY_TEMP_CELSIUS'),
    temperatureMarginCelsius: of('DEV_GPU_TEMP_LIMIT', 'DEV_GPU_TEMP_MARGIN_CELSIUS'),
    slowdownTemperatureCelsius: of('DEV_SLOWDOWN_TEMP', 'DEV_GPU_TEMP_SLOWDOWN_CELSIUS'),
    powerWatts: of('DEV_POWER_USAGE', 'DEV_BOARD_POWER_WATTS'),
    powerLimitWatts: of(
      ...['DEV_ENFORCED_POWER_LIMIT', 'DEV_BOARD_POWER_LIMIT_ENFORCED_WATTS'],
      ...['DEV_POWER_MGMT_LIMIT', 'DEV_BOARD_POWER_LIMIT_REQUESTED_WATTS'],
    ),
    energyJoules: divided(of('DEV_TOTAL_ENERGY_CONSUMPTION'), 1000),
    fanRatio: divided(of('DEV_FAN_SPEED'), 100),
  }
}

function speed(of: Lookup) {
  const reasons = of('DEV_CLOCKS_EVENT_REASONS', 'DEV_CLOCK_THROTTLE_REASONS')
  return {
    clocksHz: known({
      sm: scaled(of('DEV_SM_CLOCK'), megahertz),
      memory: scaled(of('DEV_MEM_CLOCK'), megahertz),
      video: scaled(of('DEV_VIDEO_CLOCK'), megahertz),
    }),
    maxClocksHz: known({
      sm: scaled(of('DEV_MAX_SM_CLOCK'), megahertz),
      memory: scaled(of('DEV_MAX_MEM_CLOCK'), megahertz),
    }),
    performanceState: performanceState(of('DEV_PSTATE', 'DEV_GPU_PSTATE')),
    throttleReasons:
      reasons === undefined
        ? undefined
        : throttleReasons.filter((reason) => (reasons & reasonBits[reason]) !== 0),
    throttledSeconds: known(
      Object.fromEntries(
        Object.entries(throttledFields).map(([reason, fields]) => [reason, divided(of(...fields), 1e9)]),
      ),
    ),
  }
}

function pcieOf(of: Lookup) {
  return known({
    generation: of('DEV_PCIE_LINK_GEN'),
    maxGeneration: of('DEV_PCIE_MAX_LINK_GEN'),
    width: of('DEV_PCIE_LINK_WIDTH'),
    maxWidth: of('DEV_PCIE_MAX_LINK_WIDTH'),
    // Rates, though some lists of counters call them counters.
    receiveBytesPerSecond: of('PROF_PCIE_RX_BYTES'),
    transmitBytesPerSecond: of('PROF_PCIE_TX_BYTES'),
    replays: of('DEV_PCIE_REPLAY_COUNTER', 'DEV_PCIE_REPLAY_TOTAL'),
  })
}

function wear(of: Lookup) {
  return {
    ecc: known({
      corrected: of('DEV_ECC_SBE_VOL_TOTAL'),
      uncorrected: of('DEV_ECC_DBE_VOL_TOTAL'),
      correctedLifetime: of('DEV_ECC_SBE_AGG_TOTAL'),
      uncorrectedLifetime: of('DEV_ECC_DBE_AGG_TOTAL'),
    }),
    retiredPages: known({
      singleBit: of('DEV_RETIRED_SBE', 'DEV_PAGE_RETIRED_SBE_TOTAL'),
      doubleBit: of('DEV_RETIRED_DBE', 'DEV_PAGE_RETIRED_DBE_TOTAL'),
      isPending: flag(of('DEV_RETIRED_PENDING', 'DEV_PAGE_RETIRED_PENDING')),
    }),
    remappedRows: known({
      correctable: of('DEV_CORRECTABLE_REMAPPED_ROWS', 'DEV_ROW_REMAP_CORRECTABLE_TOTAL'),
      uncorrectable: of('DEV_UNCORRECTABLE_REMAPPED_ROWS', 'DEV_ROW_REMAP_UNCORRECTABLE_TOTAL'),
      isPending: flag(of('DEV_ROW_REMAP_PENDING')),
      hasFailed: flag(of('DEV_ROW_REMAP_FAILURE', 'DEV_ROW_REMAP_FAILED')),
    }),
  }
}

/** The default list of counters has no total; the parts make it up. */
function memoryOf(of: Lookup): GpuMemory | undefined {
  const used = scaled(of('DEV_FB_USED'), mebibyte)
  const free = scaled(of('DEV_FB_FREE'), mebibyte)
  const reserved = scaled(of('DEV_FB_RESERVED'), mebibyte)
  const sum = used === undefined || free === undefined ? undefined : used + free + (reserved ?? 0)
  return known({
    totalBytes: scaled(of('DEV_FB_TOTAL'), mebibyte) ?? sum,
    usedBytes: used,
    freeBytes: free,
    reservedBytes: reserved,
  })
}

function instancesOf(parts: Gathered['parts']): readonly GpuInstance[] {
  return [...parts].map(([id, { profile, fields }]) => ({
    id,
    ...known({ profile, memory: memoryOf((field = '') => fields.get(field)) }),
  }))
}

function text(label: string | undefined): string | undefined {
  const clean = printable(label ?? '', maxTextLength)
  // As DCGM writes a text that it has not: <<<NULL>>>, <<<NOT_SUPPORTED>>> …
  return clean === '' || clean.startsWith('<<<') ? undefined : clean
}

function percent(value: number | undefined): number | undefined {
  return ratio(divided(value, 100))
}

function ratio(value: number | undefined): number | undefined {
  return value !== undefined && value <= 1 ? value : undefined
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor
}

function divided(value: number | undefined, divisor: number): number | undefined {
  return value === undefined ? undefined : value / divisor
}

/** NVML says 32 where it does not know. */
function performanceState(value: number | undefined): number | undefined {
  return value !== undefined && value < 16 ? value : undefined
}

function flag(value: number | undefined): boolean | undefined {
  return value === undefined ? undefined : value > 0
}

/** The fields that are told; undefined when none is. */
function known<T extends object>(fields: T): T | undefined {
  const told = Object.entries(fields).filter(([, value]) => value !== undefined)
  return told.length === 0 ? undefined : (Object.fromEntries(told) as T)
}
