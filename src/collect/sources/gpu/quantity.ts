/**
 * Numbers with their units, as tools that people read print them. A unit that is not known, a number that cannot be, a
 * word instead of a number: each is left out, for a guess would be a wrong number that looks right.
 */

interface Dimension {
  /** How much of the base unit each unit is. */
  readonly units: Readonly<Record<string, number>>
  /** In the base unit. Beyond it lies no GPU, only what drivers print for "unknown". */
  readonly max: number
}

/**
 * By base unit. NVIDIA and AMD write `KiB` and `MiB` where they mean powers of two, and `KB/s` for thousands of bytes.
 * `MB` is in none of them, for it means 2^20 bytes to some tools.
 */
const dimensions = {
  bytes: { units: { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 }, max: 2 ** 50 },
  bytesPerSecond: {
    units: {
      ...{ 'B/s': 1, 'kB/s': 1e3, 'KB/s': 1e3, 'MB/s': 1e6, 'GB/s': 1e9 },
      ...{ 'KiB/s': 2 ** 10, 'MiB/s': 2 ** 20, 'GiB/s': 2 ** 30 },
    },
    max: 1e13,
  },
  hertz: { units: { Hz: 1, kHz: 1e3, KHz: 1e3, MHz: 1e6, Mhz: 1e6, GHz: 1e9 }, max: 1e11 },
  watts: { units: { W: 1, mW: 1e-3, uW: 1e-6 }, max: 1e5 },
  joules: { units: { J: 1, mJ: 1e-3, uJ: 1e-6, kJ: 1e3 }, max: 1e14 },
  celsius: { units: { C: 1, '°C': 1 }, max: 300 },
  seconds: { units: { s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 }, max: 1e10 },
  ratio: { units: { '%': 1e-2 }, max: 10 },
  /** A share of time, which cannot pass 1. */
  share: { units: { '%': 1e-2 }, max: 1 },
  rpm: { units: { RPM: 1, rpm: 1 }, max: 1e5 },
  gigatransfers: { units: { 'GT/s': 1 }, max: 1e3 },
  lanes: { units: { '': 1, x: 1 }, max: 64 },
  count: { units: { '': 1 }, max: Number.MAX_SAFE_INTEGER },
} as const satisfies Record<string, Dimension>

export type DimensionName = keyof typeof dimensions

/** What tools print for a value that the card or the driver does not have, without its brackets and in lower case. */
const untoldTexts = new Set([
  ...['', 'n/a', 'na', 'none', 'not supported', 'unsupported', 'not available', 'not found', 'unknown'],
  ...['insufficient permissions', 'insufficient permission', 'no permission', 'null', 'nan'],
  'requested functionality has been deprecated',
])

/** What they print when the driver failed to answer: no value either, but a fault. */
const failurePattern = /^\[?(?:err!|unknown error|gpu is lost|gpu requires reset|gpu has fallen off|timeout)/i

/** "Not available", as numbers: all ones in 32 and 64 bits, and what NVML has beside them. */
const untoldNumbers = new Set([
  ...['4294967295', '18446744073709551615', '18446744073709551614'],
  ...['9223372036854775807', '9223372036854775806', '9223372036854775794'],
])

/** A decimal comma has other than three digits behind it; with three it may part thousands. */
const quantityPattern = /^(-?\d+)(?:\.(\d+)|,(\d{1,2}|\d{4,}))?\s*([^\s\d.,-][^\s]*|)$/

/** True of a text that stands for a value that is not told, which is no fault. */
function isUntold(text: string): boolean {
  const plain = text.trim().replace(/^\[(.*)\]$/, '$1')
  if (untoldNumbers.has(plain.split(' ', 1)[0] ?? '')) return true
  const words = plain.trim().toLowerCase()
  return untoldTexts.has(words) || words.startsWith('not available in') || /^0xf{8,16}$/.test(words)
}

/**
 * Reads `81559 MiB` and the like.
 *
 * @param defaultUnit - where the text has none and the format says what it is.
 * @returns the number in the base unit of the dimension, which may be negative for `celsius` only; undefined when the
 *   text says that there is none; `NaN` when it cannot be used.
 */
export function quantityOf(text: string, dimension: DimensionName, defaultUnit?: string): number | undefined {
  if (isUntold(text)) return undefined
  const match = quantityPattern.exec(text.trim())
  if (!match) return Number.NaN
  const [, whole = '', point, comma, unit = ''] = match
  const { units, max }: Dimension = dimensions[dimension]
  const factor = factorOf(units, unit === '' && defaultUnit !== undefined ? defaultUnit : unit)
  const value = scaled(Number(`${whole}.${point ?? comma ?? '0'}`), factor)
  const isPossible = value <= max && (value >= 0 || (dimension === 'celsius' && value >= -max))
  return isPossible ? value : Number.NaN
}

function factorOf(units: Readonly<Record<string, number>>, unit: string): number {
  return Object.hasOwn(units, unit) ? (units[unit] ?? Number.NaN) : Number.NaN
}

/** Divides rather than multiplies by what is no exact double, so that 57 % is 0.57. */
function scaled(value: number, factor: number): number {
  const result = factor < 1 ? value / Math.round(1 / factor) : value * factor
  return result === 0 ? 0 : result
}

/** The text, when it is one; no error stands for a name or an id. */
export function toldText(text: string | undefined): string | undefined {
  if (text === undefined || isUntold(text) || failurePattern.test(text.trim())) return undefined
  return text.trim()
}

/** Reads a value that may be unusable: those are counted and left out. */
export class SkipCount {
  #count = 0

  get count(): number {
    return this.#count
  }

  /** The value when it is a finite number; `NaN` is counted. */
  usable(value: number | undefined): number | undefined {
    if (value === undefined || Number.isFinite(value)) return value
    this.#count += 1
    return undefined
  }
}

/** The object without its undefined fields, so that what is not told is not there. */
export function told<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

/** As `told`; undefined when nothing is. */
export function toldOrNone<T extends object>(fields: T): T | undefined {
  const known = told(fields)
  return Object.keys(known).length === 0 ? undefined : known
}
