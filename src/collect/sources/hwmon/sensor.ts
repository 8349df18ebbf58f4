import type { Attributes } from '../../../model/sample.ts'
import { namesIfReadable } from '../../kernel/sysfs-value.ts'

export type SensorKind = 'temperature' | 'fan' | 'power' | 'energy'

/** One sensor, found once, read again and again. */
export interface Sensor {
  readonly kind: SensorKind
  /** The file of its value: in thousandths of a degree Celsius, revolutions a minute, microwatts or microjoules. */
  readonly path: string
  /** The file that says 1 while the sensor is broken, where there is one. */
  readonly faultPath?: string
  /** `hw.id` is the same after a restart, as far as the hardware has names of its own. */
  readonly attributes: Attributes
  readonly limit?: { readonly celsius: number; readonly attributes: Attributes }
  /** Of an energy counter that starts again: the greatest value that it has, in microjoules. */
  readonly energyRange?: number
}

/** @param type - the part of the machine, as OpenTelemetry names it: `cpu`, `physical_disk` … */
export function sensorAttributes(id: string, name: string, type: string): Attributes {
  return { 'hw.id': id, 'hw.name': name, 'hw.type': type }
}

/** What a directory holds, in the order of the numbers in the names; nothing when it cannot be read. */
export function entriesOf(path: string): readonly string[] {
  return namesIfReadable(path).toSorted((left, right) => left.localeCompare(right, 'en', { numeric: true }))
}
