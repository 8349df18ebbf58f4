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
  /** What ours should reach. @default nothing */
  readonly goals?: readonly Goal[]
  /** Runs that are measured, and before them `warmUp` (@default 1) that are not. */
  readonly runs: { readonly quick: number; readonly full: number; readonly warmUp?: number }
}

/** A bound for the median of ours: as it is, or as a multiple of the best of the peers named. */
export interface Goal {
  readonly metric: string
  readonly atMost?: number
  readonly atLeast?: number
  readonly times?: readonly string[]
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
  readonly quick: boolean
  readonly machine: string
  readonly node: string
  readonly results: readonly Result[]
  readonly ratios: readonly { readonly metric: string; readonly peer: string; readonly ratio: number }[]
  readonly goals: readonly {
    readonly metric: string
    readonly goal: string
    /** In the terms of the goal; `null`, as `met`, when it or a peer was not measured. */
    readonly measured: number | null
    readonly met: boolean | null
  }[]
}

/** Runs the subjects in turn, so that what slows the machine slows them alike. */
export async function measure(benchmark: Benchmark, quick: boolean): Promise<Report> {
  const subjects = await benchmark.open({ quick })
  const values = new Map<string, number[]>()
  try {
    const { quick: few, full, warmUp = 1 } = benchmark.runs
    const runs = warmUp + (quick ? few : full)
    for (let run = 0; run < runs; run++) {
      for (const subject of subjects) {
        for (const [metric, value] of Object.entries(await subject.run())) {
          const key = `${subject.name} ${metric}`
          if (run >= warmUp) values.set(key, [...(values.get(key) ?? []), value])
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
    quick,
    machine: machineName(),
    node: process.version,
    results,
    ratios: ratiosOf(benchmark, results),
    goals: (benchmark.goals ?? []).map((goal) => judge(goal, results)),
  }
}

function judge(
  { metric, atMost, atLeast, times }: Goal,
  results: readonly Result[],
): Report['goals'][number] {
  const [ours] = results
  const medianOf = (subject?: string) =>
    results.find((result) => result.metric === metric && result.subject === subject)?.median ?? Number.NaN
  const best = atMost === undefined ? Math.max : Math.min
  const unit = times === undefined ? 1 : best(...times.map(medianOf))
  const ratio = medianOf(ours?.subject) / unit
  const isKnown = Number.isFinite(ratio)
  const bound = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`
  return {
    metric,
    goal:
      times === undefined ? bound : `${bound} x ${times.length > 1 ? `best of ${times.join(', ')}` : times}`,
    measured: isKnown ? Number(ratio.toPrecision(4)) : null,
    met: isKnown ? ratio <= (atMost ?? Number.POSITIVE_INFINITY) && ratio >= (atLeast ?? 0) : null,
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
