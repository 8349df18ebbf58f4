import { sysfsTextIfThere } from '../../kernel/sysfs-value.ts'
import { entriesOf, type Sensor, sensorAttributes } from './sensor.ts'

/** The zones under `class/thermal`, by their type: the number of a zone can change at each restart. */
export function findThermalZones(sysRoot: string): readonly Sensor[] {
  const root = `${sysRoot}/class/thermal`
  return entriesOf(root)
    .filter((entry) => entry.startsWith('thermal_zone'))
    .map((entry) => {
      const type = sysfsTextIfThere(`${root}/${entry}/type`) || entry
      return {
        kind: 'temperature',
        path: `${root}/${entry}/temp`,
        attributes: sensorAttributes(`thermal_zone/${type}`, `thermal zone ${type}`, 'temperature'),
      }
    })
}
