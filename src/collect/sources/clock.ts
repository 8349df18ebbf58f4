import type { MetricDescriptor } from '../../model/sample.ts'
import type { Clock } from '../../system/clock.ts'
import { existsSync, statSync } from '../../system/files.ts'
import { KernelFile } from '../kernel/kernel-file.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { readOrSkip } from '../kernel/read-or-skip.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'

export const timeMetrics = {
  uptime: {
    name: 'system.uptime',
    kind: 'gauge',
    unit: 's',
    description: 'Time since the machine booted.',
  },
  bootTime: {
    name: 'system.linux.boot_time',
    kind: 'gauge',
    unit: 's',
    description: 'When the machine booted, in Unix time: it moves when the clock is stepped.',
  },
  synchronizationAge: {
    name: 'system.linux.clock.synchronization.age',
    kind: 'gauge',
    unit: 's',
    description:
      'Time since the time service (systemd-timesyncd, or chronyd where its files can be read) last set the clock by another one; no series where neither runs.',
  },
} as const satisfies Record<string, MetricDescriptor>

/** All of it changes by the clock alone, or seldom; and of `/proc/stat` the kernel makes the whole for one line. */
const everyMs = 60_000

interface TimeOptions extends Pick<KernelRoots, 'procRoot'> {
  readonly clock: Clock
  /** Where programs that run keep their state. @default `/run` */
  readonly runRoot?: string
  /** Where programs keep what outlasts a restart. @default `/var/lib` */
  readonly stateRoot?: string
}

/** Uptime, boot, and when the clock was last set right, from the files of the time services. */
export function timeSource({
  procRoot,
  clock,
  runRoot = '/run',
  stateRoot = '/var/lib',
}: TimeOptions): Source {
  const uptimeFile = new KernelFile(`${procRoot}/uptime`)
  const statFile = new KernelFile(`${procRoot}/stat`)
  return {
    name: 'time',
    metrics: Object.values(timeMetrics),
    everyMs,
    read() {
      const readings = new Readings()
      const uptime = readOrSkip(uptimeFile, readings)
      const stat = readOrSkip(statFile, readings)
      if (uptime === undefined && stat === undefined && readings.skipped === 0)
        return { absent: `neither ${procRoot}/uptime nor ${procRoot}/stat` }
      if (uptime !== undefined) readings.add(timeMetrics.uptime, uptime.cursor().decimal())
      if (stat !== undefined) readings.add(timeMetrics.bootTime, stat.count('btime '))
      const setMs = lastSetMs(runRoot, stateRoot)
      // A clock that was stepped back since has a file of the future.
      if (setMs !== undefined)
        readings.add(timeMetrics.synchronizationAge, Math.max(0, clock.nowMs() - setMs) / 1000)
      return readings
    },
    close() {
      uptimeFile.close()
      statFile.close()
    },
  }
}

/** When the time service last set the clock, in Unix milliseconds; undefined where none did, or nothing can be known. */
function lastSetMs(runRoot: string, stateRoot: string): number | undefined {
  // Systemd removes the directory of timesyncd when it stops.
  if (existsSync(`${runRoot}/systemd/timesync`)) return modifiedMs(`${runRoot}/systemd/timesync/synchronized`)
  if (!existsSync(`${runRoot}/chrony`)) return undefined
  // As Debian and its like name it, and as chronyd itself does. Some distributions keep it from other users.
  return modifiedMs(`${stateRoot}/chrony/chrony.drift`) ?? modifiedMs(`${stateRoot}/chrony/drift`)
}

function modifiedMs(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs
  } catch {
    return undefined
  }
}
