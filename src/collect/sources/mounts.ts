import type { KernelText } from '../kernel/kernel-file.ts'

/** One mounted file system. */
export interface Mount {
  readonly device: string
  readonly mountpoint: string
  readonly type: string
  /** True when another machine holds the data: asking it can take for ever. */
  readonly isRemote: boolean
  /** True when nothing can be written there: mounted so, or turned so by the kernel after an error. */
  readonly isReadOnly: boolean
}

const remoteTypes =
  /^(nfs4?|cifs|smb3|smbfs|ceph|lustre|beegfs|gpfs|afs|9p|virtiofs|fuse\.(?!lxcfs|portal|gvfsd).*)$/

/** Block devices that hold finished images: always full, by nature. */
const imageTypes = new Set(['squashfs', 'erofs', 'iso9660', 'udf', 'cramfs'])

/** File systems with neither a block device nor another machine behind them, that hold data all the same. */
const poolTypes = new Set(['zfs', 'bcachefs'])

/**
 * The mounts that store data, from `/proc/self/mounts`: on a block device, on another machine, in a pool, and the
 * root whatever it is (in a container, an overlay). Kernel views and memory are not storage. Only the first mount
 * of a device counts: the others are bind mounts of the same space.
 */
export function parseMounts(text: KernelText): {
  readonly mounts: readonly Mount[]
  readonly skipped: number
} {
  const byDevice = new Map<string, Mount>()
  let skipped = 0
  for (const cursor = text.cursor(); !cursor.isAtEnd; cursor.skipLine()) {
    if (cursor.isAtLineEnd) continue
    const [device, mountpoint, type] = [cursor.word(), cursor.word(), cursor.word()].map(
      unescapeOctal,
    ) as Words
    // The kernel writes it first of the options.
    const isReadOnly = /^ro(,|$)/.test(cursor.word())
    if (type === '') {
      skipped += 1
      continue
    }
    const mount = { device, mountpoint, type, isRemote: remoteTypes.test(type), isReadOnly }
    if (storesData(mount) && !byDevice.has(device)) byDevice.set(device, mount)
  }
  return { mounts: [...byDevice.values()], skipped }
}

type Words = [device: string, mountpoint: string, type: string]

function storesData({ device, mountpoint, type, isRemote }: Mount): boolean {
  if (isRemote || poolTypes.has(type) || mountpoint === '/') return true
  return device.startsWith('/') && !imageTypes.has(type)
}

/** The kernel writes blanks, tabs, line ends and backslashes of a path as three octal digits. */
function unescapeOctal(word: string): string {
  return word.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}
