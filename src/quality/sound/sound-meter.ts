import { ChannelMeter } from './channel-meter.ts'
import { integratedLoudness } from './loudness.ts'
import { type SoundEvidence, windowSeconds } from './sound-evidence.ts'

export interface SoundMeterOptions {
  /** 8000 to 192,000. */
  readonly sampleRateHz: number
  /** What has more is mixed down by the decoder. */
  readonly channels: 1 | 2
}

/** 12 hours: 432,000 windows, some 20 MB. */
const maxWindows = 12 * 3600 * 10

/**
 * Measures a sound while it is decoded: samples go in, in pieces of any length, and evidence comes out at the end. It keeps
 * some numbers for each 100 ms. Beyond 12 hours only the duration is counted.
 */
export class SoundMeter {
  readonly #sampleRateHz: number
  readonly #channels: readonly ChannelMeter[]
  readonly #peaks: number[] = []
  readonly #rms: number[] = []
  readonly #hotShares: number[] = []
  readonly #clippedShares: number[] = []
  readonly #energies: number[] = []
  #frames = 0
  /** Of the window under way: its first frame is `#windowBegin`, and `#windowEnd` is that of the next. */
  #windowBegin = 0
  #windowEnd: number
  /** The first sample of a frame whose other has not come. */
  #carried: number | undefined

  /** @throws RangeError for a rate or a number of channels that is not as the options say. */
  constructor({ sampleRateHz, channels }: SoundMeterOptions) {
    if (!(sampleRateHz >= 8000 && sampleRateHz <= 192_000) || (channels !== 1 && channels !== 2))
      throw new RangeError(`No sound of ${channels} channels at ${sampleRateHz} Hz is measured`)
    this.#sampleRateHz = sampleRateHz
    this.#channels = Array.from({ length: channels }, () => new ChannelMeter(sampleRateHz))
    this.#windowEnd = this.#frameOf(1)
  }

  /** @param samples - interleaved, full scale being 1; may begin and end within a frame. What is no number counts as 0. */
  push(samples: Float32Array): void {
    if (samples.length === 0) return
    let begin = 0
    if (this.#carried !== undefined) {
      this.#measure(Float32Array.of(this.#carried, samples[0] ?? 0))
      this.#carried = undefined
      begin = 1
    }
    const end = samples.length - ((samples.length - begin) % this.#channels.length)
    if (end < samples.length) this.#carried = samples[end]
    this.#measure(samples.subarray(begin, end))
  }

  /** Ends the measurement; call it once. A last frame that lacks a channel is left out. */
  finish(): SoundEvidence {
    const energies = this.#energies.slice()
    const measuredFrames = Math.min(this.#frames, this.#frameOf(maxWindows))
    if (this.#peaks.length < maxWindows && this.#frames > this.#windowBegin) this.#endWindow()
    const peak = this.#peaks.reduce((highest, value) => Math.max(highest, value), 0)
    return {
      durationSeconds: this.#frames / this.#sampleRateHz,
      measuredSeconds: measuredFrames / this.#sampleRateHz,
      peaks: Float32Array.from(this.#peaks),
      rms: Float32Array.from(this.#rms),
      hotShares: Float32Array.from(this.#hotShares),
      clippedShares: Float32Array.from(this.#clippedShares),
      integratedLoudnessLufs: integratedLoudness(energies),
      samplePeakDbfs: peak > 0 ? 20 * Math.log10(peak) : undefined,
      brokenSamples: this.#channels.reduce((sum, channel) => sum + channel.brokenSamples, 0),
    }
  }

  /** @param samples - whole frames. */
  #measure(samples: Float32Array): void {
    const stride = this.#channels.length
    const frames = samples.length / stride
    for (let done = 0; done < frames; ) {
      if (this.#peaks.length === maxWindows) {
        this.#frames += frames - done
        return
      }
      const count = Math.min(frames - done, this.#windowEnd - this.#frames)
      for (const [channel, meter] of this.#channels.entries())
        meter.add(samples, done * stride + channel, (done + count) * stride, stride)
      done += count
      this.#frames += count
      if (this.#frames === this.#windowEnd) this.#endWindow()
    }
  }

  #endWindow(): void {
    const windows = this.#channels.map((channel) => channel.endWindow())
    this.#peaks.push(Math.max(...windows.map(({ peak }) => peak)))
    this.#rms.push(Math.max(...windows.map(({ rms }) => rms)))
    this.#hotShares.push(Math.max(...windows.map(({ hotShare }) => hotShare)))
    this.#clippedShares.push(Math.max(...windows.map(({ clippedShare }) => clippedShare)))
    this.#energies.push(windows.reduce((sum, { energy }) => sum + energy, 0))
    this.#windowBegin = this.#windowEnd
    this.#windowEnd = this.#frameOf(this.#peaks.length + 1)
  }

  /** The first frame of a window: those of 100 ms may have a part of a frame, 1102.5 at 11,025 Hz. */
  #frameOf(window: number): number {
    return Math.round(window * windowSeconds * this.#sampleRateHz)
  }
}
