import type { Clock } from '../../../system/clock.ts'

/** What is used of the package `systeminformation`: sizes in bytes, counts since boot. */
export interface SystemInformation {
  mem(): Promise<{
    readonly total: number
    readonly free: number
    readonly active: number
    readonly available: number
    readonly buffcache: number
    readonly swaptotal: number
    readonly swapfree: number
  }>
  fsSize(): Promise<
    readonly {
      readonly fs: string
      readonly mount: string
      readonly type: string
      readonly size: number
      readonly used: number
      readonly available: number
      /** `null` where it is not known. */
      readonly rw: boolean | null
    }[]
  >
  /** Bytes of all disks; `null` on Windows. */
  fsStats(): Promise<{ readonly rx: number; readonly wx: number } | null>
  /** Operations of all disks; `null` on Windows. */
  disksIO(): Promise<{ readonly rIO: number; readonly wIO: number } | null>
  processes(): Promise<{
    readonly all: number
    readonly running: number
    readonly blocked: number
    readonly sleeping: number
  }>
  networkStats(interfaces: string): Promise<readonly InterfaceCounts[]>
}

export interface InterfaceCounts {
  readonly iface: string
  readonly operstate: string
  readonly rx_bytes: number
  readonly rx_errors: number
  readonly rx_dropped: number
  readonly tx_bytes: number
  readonly tx_errors: number
  readonly tx_dropped: number
}

/** What the sources that ask the package are given. */
export interface PackageDoor {
  /** Loads the package when it is first needed: it is large, and Linux never needs it. */
  readonly loadSystemInformation: () => Promise<SystemInformation>
  readonly platform: NodeJS.Platform
  readonly clock: Clock
}

/**
 * Every question starts child processes: on macOS a few of some milliseconds, on Windows a PowerShell of a second, and
 * half of them block the thread meanwhile.
 */
export const packageEveryMs = 10_000
/** For what is dearer (a list of all processes, every PowerShell) or slow to change. */
export const dearEveryMs = 30_000
/** A PowerShell takes seconds to start on a machine under load. */
export const packageDeadlineMs = 10_000

/** Younger answers are shared: asked again within 500 ms, the package itself gives back parts of the last answer, with zeros. */
const sharedMs = 1000

interface Kept {
  readonly answer: Promise<unknown>
  /** Monotonic milliseconds; undefined while it is being made. */
  settledMs?: number
}

/** By instance of the package, for its state is its own: that of the module. */
const keptByPackage = new WeakMap<SystemInformation, Map<string, Kept>>()

/**
 * Asks the package, which keeps state between calls and is not safe to be asked the same twice at once: who asks while an
 * answer is being made, or just was, shares it.
 *
 * @param question - names the call, with its arguments.
 */
export async function ask<Answer>(
  { loadSystemInformation, clock }: PackageDoor,
  question: string,
  call: (information: SystemInformation) => Promise<Answer>,
): Promise<Answer> {
  const information = await loadSystemInformation()
  const kept = keptByPackage.get(information) ?? new Map<string, Kept>()
  keptByPackage.set(information, kept)
  const known = kept.get(question)
  if (known !== undefined && isFresh(known, clock.monotonicMs())) return known.answer as Promise<Answer>
  const answer = call(information)
  const entry: Kept = { answer }
  kept.set(question, entry)
  const settle = () => {
    entry.settledMs = clock.monotonicMs()
  }
  answer.then(settle, () => kept.delete(question))
  return answer
}

function isFresh({ settledMs }: Kept, nowMs: number): boolean {
  return settledMs === undefined || nowMs - settledMs < sharedMs
}

/** The package says `null`, -1, '' or NaN for what it could not read: none of it is a number of anything here. */
export function known(value: unknown): number {
  return typeof value === 'number' && value >= 0 ? value : Number.NaN
}
