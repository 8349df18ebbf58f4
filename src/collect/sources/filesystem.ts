import type { Attributes, MetricDescriptor } from '../../model/sample.ts'
import { type Clock, withDeadline } from '../../system/clock.ts'
import { statfs } from '../../system/files.ts'
import { KernelFile } from '../kernel/kernel-file.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { Readings } from '../readings.ts'
import type { Source } from '../source.ts'
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

const linuxMetrics = {
  inodes: {
    name: 'system.filesystem.inodes.usage',
    kind: 'gauge',
    unit: '{inode}',
    description: 'Inodes by state; no series for file systems that make them as needed.',
  },
  readOnly: {
    name: 'system.filesystem.readonly',
    kind: 'gauge',
    unit: '1',
    description:
      '1 when nothing can be written to the file system, by its mount or after an error; 0 otherwise.',
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
  /** Inodes; 0 where the file system makes them as needed. */
  readonly files?: number
  readonly ffree?: number
}

export interface FilesystemOptions extends Pick<KernelRoots, 'procRoot'> {
  readonly clock: Clock
  /** Asks one mount for its space. @default statfs */
  readonly readSpace?: (mountpoint: string) => Promise<SpaceAnswer>
}

/** Space changes slowly, and each file system costs a call on another thread. */
const everyMs = 10_000
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
  const file = new KernelFile(`${procRoot}/self/mounts`)
  const hanging = new Set<string>()
  let known = new Map<string, MountAttributes>()
  const ask = async ({ mountpoint }: Mount): Promise<SpaceAnswer | undefined> => {
    hanging.add(mountpoint)
    const answer = readSpace(mountpoint).finally(() => hanging.delete(mountpoint))
    const settled = await withDeadline(clock, answer, mountDeadlineMs)
    return settled.outcome === 'done' ? settled.value : undefined
  }
  return {
    name: 'filesystem',
    metrics: [...Object.values(filesystemMetrics), ...Object.values(linuxMetrics)],
    everyMs,
    async read() {
      const text = file.readIfThere()
      if (text === undefined) return { absent: `no ${procRoot}/self/mounts` }
      const { mounts, skipped } = parseMounts(text)
      const readings = new Readings()
      readings.skip(skipped)
      const localFirst = readings
        .bounded(mounts)
        .toSorted((left, right) => Number(left.isRemote) - Number(right.isRemote))
      // Of what is mounted no more, nothing is kept.
      known = new Map(
        localFirst.map((mount) => [keyOf(mount), known.get(keyOf(mount)) ?? attributesOf(mount)]),
      )
      for (const mount of localFirst) {
        const isBarred = mount.isRemote ? hanging.size > 0 : hanging.has(mount.mountpoint)
        const answer = isBarred ? undefined : await ask(mount).catch(() => undefined)
        if (answer === undefined) readings.skip()
        else addAnswer(readings, mount, known.get(keyOf(mount)) ?? attributesOf(mount), answer)
      }
      return readings
    },
    close: () => file.close(),
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

type Identity = Pick<Mount, 'device' | 'mountpoint' | 'type'>

/** The attributes of one mount: made once, for every reading has them. */
interface MountAttributes {
  readonly mount: Attributes
  readonly used: Attributes
  readonly free: Attributes
  readonly reserved: Attributes
}

function keyOf({ device, mountpoint, type }: Identity): string {
  return `${device}\n${mountpoint}\n${type}`
}

function attributesOf({ device, mountpoint, type }: Identity): MountAttributes {
  const mount = {
    'system.device': device,
    'system.filesystem.mountpoint': mountpoint,
    'system.filesystem.type': type,
  }
  const inState = (state: string) => ({ ...mount, 'system.filesystem.state': state })
  return { mount, used: inState('used'), free: inState('free'), reserved: inState('reserved') }
}

function addAnswer(readings: Readings, mount: Mount, attributes: MountAttributes, answer: SpaceAnswer): void {
  if (!addSpaceOf(readings, attributes, spaceOf(answer))) return
  readings.add(linuxMetrics.readOnly, mount.isReadOnly ? 1 : 0, attributes.mount)
  const { files = 0, ffree = 0 } = answer
  if (files === 0) return
  readings.add(linuxMetrics.inodes, files - ffree, attributes.used)
  readings.add(linuxMetrics.inodes, ffree, attributes.free)
}

/** Adds one file system. One without blocks has no space to speak of. */
export function addSpace(readings: Readings, mount: Identity, space: Space): void {
  addSpaceOf(readings, attributesOf(mount), space)
}

/** @returns false when there is no space to speak of. */
function addSpaceOf(readings: Readings, attributes: MountAttributes, space: Space): boolean {
  const limit = space.used + space.free + space.reserved
  if (limit === 0) return false
  readings.add(filesystemMetrics.usage, space.used, attributes.used)
  readings.add(filesystemMetrics.usage, space.free, attributes.free)
  readings.add(filesystemMetrics.usage, space.reserved, attributes.reserved)
  readings.add(filesystemMetrics.limit, limit, attributes.mount)
  readings.add(filesystemMetrics.utilization, space.used / (space.used + space.free), attributes.mount)
  return true
}
