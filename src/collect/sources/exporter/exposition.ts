/**
 * Reader of the text that Prometheus exporters expose: text flows in, in pieces of any size; samples and what is
 * declared of their families flow out. Two formats are read, which hardly differ: text 0.0.4
 * (prometheus/docs `content/docs/instrumenting/exposition_formats.md`) and OpenMetrics 1.0 text. A line that is odd is
 * counted and left out. It decides nothing about what a sample means.
 */
import { type ExposedSample, parseSampleLine, undoEscapes } from './exposition-line.ts'
import { printable } from './printable.ts'

const familyTypes = [
  ...['counter', 'gauge', 'histogram', 'summary', 'untyped'],
  ...['unknown', 'gaugehistogram', 'stateset', 'info'],
] as const

/** `unknown` is what OpenMetrics calls `untyped`; the last four are of OpenMetrics alone. */
export type FamilyType =
  | ('counter' | 'gauge' | 'histogram' | 'summary' | 'untyped')
  | ('unknown' | 'gaugehistogram' | 'stateset' | 'info')

/** What the comment lines declare of metrics that belong together. */
export interface Family {
  /** Undefined where no line declares it: untyped. */
  readonly type?: FamilyType
  readonly help?: string
  readonly unit?: string
}

/** A line that could not be read. */
export interface BadLine {
  /** Counted from 1. */
  readonly line: number
  readonly reason: string
  /** How it begins. */
  readonly text: string
}

interface ExpositionHandlers {
  /** Asked before the rest of a line is read; samples that are not wanted cost next to nothing. @default all */
  readonly wants?: (name: string) => boolean
  readonly onSample: (sample: ExposedSample) => void
  /** Takes out of a bad line what must not be shown, before it is cut short. @default nothing */
  readonly redact?: (text: string) => string
}

/** A longer line is no sample of any exporter; it is left out, and never held whole. */
const maxLineLength = 65_536
const maxFamilies = 20_000
const maxHelpLength = 500
const maxExcerptLength = 80

/** Reads one exposition, piece by piece. Never throws. */
export class ExpositionParser {
  readonly #wants: (name: string) => boolean
  readonly #onSample: (sample: ExposedSample) => void
  readonly #redact: (text: string) => string
  readonly #families = new Map<string, Family>()
  #line = 0
  #badLines = 0
  #firstBadLine: BadLine | undefined
  #hasEnd = false
  /** The beginning of a line whose end has not come yet. */
  #rest = ''
  /** The line under way is too long: what comes of it is thrown away. */
  #isOverlong = false

  constructor({ wants = () => true, onSample, redact = (text) => text }: ExpositionHandlers) {
    this.#wants = wants
    this.#redact = redact
    this.#onSample = onSample
  }

  /** By the name that the comment lines give. */
  get families(): ReadonlyMap<string, Family> {
    return this.#families
  }

  /** Lines left out. */
  get badLines(): number {
    return this.#badLines
  }

  get firstBadLine(): BadLine | undefined {
    return this.#firstBadLine
  }

  /** Whether `# EOF` came, which ends every whole OpenMetrics text. */
  get hasEnd(): boolean {
    return this.#hasEnd
  }

  push(piece: string): void {
    const text = this.#rest === '' ? piece : this.#rest + piece
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      if (this.#isOverlong) this.#isOverlong = false
      else this.#read(text.slice(start, end))
      start = end + 1
    }
    this.#rest = this.#isOverlong ? '' : text.slice(start)
    if (this.#rest.length <= maxLineLength) return
    this.#read(this.#rest)
    this.#isOverlong = true
    this.#rest = ''
  }

  /** No more pieces come. The last line need not have an end. */
  end(): void {
    if (this.#rest !== '') this.#read(this.#rest)
    this.#rest = ''
  }

  #read(line: string): void {
    this.#line += 1
    const reason = line.length > maxLineLength ? 'the line is too long' : this.#readWhole(line)
    if (reason === undefined) return
    this.#badLines += 1
    if (this.#firstBadLine) return
    const text = printable(this.#redact(line), maxExcerptLength)
    this.#firstBadLine = { line: this.#line, reason, text }
  }

  /** Returns what is wrong with the line. */
  #readWhole(line: string): string | undefined {
    const start = line.search(/[^ \t\r]/)
    if (start === -1) return undefined
    return line[start] === '#' ? this.#readComment(line, start + 1) : this.#readSample(line)
  }

  #readSample(line: string): string | undefined {
    const sample = parseSampleLine(line, this.#wants)
    if (typeof sample === 'string') return sample
    if (sample) this.#onSample(sample)
    return undefined
  }

  /** `HELP`, `TYPE` and `UNIT` declare something, `EOF` ends the text; all else is for people. */
  #readComment(line: string, start: number): string | undefined {
    const [, keyword = '', name = '', text = ''] =
      /^[ \t]*(HELP|TYPE|UNIT|EOF)(?:[ \t]+([^ \t\r]+)(?:[ \t]+(.*))?)?[ \t\r]*$/s.exec(line.slice(start)) ??
      []
    if (keyword === 'EOF') this.#hasEnd = true
    if (keyword === '' || keyword === 'EOF') return undefined
    if (name === '') return `${keyword} without a metric name`
    const family = this.#families.get(name)
    if (family === undefined && this.#families.size >= maxFamilies) return `more than ${maxFamilies} families`
    const declared = declare(keyword, text.trim(), family)
    if (typeof declared === 'string') return declared
    this.#families.set(name, declared)
    return undefined
  }
}

/** The family with what one more line says of it, or what is wrong with the line. The first line counts. */
function declare(keyword: string, text: string, family: Family = {}): Family | string {
  if (keyword === 'HELP') return { help: undoEscapes(text.slice(0, maxHelpLength)), ...family }
  if (keyword === 'UNIT') return { unit: text, ...family }
  const type = familyTypes.find((known) => known === text) as FamilyType | undefined
  if (type === undefined) return 'TYPE of no known type'
  return family.type === undefined ? { ...family, type } : 'a second TYPE for one metric'
}

/** What one whole exposition says. */
export interface Exposition {
  readonly samples: readonly ExposedSample[]
  readonly families: ReadonlyMap<string, Family>
  readonly badLines: number
  readonly firstBadLine: BadLine | undefined
}

/** Reads an exposition that is at hand as a whole. Never throws. */
export function parseExposition(text: string | Uint8Array): Exposition {
  const samples: ExposedSample[] = []
  const parser = new ExpositionParser({ onSample: (sample) => samples.push(sample) })
  parser.push(typeof text === 'string' ? text : new TextDecoder().decode(text))
  parser.end()
  const { families, badLines, firstBadLine } = parser
  return { samples, families, badLines, firstBadLine }
}
