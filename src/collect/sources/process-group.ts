/**
 * The monitored process and what it started: generators, encoders. Numbers of processes are no attributes; what was
 * started is added up by the name of its executable.
 */
import type { Attributes } from '../../model/sample.ts'
import type { Clock } from '../../system/clock.ts'
import { readdirSync, readFileSync, statfsSync, statSync } from '../../system/files.ts'
import { Descendants } from '../kernel/descendants.ts'
import { KernelFile } from '../kernel/kernel-file.ts'
import type { KernelRoots } from '../kernel/kernel-roots.ts'
import { ProcessFiles, type ProcessStat } from '../kernel/process-files.ts'
import { ticksPerSecond } from '../kernel/ticks.ts'
import { type ProcessCounters, type ProcessHoldings, UsageByName } from '../kernel/usage-by-name.ts'
import { Readings } from '../readings.ts'
import type { Source, SourceAnswer } from '../source.ts'
import { processGroupMetrics as metrics } from './process-group-metrics.ts'

export interface ProcessGroupOptions extends Pick<KernelRoots, 'procRoot'> {
  readonly clock: Clock
  /** The number of the monitored process in `procRoot`. @default this process */
  readonly pid?: number
}

type GroupAttributes = Readonly<
  Record<'group' | 'user' | 'system' | 'read' | 'write' | 'minor' | 'major', Attributes>
>

/** What one process tells in two files. */
interface ProcessFigures {
  readonly startTicks: number
  readonly counters: ProcessCounters
  readonly held: ProcessHoldings
}

/** Figures of the monitored process, and sums of those of its descendants. */
export function processGroupSource(options: ProcessGroupOptions): Source {
  const group = new ProcessGroup(options)
  return {
    name: 'process',
    metrics: Object.values(metrics),
    read: () => group.read(),
    close: () => group.close(),
  }
}

class ProcessGroup {
  readonly #root: string
  readonly #files: ProcessFiles
  readonly #descendants: Descendants
  readonly #uptime: KernelFile
  readonly #usage = new UsageByName()
  readonly #self = groupAttributes({ 'process.group': 'self' })
  readonly #children = new Map<string, GroupAttributes>()
  readonly #executables = new Map<string, { readonly command: string; readonly name: string }>()
  readonly #isThisProcess: boolean
  #pid: string | undefined
  #kernel: { readonly pageBytes: number; readonly countsDescriptors: boolean } | undefined

  constructor({ procRoot, clock, pid }: ProcessGroupOptions) {
    this.#root = procRoot
    this.#pid = pid?.toString()
    this.#isThisProcess = pid === undefined
    this.#files = new ProcessFiles({ procRoot })
    this.#descendants = new Descendants({ files: this.#files, clock })
    this.#uptime = new KernelFile(`${procRoot}/uptime`)
  }

  read(): SourceAnswer | Promise<SourceAnswer> {
    // The number that this process has where `procRoot` was mounted, which may be on a host outside of a container.
    this.#pid ??= this.#files.link('.', 'self')
    if (this.#pid === undefined) return { absent: `no ${this.#root}/self: processes cannot be seen there` }
    this.#kernel ??= { pageBytes: pageBytes(this.#root), countsDescriptors: isProcfs(this.#root) }
    const stat = this.#files.stat(this.#pid)
    if (stat === 'gone') return { absent: `no ${this.#root}/${this.#pid}: the monitored process has ended` }
    if (stat === 'unreadable') throw new Error(`Cannot read ${this.#root}/${this.#pid}/stat`)
    const readings = new Readings()
    this.#addSelf(readings, this.#pid, stat)
    const found = this.#descendants.find(this.#pid)
    if (!(found instanceof Promise)) return this.#addChildren(readings, found)
    return found.then((later) => this.#addChildren(readings, later))
  }

  close(): void {
    this.#uptime.close()
  }

  #addSelf(readings: Readings, pid: string, stat: ProcessStat): void {
    const { counters, held, startTicks } = this.#figures(pid, stat)
    addFigures(readings, this.#self, counters, held)
    const { group } = this.#self
    readings.addIfThere(metrics.descriptors, this.#descriptors(pid), group)
    const limit = this.#files.text(pid, 'limits')?.after('Max open files')?.wholeNumber() ?? Number.NaN
    readings.addIfThere(metrics.descriptorLimit, limit, group)
    const upSeconds = this.#uptime.readIfThere()?.cursor().decimal() ?? Number.NaN
    readings.addIfThere(metrics.uptime, Math.max(0, upSeconds - startTicks / ticksPerSecond), group)
  }

  #addChildren(readings: Readings, found: { pids: readonly string[]; skipped: number }): Readings {
    readings.skip(found.skipped)
    this.#usage.begin()
    let alive = 0
    for (const pid of found.pids) {
      const stat = this.#files.stat(pid)
      if (stat === 'unreadable') readings.skip()
      if (typeof stat === 'string') continue
      alive += 1
      const name = this.#executable(pid)
      this.#usage.add({ pid, name, ...this.#figures(pid, stat) })
    }
    const there = new Set(found.pids)
    for (const pid of this.#executables.keys()) if (!there.has(pid)) this.#executables.delete(pid)
    readings.add(metrics.children, alive, childrenAttributes)
    for (const [name, { counted, held }] of this.#usage.names)
      addFigures(readings, this.#attributesOf(name), counted, held)
    return readings
  }

  #figures(pid: string, stat: ProcessStat): ProcessFigures {
    const { userTicks, systemTicks, minorFaults, majorFaults, startTicks, threads, virtualBytes } = stat
    const io = this.#files.text(pid, 'io')
    const count = (name: string) => io?.count(name) ?? Number.NaN
    const transfer = { readBytes: count('read_bytes:'), writtenBytes: count('write_bytes:') }
    const residentBytes = stat.residentPages * (this.#kernel?.pageBytes ?? Number.NaN)
    return {
      startTicks,
      counters: { userTicks, systemTicks, minorFaults, majorFaults, ...transfer },
      held: { residentBytes, virtualBytes, threads },
    }
  }

  /** The kernel gives their number as the size of the directory since 6.2; else they are listed. */
  #descriptors(pid: string): number {
    const path = `${this.#root}/${pid}/fd`
    try {
      const size = this.#kernel?.countsDescriptors ? statSync(path).size : 0
      if (size > 0) return size
      // The listing itself takes one.
      return readdirSync(path).length - (this.#isThisProcess && this.#kernel?.countsDescriptors ? 1 : 0)
    } catch {
      return Number.NaN
    }
  }

  /** Of the process that `stat` was read of last. What it runs is looked up again when it changes its name. */
  #executable(pid: string): string {
    const command = this.#files.command()
    const known = this.#executables.get(pid)
    if (known?.command === command) return known.name
    const path = this.#files.link(pid, 'exe')?.replace(/ \(deleted\)$/, '')
    const name = printable(path?.slice(path.lastIndexOf('/') + 1) || command)
    this.#executables.set(pid, { command, name })
    return name
  }

  #attributesOf(name: string): GroupAttributes {
    const attributes =
      this.#children.get(name) ??
      groupAttributes({ 'process.group': 'children', 'process.executable.name': name })
    this.#children.set(name, attributes)
    return attributes
  }
}

const childrenAttributes: Attributes = { 'process.group': 'children' }

function groupAttributes(group: Attributes): GroupAttributes {
  return {
    group,
    user: { ...group, 'cpu.mode': 'user' },
    system: { ...group, 'cpu.mode': 'system' },
    read: { ...group, 'disk.io.direction': 'read' },
    write: { ...group, 'disk.io.direction': 'write' },
    minor: { ...group, 'system.paging.fault.type': 'minor' },
    major: { ...group, 'system.paging.fault.type': 'major' },
  }
}

function addFigures(
  readings: Readings,
  attributes: GroupAttributes,
  counted: ProcessCounters,
  held: ProcessHoldings,
): void {
  readings.add(metrics.cpuTime, counted.userTicks / ticksPerSecond, attributes.user)
  readings.add(metrics.cpuTime, counted.systemTicks / ticksPerSecond, attributes.system)
  readings.add(metrics.memory, held.residentBytes, attributes.group)
  readings.add(metrics.virtual, held.virtualBytes, attributes.group)
  readings.addIfThere(metrics.io, counted.readBytes, attributes.read)
  readings.addIfThere(metrics.io, counted.writtenBytes, attributes.write)
  readings.add(metrics.threads, held.threads, attributes.group)
  readings.add(metrics.faults, counted.minorFaults, attributes.minor)
  readings.add(metrics.faults, counted.majorFaults, attributes.major)
}

const maxNameLength = 40

/** What a process calls itself goes to terminals and files. */
function printable(name: string): string {
  return [...name.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?')].slice(0, maxNameLength).join('') || 'unknown'
}

/** The type of the file system of `/proc` (statfs(2)). */
const procfsMagic = 0x9fa0

function isProcfs(root: string): boolean {
  try {
    return statfsSync(root).type === procfsMagic
  } catch {
    return false
  }
}

/** The entry of the auxiliary vector with the size of a page (getauxval(3)). */
const pageSizeEntry = 6n
const usualPageBytes = 4096

/** The kernel counts memory in pages, whose size is told to each program when it starts. */
function pageBytes(root: string): number {
  try {
    const bytes = new Uint8Array(readFileSync(`${root}/self/auxv`))
    const words = new BigUint64Array(bytes.buffer, 0, bytes.length >> 3)
    for (let at = 0; at + 1 < words.length; at += 2)
      if (words[at] === pageSizeEntry) return Number(words[at + 1])
  } catch {
    // A copy of /proc has none.
  }
  return usualPageBytes
}
