import type { MetricDescriptor } from '../../model/sample.ts'
import { type Clock, withDeadline } from '../../system/clock.ts'
import { statfs } from '../../system/files.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
import { type KernelRoots, readKernelTextIfThere } from './kernel-text.ts'
import { type Mount, parseMounts } from './mounts.ts'

export const filesystemMetrics = {
  usage: {
    name: 'system.filesystem.usage',
    kind: 'gauge',
    unit: 'By',
    description: 'Space by state; reserved is free for the superuser alone. The states add up to the limit.',
  },
  limit: {
    name: 'system.filesystem.limit',
    kind: 'gauge',
    unit: 'By',
    description: 'Size of the file system.',
  },
  utilization: {
    name: 'system.filesystem.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Share in use of the space that users can use, as df counts it: used / (used + available).',
  },
} as const satisfies Record<string, MetricDescriptor>

/** The part of the answer of statfs(2) that is used; blocks are of `frsize` bytes, or of `bsize` where that is 0. */
export interface SpaceAnswer {
  readonly bsize: number
  /** Older versions of Node give none. */
  readonly frsize?: number
  readonly blocks: number
  readonly bfree: number
  readonly bavail: number
}

export interface FilesystemOptions extends Pick<KernelRoots, 'procRoot'> {
  readonly clock: Clock
  /** Asks one mount for its space. @default statfs */
  readonly readSpace?: (mountpoint: string) => Promise<SpaceAnswer>
}

/** How long one file system may take. */
const mountDeadlineMs = 1000

/** Space in bytes. */
export interface Space {
  readonly used: number
  readonly free: number
  readonly reserved: number
}

/**
 * Space of the file systems that store data. A file server that is gone blocks its caller for ever, and Node has
 * four threads for such calls, shared with the host: so mounts are asked one at a time, local ones first, and while
 * one hangs, it is not asked again and no remote one is asked at all.
 */
export function filesystemSource({ procRoot, clock, readSpace = statfs }: FilesystemOptions): Source {
  const hanging = new Set<string>()
  const ask = async ({ mountpoint }: Mount): Promise<SpaceAnswer | undefined> => {
    hanging.add(mountpoint)
    const answer = readSpace(mountpoint).finally(() => hanging.delete(mountpoint))
    const settled = await withDeadline(clock, answer, mountDeadlineMs)
    return settled.outcome === 'done' ? settled.value : undefined
  }
  return {
    name: 'filesystem',
    metrics: Object.values(filesystemMetrics),
    async read() {
      const text = readKernelTextIfThere(`${procRoot}/self/mounts`)
      if (text === undefined) return 'absent'
      const { mounts, skipped } = parseMounts(text)
      const readings = new Readings()
      readings.skip(skipped)
      const localFirst = readings
        .bounded(mounts)
        .toSorted((left, right) => Number(left.isRemote) - Number(right.isRemote))
      for (const mount of localFirst) {
        const isBarred = mount.isRemote ? hanging.size > 0 : hanging.has(mount.mountpoint)
        const answer = isBarred ? undefined : await ask(mount).catch(() => undefined)
        if (answer === undefined) readings.skip()
        else addSpace(readings, mount, spaceOf(answer))
      }
      return readings
    },
  }
}

function spaceOf({ bsize, frsize, blocks, bfree, bavail }: SpaceAnswer): Space {
  const blockBytes = frsize || bsize
  return {
    used: (blocks - bfree) * blockBytes,
    free: bavail * blockBytes,
    reserved: Math.max(0, bfree - bavail) * blockBytes,
  }
}

/** Adds one file system. One without blocks has no space to speak of. */
export function addSpace(readings: Readings, mount: Omit<Mount, 'isRemote'>, space: Space): void {
  const limit = space.used + space.free + space.reserved
  if (limit === 0) return
  const attributes = {
    'system.device': mount.device,
    'system.filesystem.mountpoint': mount.mountpoint,
    'system.filesystem.type': mount.type,
  }
  for (const [state, value] of Object.entries(space))
    readings.add(filesystemMetrics.usage, value, { ...attributes, 'system.filesystem.state': state })
  readings.add(filesystemMetrics.limit, limit, attributes)
  readings.add(filesystemMetrics.utilization, space.used / (space.used + space.free), attributes)
}
