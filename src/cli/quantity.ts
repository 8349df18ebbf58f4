/** Values in the units people read: bytes as GiB, seconds as ms, ratios as per cent. */
import { printable } from './format.ts'

/** A unit to show values in. */
export interface Scale {
  readonly divisor: number
  /** With the space before it. */
  readonly suffix: string
}

/** What a value is measured in, UCUM as OpenTelemetry writes it. */
export interface Quantity {
  readonly unit: string
  /** Per second. @default false */
  readonly isRate?: boolean
}

const binaryPrefixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E']
const times: readonly (readonly [seconds: number, suffix: string])[] = [
  [172_800, 'd'],
  [7200, 'h'],
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
]
const timeDivisors: Readonly<Record<string, number>> = { d: 86_400, h: 3600 }

/** The unit that suits values of this size. */
export function scaleOf({ unit, isRate = false }: Quantity, magnitude: number): Scale {
  const per = isRate ? '/s' : ''
  const size = Math.abs(magnitude)
  if (unit === 'By') return prefixed(size, 1024, 1024, binaryPrefixes, `B${per}`)
  if (unit === '1' && !isRate) return { divisor: 0.01, suffix: ' %' }
  if (unit === 's' && !isRate) return timeScale(size)
  if (unit === 'J' && isRate) return prefixed(size, 1000, 1000, prefixes, 'W')
  if (unit === 'Cel') return { divisor: 1, suffix: ` °C${per}` }
  if (unit === 's') return { divisor: 1, suffix: ' s/s' }
  if (['Hz', 'W', 'J', 'V', 'A', 'bit'].includes(unit))
    return prefixed(size, 1000, 1000, prefixes, `${unit}${per}`)
  const isCount = unit === '' || unit === '1' || /^\{.*\}$/.test(unit)
  return prefixed(size, 1000, 10_000, prefixes, isCount ? per : `${printable(unit)}${per}`)
}

/** `1.234 GiB`, four significant digits; `-` for nothing. */
export function formatQuantity(value: number | null, quantity: Quantity): string {
  if (value === null) return '-'
  const { divisor, suffix } = scaleOf(quantity, value)
  return `${Number((value / divisor).toPrecision(4))}${suffix}`
}

/** `+1.23 GiB/h ± 0.31`: as many decimals as two digits of the uncertainty have. */
export function formatSlope(slope: number, halfWidth: number, quantity: Quantity): string {
  const { divisor, suffix } = scaleOf(quantity, slope)
  const [shown, error] = [slope / divisor, halfWidth / divisor]
  const sign = shown < 0 ? '' : '+'
  if (!(error > 0)) return `${sign}${Number(shown.toPrecision(4))}${suffix}/h ± 0`
  const decimals = Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(error))))
  return `${sign}${shown.toFixed(decimals)}${suffix}/h ± ${error.toFixed(decimals)}`
}

function timeScale(size: number): Scale {
  if (size === 0) return { divisor: 1, suffix: ' s' }
  const [divisor, suffix] = times.find(([least]) => size >= least) ?? [1e-9, 'ns']
  return { divisor: timeDivisors[suffix] ?? divisor, suffix: ` ${suffix}` }
}

function prefixed(size: number, base: number, from: number, names: readonly string[], unit: string): Scale {
  const power = size < from ? 0 : Math.min(names.length - 1, Math.floor(Math.log(size) / Math.log(base)))
  const suffix = `${names[power]}${unit}`
  return { divisor: base ** power, suffix: suffix === '' || suffix === '/s' ? suffix : ` ${suffix}` }
}
