import { Readings } from '../../readings.ts'
import type { Source } from '../../source.ts'
import { addSpace, filesystemMetrics, type Space } from '../filesystem.ts'
import {
  ask,
  dearEveryMs,
  known,
  type PackageDoor,
  packageDeadlineMs,
  type SystemInformation,
} from './system-information.ts'

type Volume = Awaited<ReturnType<SystemInformation['fsSize']>>[number]

/** Space of the file systems that store data. */
export function portableFilesystemSource(door: PackageDoor): Source {
  return {
    name: 'filesystem',
    metrics: Object.values(filesystemMetrics),
    everyMs: dearEveryMs,
    startsProcess: true,
    deadlineMs: packageDeadlineMs,
    async read() {
      const volumes = await ask(door, 'fsSize', (information) => information.fsSize())
      const readings = new Readings()
      // A host without any file system is one that did not answer.
      if (volumes.length === 0) readings.skip()
      const byMount = new Map(volumes.filter(storesData).map((volume) => [volume.mount, volume]))
      for (const volume of readings.bounded([...byMount.values()])) {
        const { fs, mount, type } = volume
        const space = spaceOf(volume)
        if (space === undefined) readings.skip()
        else addSpace(readings, { device: fs, mountpoint: mount, type }, space)
      }
      return readings
    },
  }
}

/**
 * What is mounted for reading alone (disk images, discs) is full by nature; the root is, on macOS, but shares the space
 * of all. The system volumes of macOS are the system's own, some of them a few megabytes.
 */
function storesData({ mount, rw }: Volume): boolean {
  if (mount === '/' || mount === '/System/Volumes/Data') return true
  return rw !== false && !mount.startsWith('/System/Volumes/') && mount !== '/private/var/vm'
}

/** Undefined where the numbers are none, or contradict each other. */
function spaceOf(volume: Volume): Space | undefined {
  const size = known(volume.size)
  const free = known(volume.available)
  // The volumes of an APFS container share its space: what the others use is not free for this one either.
  const used = volume.type === 'APFS' ? known(size - free) : known(volume.used)
  const reserved = size - used - free
  if (Number.isNaN(reserved) || used > size) return undefined
  return { used, free, reserved: Math.max(0, reserved) }
}
