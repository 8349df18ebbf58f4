/** A report as a document: titled tables and charts of texts, the same for every format that people read. */
import type { Quantity } from '../quantity.ts'

/** Text that came from outside, as a model's name: each format must keep it from meaning anything. */
interface StoredText {
  readonly stored: string
}

export type DocumentCell = string | StoredText

export interface DocumentTable {
  readonly columns: readonly DocumentColumn[]
  readonly rows: readonly (readonly DocumentCell[])[]
}

export interface DocumentColumn {
  readonly title: string
  /** Numbers are aligned to the right. @default false */
  readonly isNumber?: boolean
}

/** Values over equal steps of time. */
export interface TimeChart {
  readonly title: string
  /** What there is to see, for those who cannot. */
  readonly description: string
  readonly kind: 'bars' | 'lines'
  readonly quantity: Quantity
  /** Unix milliseconds. */
  readonly fromMs: number
  readonly toMs: number
  /** Starts of the steps. */
  readonly timesMs: readonly number[]
  readonly stepMs: number
  /** One to three; a value for each step, `null` where there is none. */
  readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[]
  /** The top of the axis. @default the greatest value */
  readonly most?: number
}

export interface DocumentSection {
  readonly title: string
  /** One or two sentences of our own. */
  readonly note?: string
  readonly charts?: readonly TimeChart[]
  readonly table?: DocumentTable
}

export interface ReportDocument {
  readonly title: string
  /** The span in words. */
  readonly subtitle: string
  readonly sections: readonly DocumentSection[]
}
