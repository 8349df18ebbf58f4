/**
 * What processes used, added up by the name of their executable: readings of processes flow in; sums flow out.
 * A process that ends takes its counters with it, so the sums are made of what each grew by.
 */

const counterNames = [
  ...(['userTicks', 'systemTicks', 'minorFaults', 'majorFaults'] as const),
  ...(['readBytes', 'writtenBytes'] as const),
]
type CounterName = (typeof counterNames)[number]

/** What a process counts from its own start. `NaN` for what it may not be asked. */
export type ProcessCounters = Readonly<Record<CounterName, number>>

/** What it holds now. */
export interface ProcessHoldings {
  readonly residentBytes: number
  readonly virtualBytes: number
  readonly threads: number
}

/** The sums of one name; `NaN` for what none of its processes told. */
export interface NameUsage {
  readonly counted: ProcessCounters
  readonly held: ProcessHoldings
}

interface Sums {
  counted: Record<CounterName, number>
  held: ProcessHoldings
}

interface Known {
  readonly startTicks: number
  readonly counted: Record<CounterName, number>
}

const maxNames = 16
/** The name of all that come after the first ones. */
const otherName = 'other'
/**
 * Processes remembered; the one not seen for longest goes first. One that is missing from a reading is not forgotten
 * with it, or all that it used would be counted again.
 */
const maxKnown = 4096

const nothingHeld: ProcessHoldings = { residentBytes: 0, virtualBytes: 0, threads: 0 }

/** A name stays once it was seen: with no process left it holds nothing, and its counters stand still. */
export class UsageByName {
  readonly #names = new Map<string, Sums>()
  readonly #known = new Map<string, Known>()

  /** By name; `other` for the names past the bound. */
  get names(): ReadonlyMap<string, NameUsage> {
    return this.#names
  }

  /** A new reading begins. */
  begin(): void {
    for (const sums of this.#names.values()) sums.held = nothingHeld
  }

  /** A process that was not there before counts from its own start. Its number may be one that was used before. */
  add(process: {
    readonly pid: string
    readonly startTicks: number
    readonly name: string
    readonly counters: ProcessCounters
    readonly held: ProcessHoldings
  }): void {
    const { counters, held } = process
    const known = this.#knownOf(process.pid, process.startTicks)
    const sums = this.#sumsOf(process.name)
    for (const counter of counterNames) {
      // Not so for what could not be read this time: it is made up for later.
      const growth = counters[counter] - (known.counted[counter] || 0)
      if (!(growth >= 0)) continue
      known.counted[counter] = counters[counter]
      sums.counted[counter] = (sums.counted[counter] || 0) + growth
    }
    sums.held = {
      residentBytes: sums.held.residentBytes + held.residentBytes,
      virtualBytes: sums.held.virtualBytes + held.virtualBytes,
      threads: sums.held.threads + held.threads,
    }
  }

  #knownOf(pid: string, startTicks: number): Known {
    const before = this.#known.get(pid)
    const known = before?.startTicks === startTicks ? before : { startTicks, counted: notCounted() }
    // Put at the end: a map is in the order in which keys were added.
    this.#known.delete(pid)
    this.#known.set(pid, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > maxKnown && oldest !== undefined) this.#known.delete(oldest)
    return known
  }

  #sumsOf(wanted: string): Sums {
    const name = this.#names.has(wanted) || this.#names.size < maxNames ? wanted : otherName
    const sums = this.#names.get(name) ?? { counted: notCounted(), held: nothingHeld }
    this.#names.set(name, sums)
    return sums
  }
}

function notCounted(): Record<CounterName, number> {
  const always = { userTicks: 0, systemTicks: 0, minorFaults: 0, majorFaults: 0 }
  return { ...always, readBytes: Number.NaN, writtenBytes: Number.NaN }
}
