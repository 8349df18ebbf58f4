/** Probabilities of the usual test statistics. Pure. */

/** Lanczos' approximation of ln Γ with the coefficients of Godfrey (g = 7, n = 9): within 1e-14 for positive values. */
const lanczosFirst = 0.9999999999998099
const lanczosRest = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
]
const lanczosG = 7

/** ln Γ(x), for `x` from 0.5 up. */
export function logGamma(x: number): number {
  const shifted = x - 1
  const sum = lanczosRest.reduce(
    (total, coefficient, index) => total + coefficient / (shifted + index + 1),
    lanczosFirst,
  )
  const base = shifted + lanczosG + 0.5
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum)
}

/**
 * How often Student's t is as far from 0 as this, or farther: the regularised incomplete beta function at
 * (freedom/2, 1/2) (NIST Digital Library of Mathematical Functions, 8.17.5).
 *
 * @param freedom - degrees of freedom, above 0; need not be whole.
 */
export function studentTail(t: number, freedom: number): number {
  if (!Number.isFinite(t)) return 0
  const square = t * t
  return incompleteBeta(freedom / (freedom + square), square / (freedom + square), freedom / 2, 0.5)
}

/** The value that Student's t is beyond, either way, in one case of twenty; found by halving. */
export function studentLimit(freedom: number): number {
  let [low, high] = [1.9, 1000]
  while (high - low > 1e-9 * high) {
    const middle = (low + high) / 2
    if (studentTail(middle, freedom) > 0.05) low = middle
    else high = middle
  }
  return high
}

/** Of the normal distribution, likewise. */
export const normalLimit = 1.959963984540054

/** How often a normal value is as far from 0 as this, or farther: Student's t with so many degrees of freedom is one. */
export function normalTail(z: number): number {
  return studentTail(z, 1e7)
}

/** @param y - 1 - x, given because it may be too small to be told from x. */
function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (y <= 0) return 1
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(y))
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(y, b, a)) / b
}

/** The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300
  const off = (value: number) => (Math.abs(value) < tiny ? tiny : value)
  let c = 1
  let d = 1 / off(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / off(1 + even * d)
    c = off(1 + even / c)
    fraction *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / off(1 + odd * d)
    c = off(1 + odd / c)
    fraction *= d * c
    if (Math.abs(d * c - 1) < 1e-14) break
  }
  return fraction
}
