import { FramewatchError } from '../../../model/errors.ts'
import { matchesGlob } from '../../../model/glob.ts'
import { type Sample, seriesKey } from '../../../model/sample.ts'
import type { Clock } from '../../../system/clock.ts'
import type { Source, SourceReading } from '../../source.ts'
import type { GpuReading } from '../gpu/gpu-reading.ts'
import { readingsFromDcgm } from './dcgm.ts'
import { addressFault, headerFault } from './exporter-address.ts'
import { ExposedSamples } from './exposed-samples.ts'
import { type Fetch, placeOf, scrape } from './scrape.ts'
import { redactor } from './secrets.ts'
import { SeriesBudget } from './series-budget.ts'

export interface ExporterSourceOptions {
  /** The attribute `exporter` of its samples; the source is called `exporter:NAME`. */
  readonly name: string
  /** Of the metrics, as `http://127.0.0.1:9400/metrics`. Credentials go into `headers`. */
  readonly url: string
  /** Least time between two scrapes, in milliseconds. */
  readonly intervalMs: number
  /** How long the whole answer may take, in milliseconds. @default 3000 */
  readonly timeoutMs?: number
  /** Which metrics to keep: names, in which `*` stands for anything. @default all */
  readonly metrics?: readonly string[]
  /** Sent along. Every value counts as secret: it is in no message and in no sample. @default none */
  readonly headers?: Readonly<Record<string, string>>
  /** Series kept in an hour; the rest are counted as skipped. @default 1000 */
  readonly maxSeries?: number
  /** Makes samples of the GPUs that dcgm-exporter tells of. @default none are made */
  readonly mapGpus?: (readings: readonly GpuReading[]) => readonly Sample[]
  readonly clock: Clock
  readonly fetch: Fetch
}

const maxGpus = 128

/**
 * Any Prometheus exporter as a source. Gauges, counters and untyped metrics keep their names and labels; histograms and
 * summaries give their sum and count. Every sample has the attribute `exporter`.
 *
 * @throws FramewatchError `CONFIG_INVALID` when the address or a header cannot be used.
 */
export function exporterSource(options: ExporterSourceOptions): Source {
  const { name, intervalMs, timeoutMs = 3000, headers = {}, maxSeries = 1000, mapGpus } = options
  const url = checkedUrl(options)
  const redact = redactor(headers)
  const exposed = new ExposedSamples({
    exporter: name,
    isWanted: nameFilter(options.metrics),
    maxSeries,
    redact,
    keepsDcgm: mapGpus !== undefined,
  })
  // Labels that change with every answer would make new series for ever.
  const budget = new SeriesBudget(maxSeries)
  const closing = new AbortController()
  const { clock, fetch } = options
  const read = async (): Promise<SourceReading> => {
    const { parser, end } = exposed.begin()
    const scrapeOptions = { url, headers, timeoutMs, clock, fetch, redact, signal: closing.signal }
    const mediaType = await scrape(scrapeOptions, (text) => parser.push(text))
    const { samples: told, described, skipped: odd, dcgm, complaint, hasEnd } = end()
    const nowMs = clock.monotonicMs()
    const samples = told.filter((sample) => budget.admits(seriesKey(sample), nowMs))
    const skipped = odd + told.length - samples.length
    if (mediaType === 'application/openmetrics-text' && !hasEnd)
      throw new Error(`the answer of ${placeOf(url)} was cut before its end`)
    if (told.length === 0 && dcgm.length === 0 && complaint !== undefined)
      throw new Error(`nothing in the answer of ${placeOf(url)} is a metric: ${complaint}`)
    if (!mapGpus || dcgm.length === 0) return { samples, described, skipped }
    const gpus = readingsFromDcgm(dcgm)
    const mapped = mapGpus(gpus.slice(0, maxGpus)).map((sample) => ofExporter(sample, name))
    const tooMany = Math.max(0, gpus.length - maxGpus)
    return { samples: [...samples, ...mapped], described, skipped: skipped + tooMany }
  }
  return {
    name: `exporter:${name}`,
    metrics: [],
    everyMs: intervalMs,
    deadlineMs: timeoutMs + 1000,
    read: () =>
      read().catch((error: unknown) => {
        // Not the error itself: its cause and stack may hold what the message does not.
        throw new Error(redact(error instanceof Error ? error.message : String(error)))
      }),
    close: () => closing.abort(),
  }
}

function checkedUrl({ name, url, headers = {} }: ExporterSourceOptions): URL {
  const fault =
    addressFault(url) ??
    Object.entries(headers)
      .map((header) => headerFault(...header))
      .find((found) => found)
  if (fault === undefined) return new URL(url)
  throw new FramewatchError('CONFIG_INVALID', `The exporter "${name}" cannot be asked: ${fault}`, {
    details: { key: 'exporters' },
  })
}

/** Of another exporter, or of the driver itself, the same GPU makes other series. */
function ofExporter(sample: Sample, exporter: string): Sample {
  return { ...sample, attributes: { ...sample.attributes, exporter } }
}

/** The patterns are matched to the whole name. */
function nameFilter(patterns: readonly string[] | undefined): (name: string) => boolean {
  if (patterns === undefined) return () => true
  const known = new Map<string, boolean>()
  return (name) => {
    const answer = known.get(name) ?? patterns.some((pattern) => matchesGlob(name, pattern))
    // A memory of names only, for most come again; bounded, for the exporter chooses them.
    if (known.size < 10_000) known.set(name, answer)
    return answer
  }
}
