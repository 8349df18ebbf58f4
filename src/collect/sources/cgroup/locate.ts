/**
 * Which cgroups this process is in: the lists of `/proc/self` flow in; directories flow out. A controller of version 1
 * has a tree of its own, version 2 has one tree for all; a hybrid machine has both (cgroups(7), cgroup_namespaces(7)).
 */
import { existsSync } from '../../../system/files.ts'

const controllers = ['cpu', 'cpuacct', 'cpuset', 'memory', 'pids'] as const
export type Controller = (typeof controllers)[number]

/** A cgroup that counts something of this process. */
export interface Cgroup {
  readonly version: 1 | 2
  readonly path: string
  /** From the cgroup up to the topmost that can be seen: a limit of any of them holds. */
  readonly pathsUp: readonly string[]
  /** True of the cgroup of the whole machine, which has no limits. */
  readonly isRoot: boolean
}

/** The cgroup of each controller; those that are not mounted are left out. */
export type Cgroups = ReadonlyMap<Controller, Cgroup>

interface Mount {
  readonly version: 1 | 2
  readonly controllers: readonly string[]
  /** The cgroup that is mounted, as seen from the root of the cgroup namespace. */
  readonly root: string
  readonly path: string
}

/**
 * @param membership - `/proc/self/cgroup`.
 * @param mountinfo - `/proc/self/mountinfo`.
 */
export function locateCgroups(membership: string, mountinfo: string): Cgroups {
  const mounts = parseMounts(mountinfo)
  const paths = parseMembership(membership)
  const found = new Map<Controller, Cgroup>()
  for (const controller of controllers) {
    const cgroup = locateV1(controller, paths, mounts) ?? locateV2(paths, mounts)
    if (cgroup !== undefined) found.set(controller, cgroup)
  }
  return found
}

function locateV1(controller: Controller, paths: Paths, mounts: readonly Mount[]): Cgroup | undefined {
  const path = paths.get(controller)
  if (path === undefined) return undefined
  return reach(
    path,
    mounts.filter((mount) => mount.version === 1 && mount.controllers.includes(controller)),
  )
}

function locateV2(paths: Paths, mounts: readonly Mount[]): Cgroup | undefined {
  const path = paths.get('')
  if (path === undefined) return undefined
  return reach(
    path,
    mounts.filter(({ version }) => version === 2),
  )
}

/** The cgroup by the mount that shows it; the one mounted deepest shows what this process is meant to see. */
function reach(path: string, mounts: readonly Mount[]): Cgroup | undefined {
  const [nearest] = mounts
    .filter(({ root }) => isWithin(path, root))
    .toSorted((left, right) => right.root.length - left.root.length)
  if (nearest !== undefined) return cgroupAt(nearest, path.slice(trimSlash(nearest.root).length))
  // A container that names its cgroup as its host does, or is within another one, sees its own as the root of the mount.
  const own = mounts.find(({ root }) => root !== '/' && !root.includes('..'))
  return own && cgroupAt(own, '')
}

function isWithin(path: string, root: string): boolean {
  const start = trimSlash(root)
  if (path !== start && !path.startsWith(`${start}/`)) return false
  // What is above the mount cannot be reached through it.
  return !path.slice(start.length).split('/').includes('..')
}

function trimSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}

function cgroupAt({ version, path: mountpoint }: Mount, below: string): Cgroup | undefined {
  const names = below.split('/').filter(Boolean)
  const pathsUp = names.map((_, index) => `${mountpoint}/${names.slice(0, names.length - index).join('/')}`)
  pathsUp.push(mountpoint)
  const path = pathsUp[0] ?? mountpoint
  return existsSync(path) ? { version, path, pathsUp, isRoot: isRoot(version, path) } : undefined
}

/** Only the cgroup of the whole machine lacks the one file, or has the other, inside a namespace too. */
function isRoot(version: 1 | 2, path: string): boolean {
  return version === 1 ? existsSync(`${path}/release_agent`) : !existsSync(`${path}/cgroup.events`)
}

/** The path by controller; that of version 2 by the empty name. */
type Paths = ReadonlyMap<string, string>

/** Lines of `number:controllers:path`; the path may hold colons. */
function parseMembership(text: string): Paths {
  const paths = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, names, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (names === undefined || path === undefined) continue
    for (const name of names.split(',')) paths.set(name, path)
  }
  return paths
}

/** `id parent device root mountpoint options [optional …] - type source options` (proc_pid_mountinfo(5)). */
function parseMounts(text: string): readonly Mount[] {
  const mounts: Mount[] = []
  for (const line of text.split('\n')) {
    const [, root, path, type, options] =
      /^\d+ \d+ \S+ (\S+) (\S+) .*? - (cgroup2?) \S+ (\S+)$/.exec(line) ?? []
    if (root === undefined || path === undefined || options === undefined) continue
    mounts.push({
      version: type === 'cgroup' ? 1 : 2,
      controllers: options.split(','),
      root: unescapeOctal(root),
      path: unescapeOctal(path),
    })
  }
  return mounts
}

function unescapeOctal(word: string): string {
  return word.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}
