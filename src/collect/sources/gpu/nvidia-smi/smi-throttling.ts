/** Why a GPU runs slower than it could, under the names of all drivers. */
import { type ThrottleReason, throttleReasons } from '../gpu-reading.ts'
import { toldOrNone } from '../quantity.ts'
import type { SmiFields } from './smi-fields.ts'

const sections = ['clocks_event_reasons', 'clocks_throttle_reasons'] as const

/** The text has two of the reasons below the one they are part of. */
const parents: Partial<Record<ThrottleReason, ThrottleReason>> = {
  hw_thermal_slowdown: 'hw_slowdown',
  hw_power_brake_slowdown: 'hw_slowdown',
}

/** Other names of the counters; `hw_slowdown` has none. */
const counterNames: Partial<Record<ThrottleReason, readonly string[]>> = {
  sw_power_cap: ['sw_power_capping'],
  sw_thermal_slowdown: ['sw_therm_slowdown'],
  hw_thermal_slowdown: ['hw_therm_slowdown'],
  hw_power_brake_slowdown: ['hw_power_brake', 'hw_power_braking'],
}

/** Empty when none holds; undefined when the tool tells of none. */
export function throttleReasonsOf(gpu: SmiFields): readonly ThrottleReason[] | undefined {
  const states = throttleReasons.map((reason) => gpu.flag(...placesOf(reason)))
  if (states.every((state) => state === undefined)) return undefined
  return throttleReasons.filter((_, index) => states[index])
}

function placesOf(reason: ThrottleReason): readonly string[] {
  const parent = parents[reason]
  return sections.flatMap((section) => [
    // The XML repeats the name of the section in each element.
    `${section}.${section.slice(0, -1)}_${reason}`,
    `${section}.${reason}`,
    ...(parent === undefined ? [] : [`${section}.${parent}.${reason}`]),
  ])
}

/** Time lost to each since the driver was loaded. */
export function throttledSecondsOf(
  gpu: SmiFields,
): Readonly<Partial<Record<ThrottleReason, number>>> | undefined {
  const seconds = throttleReasons.map((reason) => {
    const names = [reason, ...(counterNames[reason] ?? [])]
    const places = sections.flatMap((section) =>
      names.flatMap((name) => [
        `${section}_counters.${section}_counters_${name}`,
        `${section}_counters.${name}`,
      ]),
    )
    return [reason, gpu.quantity('seconds', ...places)] as const
  })
  return toldOrNone(Object.fromEntries(seconds) as Partial<Record<ThrottleReason, number>>)
}
