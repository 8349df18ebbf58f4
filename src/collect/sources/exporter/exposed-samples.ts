import {
  type Attributes,
  type MetricDescriptor,
  type MetricKind,
  type Sample,
  seriesKey,
} from '../../../model/sample.ts'
import { isDcgmBlank, isDcgmMetric } from './dcgm.ts'
import { exposedKind } from './exposed-kind.ts'
import { ExpositionParser, type Family } from './exposition.ts'
import type { ExposedSample } from './exposition-line.ts'
import { printable } from './printable.ts'

export interface ExposedSamplesOptions {
  /** The attribute `exporter` of every sample. */
  readonly exporter: string
  readonly isWanted: (name: string) => boolean
  readonly maxSeries: number
  readonly redact: (text: string) => string
  /** Whether the samples of DCGM are kept as they came too, those that are not wanted included. */
  readonly keepsDcgm: boolean
}

/** A series as it was first seen, whole and with text of its own: it is the same object in every reading. */
interface KnownSeries {
  readonly name: string
  readonly attributes: Attributes
}

/** What one exposition came to. */
interface Gathered {
  readonly samples: readonly Sample[]
  /** Of each metric that a sample is of. */
  readonly described: readonly MetricDescriptor[]
  /** Lines that are odd, series that come twice, and those past the bound. */
  readonly skipped: number
  /** As exposed, values that are blank included. */
  readonly dcgm: readonly ExposedSample[]
  /** What is wrong with the first odd line. */
  readonly complaint: string | undefined
  /** Whether the text said of itself that it is whole. */
  readonly hasEnd: boolean
}

const maxValueLength = 200
const maxNameLength = 255
const maxDescriptionLength = 200
/** Of how many samples to each series allowed the labels are read: the rest would be repeated, or no numbers. */
const samplesPerSeries = 10
/** Far more than 128 GPUs in seven parts each have of the fields that are mapped. */
const maxDcgmSamples = 50_000

/** Makes samples of the expositions of one exporter: which are kept, and how names and labels become ours. */
export class ExposedSamples {
  readonly #options: ExposedSamplesOptions
  /** The series of the exposition before. */
  #known: ReadonlyMap<string, KnownSeries> = new Map()

  constructor(options: ExposedSamplesOptions) {
    this.#options = options
  }

  /** Begins a new exposition. */
  begin(): { readonly parser: ExpositionParser; readonly end: () => Gathered } {
    const { isWanted, maxSeries, keepsDcgm, redact } = this.#options
    const now = new Map<string, KnownSeries>()
    const kinds = new Map<string, MetricKind>()
    const samples: Sample[] = []
    const dcgm: ExposedSample[] = []
    let skipped = 0
    let budget = maxSeries * samplesPerSeries
    const kindOf = (name: string) =>
      isWanted(name) && name.length <= maxNameLength && redact(name) === name
        ? keptKind(name, parser.families)
        : undefined
    const parser = new ExpositionParser({
      redact,
      wants: (name) => {
        if (keepsDcgm && isDcgmMetric(name) && dcgm.length < maxDcgmSamples) return true
        if (kindOf(name) === undefined) return false
        if (now.size < maxSeries && budget > 0) return true
        skipped += 1
        return false
      },
      onSample: (sample) => {
        const { name, value } = sample
        const isDcgm = isDcgmMetric(name)
        if (keepsDcgm && isDcgm) dcgm.push(sample)
        const kind = kindOf(name)
        if (kind === undefined) return
        budget -= 1
        // What exporters cannot measure they expose as no number: that is no fault.
        if (!Number.isFinite(value) || (isDcgm && isDcgmBlank(value))) return
        const attributes = this.#attributesOf(sample.labels)
        const key = seriesKey({ name, attributes })
        if (now.size >= maxSeries || now.has(key)) {
          skipped += 1
          return
        }
        const series = this.#known.get(key) ?? detached({ name, attributes })
        now.set(key, series)
        kinds.set(series.name, kind)
        samples.push({ ...series, value })
      },
    })
    const end = () => {
      parser.end()
      this.#known = now
      const { badLines, firstBadLine: bad, families, hasEnd } = parser
      const complaint = bad && `line ${bad.line}: ${bad.reason}: ${JSON.stringify(bad.text)}`
      const described = [...kinds].map(([name, kind]) => this.#describe(name, kind, families))
      return { samples, described, skipped: skipped + badLines, dcgm, complaint, hasEnd }
    }
    return { parser, end }
  }

  /** A label without a value is as good as none; one that bears the name of ours is renamed, as Prometheus does. */
  #attributesOf(labels: Attributes): Attributes {
    const { exporter, redact } = this.#options
    const attributes: Record<string, string> = {}
    for (const name in labels) {
      const value = printable(redact(labels[name] ?? ''), maxValueLength)
      if (value !== '') attributes[name === 'exporter' ? 'exported_exporter' : redact(name)] = value
    }
    attributes['exporter'] = exporter
    return attributes
  }

  #describe(name: string, kind: MetricKind, families: ReadonlyMap<string, Family>): MetricDescriptor {
    const family =
      families.get(name) ?? families.get(name.replace(/_(total|sum|count|gsum|gcount|info)$/, ''))
    const help = own(printable(this.#options.redact(family?.help ?? ''), maxDescriptionLength))
    const description =
      help === '' ? `Exposed by ${this.#options.exporter}, which does not describe it.` : help
    return { name, kind, unit: unitOf(name), description }
  }
}

/** A few fields of DCGM are rates, though the lists of dcgm-exporter call them counters. */
function keptKind(name: string, families: ReadonlyMap<string, Family>): MetricKind | undefined {
  return name.startsWith('DCGM_FI_PROF_') ? 'gauge' : exposedKind(name, families)
}

/** By the endings that Prometheus asks for (prometheus/docs `docs/practices/naming.md`); empty where there is none. */
function unitOf(name: string): string {
  const [, unit = ''] =
    /_(seconds|bytes|ratio|celsius|joules|watts|volts|amperes|hertz)(?:_total|_sum)?$/.exec(name) ?? []
  return units[unit] ?? ''
}

const units: Readonly<Record<string, string>> = {
  ...{ seconds: 's', bytes: 'By', ratio: '1', celsius: 'Cel', joules: 'J' },
  ...{ watts: 'W', volts: 'V', amperes: 'A', hertz: 'Hz' },
}

/** A copy. A part of a string keeps the whole of it in memory, which here is a large piece of an answer. */
function own(text: string): string {
  return Buffer.from(text).toString()
}

/** The series with strings of its own. */
function detached({ name, attributes }: KnownSeries): KnownSeries {
  return {
    name: own(name),
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([label, value]) => [own(label), own(value)]),
    ),
  }
}
