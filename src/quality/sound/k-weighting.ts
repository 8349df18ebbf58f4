/** A filter of second order: y = b0 x + b1 x' + b2 x'' - a1 y' - a2 y''. */
export interface Biquad {
  readonly b0: number
  readonly b1: number
  readonly b2: number
  readonly a1: number
  readonly a2: number
}

/**
 * The two filters of the K-weighting (ITU-R BS.1770-4, annex 1): a shelf for the head, then a high-pass. The standard gives
 * coefficients for 48 kHz only; these are the analogue filters behind them, by the bilinear transform, with the
 * parameters that reproduce its table (B. De Man, "Evaluation of implementations of the EBU R128 loudness measurement",
 * AES 145, 2018; libebur128 has the same).
 */
export function kWeighting(sampleRateHz: number): { readonly shelf: Biquad; readonly highPass: Biquad } {
  return { shelf: shelf(sampleRateHz), highPass: highPass(sampleRateHz) }
}

function shelf(sampleRateHz: number): Biquad {
  const k = Math.tan((Math.PI * 1681.974450955533) / sampleRateHz)
  const quality = 0.7071752369554196
  const high = 10 ** (3.999843853973347 / 20)
  const band = high ** 0.4996667741545416
  const a0 = 1 + k / quality + k * k
  return {
    b0: (high + (band * k) / quality + k * k) / a0,
    b1: (2 * (k * k - high)) / a0,
    b2: (high - (band * k) / quality + k * k) / a0,
    a1: (2 * (k * k - 1)) / a0,
    a2: (1 - k / quality + k * k) / a0,
  }
}

function highPass(sampleRateHz: number): Biquad {
  const k = Math.tan((Math.PI * 38.13547087602444) / sampleRateHz)
  const quality = 0.5003270373238773
  const a0 = 1 + k / quality + k * k
  return { b0: 1, b1: -2, b2: 1, a1: (2 * (k * k - 1)) / a0, a2: (1 - k / quality + k * k) / a0 }
}
