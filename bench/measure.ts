/** What every benchmark is made of: interleaved runs, their statistics, and the ratios between subjects. */
import { cpus } from 'node:os'

/** One thing that is measured. `run` returns one value for each metric. */
export interface Subject {
  readonly name: string
  run(): Promise<Readonly<Record<string, number>>>
  close?(): Promise<void>
}

export interface Benchmark {
  readonly name: string
  /** What the figures mean, for readers of the table. */
  readonly about: string
  /** Unit of each metric. */
  readonly units: Readonly<Record<string, string>>
  /** Metrics for which a ratio to each peer is given. */
  readonly ratios: readonly string[]
  /** Ours first, then the peers; a peer that is missing is left out with a line on stderr. */
  open(options: { readonly quick: boolean }): Promise<readonly Subject[]>
  readonly runs: { readonly quick: number; readonly full: number }
}

interface Result {
  readonly subject: string
  readonly metric: string
  readonly unit: string
  readonly median: number
  readonly min: number
  readonly max: number
  readonly runs: number
}

export interface Report {
  readonly name: string
  readonly machine: string
  readonly node: string
  readonly results: readonly Result[]
  readonly ratios: readonly { readonly metric: string; readonly peer: string; readonly ratio: number }[]
}

/** Runs the subjects in turn, so that what slows the machine slows them alike; the first round is a warm-up. */
export async function measure(benchmark: Benchmark, quick: boolean): Promise<Report> {
  const subjects = await benchmark.open({ quick })
  const values = new Map<string, number[]>()
  try {
    const runs = quick ? benchmark.runs.quick : benchmark.runs.full
    for (let run = 0; run <= runs; run++) {
      for (const subject of subjects) {
        for (const [metric, value] of Object.entries(await subject.run())) {
          const key = `${subject.name} ${metric}`
          if (run > 0) values.set(key, [...(values.get(key) ?? []), value])
        }
      }
    }
  } finally {
    for (const subject of subjects) await subject.close?.()
  }
  const results = subjects.flatMap(({ name }) =>
    Object.entries(benchmark.units).flatMap(([metric, unit]) => {
      const measured = values.get(`${name} ${metric}`)
      return measured ? [{ subject: name, metric, unit, ...statistics(measured) }] : []
    }),
  )
  return {
    name: benchmark.name,
    machine: machineName(),
    node: process.version,
    results,
    ratios: ratiosOf(benchmark, results),
  }
}

function ratiosOf(benchmark: Benchmark, results: readonly Result[]): Report['ratios'] {
  const [ours] = results
  return benchmark.ratios.flatMap((metric) => {
    const own = results.find((result) => result.metric === metric && result.subject === ours?.subject)
    const peers = results.filter((result) => result.metric === metric && result.subject !== ours?.subject)
    return own
      ? peers.map((peer) => ({
          metric,
          peer: peer.subject,
          ratio: Number((own.median / peer.median).toPrecision(4)),
        }))
      : []
  })
}

function statistics(values: readonly number[]): Pick<Result, 'median' | 'min' | 'max' | 'runs'> {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2
  return { median, min: at(0), max: at(sorted.length - 1), runs: sorted.length }
}

function machineName(): string {
  const [first, ...others] = cpus()
  return `${process.platform} ${process.arch}, ${others.length + 1} x ${first?.model.trim() ?? 'unknown'}`
}
