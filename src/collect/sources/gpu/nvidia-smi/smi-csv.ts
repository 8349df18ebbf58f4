/** Reads `nvidia-smi --query-gpu=… --format=csv`: one GPU a line, under a header of `name [unit]`. */
import { SmiTree } from './smi-tree.ts'

const separator = ', '

/** Where each field stands in the tree that the XML makes, for those that are called differently there. */
const paths: Readonly<Record<string, string>> = {
  index: 'index',
  name: 'product_name',
  gpu_name: 'product_name',
  serial: 'serial',
  gpu_serial: 'serial',
  uuid: 'uuid',
  gpu_uuid: 'uuid',
  'pci.bus_id': 'pci.pci_bus_id',
  gpu_bus_id: 'pci.pci_bus_id',
  driver_version: 'driver_version',
  'pcie.link.gen.current': 'pci.gpu_link_info.pcie_generation.current',
  'pcie.link.gen.max': 'pci.gpu_link_info.pcie_generation.max',
  'pcie.link.width.current': 'pci.gpu_link_info.link_width.current',
  'pcie.link.width.max': 'pci.gpu_link_info.link_width.max',
  'fan.speed': 'fan_speed',
  pstate: 'performance_state',
  'encoder.stats.sessionCount': 'encoder_stats.session_count',
  'temperature.gpu': 'temperature.gpu_temp',
  'temperature.gpu.tlimit': 'temperature.gpu_temp_tlimit',
  'temperature.memory': 'temperature.memory_temp',
  'power.draw': 'gpu_power_readings.power_draw',
  'power.draw.average': 'gpu_power_readings.average_power_draw',
  'power.draw.instant': 'gpu_power_readings.instant_power_draw',
  'enforced.power.limit': 'gpu_power_readings.enforced_power_limit',
  'ecc.errors.corrected.volatile.total': 'ecc_errors.volatile.single_bit.total',
  'ecc.errors.uncorrected.volatile.total': 'ecc_errors.volatile.double_bit.total',
  'ecc.errors.corrected.aggregate.total': 'ecc_errors.aggregate.single_bit.total',
  'ecc.errors.uncorrected.aggregate.total': 'ecc_errors.aggregate.double_bit.total',
  'retired_pages.single_bit_ecc.count': 'retired_pages.single_bit_ecc',
  'retired_pages.double_bit.count': 'retired_pages.double_bit_ecc',
  'retired_pages.pending': 'retired_pages.pending_retirement',
  'remapped_rows.correctable': 'remapped_rows.correctable_error',
  'remapped_rows.uncorrectable': 'remapped_rows.uncorrectable_error',
  'remapped_rows.pending': 'remapped_rows.pending',
  'remapped_rows.failure': 'remapped_rows.remapping_failure_occurred',
  'mig.mode.current': 'mig_mode.current',
}

/** Groups of fields that are called alike in the tree, but for what stands before them. */
const groups: readonly (readonly [RegExp, string])[] = [
  [/^clocks_(?:event|throttle)_reasons\.(\w+)$/, 'clocks_event_reasons.'],
  [/^clocks_(?:event|throttle)_reasons_counters\.(\w+)$/, 'clocks_event_reasons_counters.'],
  [/^memory\.(total|used|free|reserved)$/, 'fb_memory_usage.'],
  [/^utilization\.(gpu|memory|encoder|decoder|jpeg|ofa)$/, 'utilization.'],
  [/^clocks\.(?:current\.)?(graphics|sm|memory|mem|video|gr)$/, 'clocks.'],
  [/^clocks\.max\.(graphics|sm|memory|mem|video|gr)$/, 'max_clocks.'],
]

/** The short names that `--query-gpu` takes too. */
const longNames: Readonly<Record<string, string>> = { mem: 'memory', gr: 'graphics' }

/** Fields of which `--help-query-gpu` tells the unit, and the output does not. */
const documentedUnits: Readonly<Record<string, string>> = {
  'temperature.gpu': 'C',
  'temperature.gpu.tlimit': 'C',
  'temperature.memory': 'C',
}

/**
 * The tree of a log in which each line is a GPU. With `nounits` the unit is taken from the header. A line with another
 * number of fields than the header has, or without an end, was cut or is a message, and is passed over.
 *
 * @throws an `Error` when there is no header of known fields.
 */
export function parseSmiCsv(csv: string): SmiTree {
  const lines = csv.split(/\r?\n/)
  lines.pop()
  const headerIndex = lines.findIndex((line) => columnsOf(line).some(({ path }) => path !== undefined))
  if (headerIndex < 0) throw new Error('nvidia-smi wrote no CSV: there is no header with a known field')
  const columns = columnsOf(lines[headerIndex] ?? '')
  const root = new SmiTree()
  for (const line of lines.slice(headerIndex + 1)) {
    const values = line.split(separator)
    if (values.length !== columns.length) continue
    const gpu = root.add('gpu', new SmiTree())
    for (const [index, { path, unit }] of columns.entries())
      if (path !== undefined) gpu.put(path, withUnit(values[index]?.trim() ?? '', unit))
  }
  return root
}

interface Column {
  readonly path: string | undefined
  readonly unit: string | undefined
}

function columnsOf(header: string): readonly Column[] {
  return header.split(separator).map((title) => {
    const [, name = '', unit] = /^(\S+)(?: \[(.*)\])?$/.exec(title.trim()) ?? []
    return { path: pathOf(name), unit: unit ?? documentedUnits[name] }
  })
}

function pathOf(name: string): string | undefined {
  if (Object.hasOwn(paths, name)) return paths[name]
  for (const [pattern, prefix] of groups) {
    const key = pattern.exec(name)?.[1]
    if (key !== undefined) return `${prefix}${longNames[key] ?? key}`
  }
  return undefined
}

function withUnit(value: string, unit: string | undefined): string {
  return unit !== undefined && /^-?[\d.,]+$/.test(value) ? `${value} ${unit}` : value
}
