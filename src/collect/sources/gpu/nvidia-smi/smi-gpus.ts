/** The GPUs of a tree: where each value stands, in every version of the formats, and which value it is. */
import type { GpuInstance, GpuMemory, GpuReading } from '../gpu-reading.ts'
import { SkipCount, told, toldOrNone } from '../quantity.ts'
import { SmiFields } from './smi-fields.ts'
import type { MigNames } from './smi-list.ts'
import { processesOf } from './smi-processes.ts'
import { throttledSecondsOf, throttleReasonsOf } from './smi-throttling.ts'
import type { SmiTree } from './smi-tree.ts'

export interface SmiGpus {
  readonly gpus: readonly GpuReading[]
  readonly skipped: number
}

const noNames: MigNames = new Map()

/** @param migNames - from `nvidia-smi -L`, where there are MIG devices. */
export function gpusOf(tree: SmiTree, migNames: MigNames = noNames): SmiGpus {
  const skips = new SkipCount()
  const log = new SmiFields(tree, skips)
  const versions = { driverVersion: log.text('driver_version'), cudaVersion: log.text('cuda_version') }
  const gpus = tree
    .all('gpu')
    .map((gpu, position) => told({ ...versions, ...gpuOf(log.of(gpu), position, migNames) }))
  return { gpus, skipped: skips.count }
}

function gpuOf(gpu: SmiFields, position: number, migNames: MigNames): GpuReading {
  const pciAddress = gpu.text('pci.pci_bus_id', 'pci.bus_id') ?? gpu.tree.label
  const index = gpu.count('index') ?? position
  const uuid = gpu.text('uuid', 'gpu_uuid')
  return told({
    id: uuid ?? pciAddress ?? `index ${index}`,
    index,
    vendor: 'nvidia' as const,
    name: gpu.text('product_name'),
    serial: gpu.text('serial', 'serial_number'),
    pciAddress,
    ...told({ driverVersion: gpu.text('driver_version') }),
    isLost: isLost(gpu) ? true : undefined,
    ...utilizationOf(gpu),
    memory: memoryOf(gpu, 'fb_memory_usage'),
    ...temperaturesOf(gpu),
    ...powerOf(gpu),
    clocksHz: clocksOf(gpu, 'clocks'),
    maxClocksHz: maxClocksOf(gpu),
    performanceState: performanceStateOf(gpu),
    fanRatio: gpu.quantity('ratio', 'fan_speed'),
    throttleReasons: throttleReasonsOf(gpu),
    throttledSeconds: throttledSecondsOf(gpu),
    pcie: pcieOf(gpu),
    ecc: eccOf(gpu),
    retiredPages: retiredPagesOf(gpu),
    remappedRows: remappedRowsOf(gpu),
    isMigEnabled: gpu.flag('mig_mode.current_mig', 'mig_mode.current'),
    instances: instancesOf(gpu, uuid === undefined ? undefined : migNames.get(uuid)),
    processes: processesOf(gpu),
  })
}

const lostPattern = /^\[?(?:GPU is lost|GPU requires reset|GPU has fallen off)/i

/** Names of processes may be anything, so they are not looked at. */
function isLost(gpu: SmiFields): boolean {
  if (gpu.tree.some((text) => lostPattern.test(text), 'processes')) return true
  return gpu.flag('gpu_reset_status.reset_required') === true
}

function utilizationOf(gpu: SmiFields) {
  const share = (name: string) => gpu.quantity('share', `utilization.${name}_util`, `utilization.${name}`)
  return {
    utilization: share('gpu'),
    memoryUtilization: share('memory'),
    encoderUtilization: share('encoder'),
    decoderUtilization: share('decoder'),
    jpegUtilization: share('jpeg'),
    opticalFlowUtilization: share('ofa'),
    encoderSessions: gpu.count('encoder_stats.session_count', 'encoder_stats.active_sessions'),
  }
}

function memoryOf(gpu: SmiFields, ...sections: readonly string[]): GpuMemory | undefined {
  const bytes = (name: string) => gpu.quantity('bytes', ...sections.map((section) => `${section}.${name}`))
  return toldOrNone({
    totalBytes: bytes('total'),
    usedBytes: bytes('used'),
    freeBytes: bytes('free'),
    reservedBytes: bytes('reserved'),
  })
}

/** The slowdown of newer cards is told as a margin below a limit that is not told, which is no temperature. */
function temperaturesOf(gpu: SmiFields) {
  const at = (...names: readonly string[]) => names.map((name) => `temperature.${name}`)
  return {
    temperatureCelsius: gpu.quantity('celsius', ...at('gpu_temp', 'gpu_current_temp')),
    memoryTemperatureCelsius: gpu.quantity('celsius', ...at('memory_temp', 'memory_current_temp')),
    temperatureMarginCelsius: gpu.signed('celsius', ...at('gpu_temp_tlimit', 'gpu_t_limit_temp')),
    slowdownTemperatureCelsius: gpu.quantity(
      'celsius',
      ...at('gpu_temp_slow_threshold', 'gpu_slowdown_temp'),
    ),
  }
}

/** The average of a second is what the driver's library answers too; where there is none, that is the instant. */
function powerOf(gpu: SmiFields) {
  const watts = (...names: readonly string[]) =>
    gpu.quantity(
      'watts',
      ...names.flatMap((name) => [`gpu_power_readings.${name}`, `power_readings.${name}`]),
    )
  return {
    powerWatts: watts(
      ...['power_draw', 'average_power_draw', 'instant_power_draw', 'instantaneous_power_draw'],
    ),
    powerLimitWatts: watts('enforced_power_limit', 'current_power_limit'),
  }
}

function clocksOf(gpu: SmiFields, section: 'clocks' | 'max_clocks') {
  const hertz = (short: string, long: string) =>
    gpu.quantity('hertz', `${section}.${short}_clock`, `${section}.${long}`)
  return toldOrNone({
    graphics: hertz('graphics', 'graphics'),
    sm: hertz('sm', 'sm'),
    memory: hertz('mem', 'memory'),
    video: hertz('video', 'video'),
  })
}

function maxClocksOf(gpu: SmiFields) {
  const { graphics, sm, memory } = clocksOf(gpu, 'max_clocks') ?? {}
  return toldOrNone({ graphics, sm, memory })
}

function performanceStateOf(gpu: SmiFields): number | undefined {
  const [, state] = /^P(\d|1[0-5])$/.exec(gpu.text('performance_state') ?? '') ?? []
  return state === undefined ? undefined : Number(state)
}

function pcieOf(gpu: SmiFields) {
  const link = (what: string, name: string, xmlName: string, textName: string) => [
    `pci.pci_gpu_link_info.${xmlName}.${name}_link_${what}`,
    `pci.gpu_link_info.${textName}.${name}`,
  ]
  const generation = (name: string) => link('gen', name, 'pcie_gen', 'pcie_generation')
  const width = (name: string) => link('width', name, 'link_widths', 'link_width')
  return toldOrNone({
    generation: gpu.count(...generation('current')),
    maxGeneration: gpu.count(...generation('max')),
    width: gpu.quantity('lanes', ...width('current')),
    maxWidth: gpu.quantity('lanes', ...width('max')),
    receiveBytesPerSecond: gpu.quantity('bytesPerSecond', 'pci.rx_util', 'pci.rx_throughput'),
    transmitBytesPerSecond: gpu.quantity('bytesPerSecond', 'pci.tx_util', 'pci.tx_throughput'),
    replays: gpu.count('pci.replay_counter', 'pci.replays_since_reset'),
  })
}

const eccParts = {
  corrected: [['sram_correctable'], ['dram_correctable']],
  uncorrected: [
    ['sram_uncorrectable'],
    ['sram_uncorrectable_parity'],
    ['sram_uncorrectable_secded', 'sram_uncorrectable_sec_ded'],
    ['dram_uncorrectable'],
  ],
} as const

/** Older drivers tell a total, newer ones its parts. */
function eccOf(gpu: SmiFields) {
  const errors = (kind: keyof typeof eccParts, since: 'volatile' | 'aggregate') => {
    const place = `ecc_errors.${since}`
    const total = gpu.count(`${place}.${kind === 'corrected' ? 'single' : 'double'}_bit.total`)
    const parts = eccParts[kind].map((names) => gpu.count(...names.map((name) => `${place}.${name}`)))
    const known = parts.filter((part) => part !== undefined)
    return total ?? (known.length === 0 ? undefined : known.reduce((sum, part) => sum + part, 0))
  }
  return toldOrNone({
    corrected: errors('corrected', 'volatile'),
    uncorrected: errors('uncorrected', 'volatile'),
    correctedLifetime: errors('corrected', 'aggregate'),
    uncorrectedLifetime: errors('uncorrected', 'aggregate'),
  })
}

function retiredPagesOf(gpu: SmiFields) {
  const at = (...names: readonly string[]) => names.map((name) => `retired_pages.${name}`)
  return toldOrNone({
    singleBit: gpu.count(...at('multiple_single_bit_retirement.retired_count', 'single_bit_ecc')),
    doubleBit: gpu.count(...at('double_bit_retirement.retired_count', 'double_bit_ecc')),
    isPending: gpu.flag(...at('pending_retirement', 'pending_blacklist', 'pending_page_blacklist')),
  })
}

function remappedRowsOf(gpu: SmiFields) {
  const at = (...names: readonly string[]) => names.map((name) => `remapped_rows.${name}`)
  return toldOrNone({
    correctable: gpu.count(...at('remapped_row_corr', 'correctable_error')),
    uncorrectable: gpu.count(...at('remapped_row_unc', 'uncorrectable_error')),
    isPending: gpu.flag(...at('remapped_row_pending', 'pending')),
    hasFailed: gpu.flag(...at('remapped_row_failure', 'remapping_failure_occurred')),
  })
}

/** The MIG devices of a GPU: the XML has them in a list, the text among the fields of the GPU. */
export function migDevicesOf(gpu: SmiTree): readonly SmiTree[] {
  return [...(gpu.at('mig_devices')?.all('mig_device') ?? []), ...gpu.all('mig_device')]
}

function instancesOf(
  gpu: SmiFields,
  names: ReadonlyMap<number, { readonly uuid: string; readonly profile: string }> | undefined,
): readonly GpuInstance[] | undefined {
  const devices = migDevicesOf(gpu.tree)
  if (devices.length === 0) return undefined
  return devices.map((tree, position) => {
    const device = gpu.of(tree)
    const name = names?.get(device.count('index') ?? position)
    const numbers = [device.count('gpu_instance_id'), device.count('compute_instance_id')]
    return told({
      id: name?.uuid ?? device.text('uuid') ?? numbers.map((number) => number ?? '?').join('/'),
      profile: name?.profile,
      memory: memoryOf(device, 'fb_memory_usage', 'shared_fb_memory_usage'),
    })
  })
}
