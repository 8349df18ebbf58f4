/**
 * The processes that a process started, and those that they started: the number of the process flows in; theirs
 * flow out. Whose parent ends goes to another one (usually number 1) and is a descendant no more.
 */
import type { Clock } from '../../system/clock.ts'
import { isDue } from '../schedule.ts'
import type { ProcessFiles } from './process-files.ts'
import { scanProcesses } from './process-table.ts'

/** More than any generator starts; the rest is left out and counted. */
const maxDescendants = 1024
/** The kernel lists the children of each thread in a file of its own; no more of them are read at once. */
const maxThreads = 4096
/** Where the kernel has no such lists, the whole process table must be looked at. */
const scanEveryMs = 10_000

export interface FoundDescendants {
  readonly pids: readonly string[]
  /** Processes and lists of children that are past the bounds. */
  readonly skipped: number
}

/** Finds descendants: at each call from the lists of children, or every 10 seconds from the process table. */
export class Descendants {
  readonly #files: ProcessFiles
  readonly #clock: Clock
  #hasLists: boolean | undefined
  #scanned: { readonly atMs: number; readonly found: FoundDescendants } | undefined

  constructor({ files, clock }: { readonly files: ProcessFiles; readonly clock: Clock }) {
    this.#files = files
    this.#clock = clock
  }

  find(pid: string): FoundDescendants | Promise<FoundDescendants> {
    // The lists are an option of the kernel's build (CONFIG_PROC_CHILDREN).
    this.#hasLists ??= this.#files.text(pid, `task/${pid}/children`) !== undefined
    if (this.#hasLists) return this.#readLists(pid)
    const nowMs = this.#clock.monotonicMs()
    if (this.#scanned && !isDue(nowMs - this.#scanned.atMs, scanEveryMs)) return this.#scanned.found
    return this.#scan(pid, nowMs)
  }

  #readLists(pid: string): FoundDescendants {
    let threadsLeft = maxThreads
    return collect(pid, (parent) => {
      const children: string[] = []
      for (const thread of this.#files.threads(parent)) {
        if (threadsLeft === 0) return undefined
        threadsLeft -= 1
        const cursor = this.#files.text(parent, `task/${thread}/children`)?.cursor()
        while (cursor && !cursor.isAtLineEnd) {
          const child = cursor.wholeNumber()
          if (child > 0) children.push(String(child))
        }
      }
      return children
    })
  }

  async #scan(pid: string, nowMs: number): Promise<FoundDescendants> {
    const children = new Map<string, string[]>()
    const table = { files: this.#files, clock: this.#clock, pids: this.#files.list() }
    await scanProcesses(table, ({ parent }, child) => {
      const siblings = children.get(String(parent))
      if (siblings) siblings.push(child)
      else children.set(String(parent), [child])
    })
    const found = collect(pid, (parent) => children.get(parent) ?? [])
    this.#scanned = { atMs: nowMs, found }
    return found
  }
}

/** Nearest first. */
function collect(
  root: string,
  childrenOf: (parent: string) => readonly string[] | undefined,
): FoundDescendants {
  const seen = new Set([root])
  let skipped = 0
  for (const parent of seen) {
    const children = childrenOf(parent)
    if (children === undefined) skipped += 1
    for (const child of children ?? []) {
      if (seen.size <= maxDescendants) seen.add(child)
      else if (!seen.has(child)) skipped += 1
    }
  }
  seen.delete(root)
  return { pids: [...seen], skipped }
}
