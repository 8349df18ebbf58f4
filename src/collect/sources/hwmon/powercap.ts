import { existsSync } from '../../../system/files.ts'
import { parseInteger, sysfsTextIfThere } from '../../kernel/sysfs-value.ts'
import { entriesOf, type Sensor, sensorAttributes } from './sensor.ts'

/** The part of the machine that a zone measures (kernel Documentation/power/powercap/powercap.rst). */
function partOf(name: string): string {
  if (name === 'dram') return 'memory'
  return name === 'psys' ? 'enclosure' : 'cpu'
}

/**
 * The energy counters of processors (RAPL): each processor, `intel-rapl:0`, and the parts of it, `intel-rapl:0:1`. AMD
 * processors have them under the same name. Only the superuser may read them (CVE-2020-8694).
 */
export function findEnergyZones(sysRoot: string): readonly Sensor[] {
  const root = `${sysRoot}/class/powercap`
  const nameOf = (zone: string) => sysfsTextIfThere(`${root}/${zone}/name`) || zone
  return entriesOf(root)
    .filter((zone) => /^intel-rapl:\d+(:\d+)?$/.test(zone) && existsSync(`${root}/${zone}/energy_uj`))
    .map((zone) => {
      const name = nameOf(zone)
      const [, whole] = /^(intel-rapl:\d+):\d+$/.exec(zone) ?? []
      const id = whole === undefined ? name : `${nameOf(whole)}/${name}`
      const range = parseInteger(sysfsTextIfThere(`${root}/${zone}/max_energy_range_uj`) ?? '')
      return {
        kind: 'energy',
        path: `${root}/${zone}/energy_uj`,
        attributes: sensorAttributes(`rapl/${id}`, id, partOf(name)),
        energyRange: range > 0 ? range : 0,
      }
    })
}
