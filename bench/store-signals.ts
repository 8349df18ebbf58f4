/** A node with GPUs at work, and the kinds of signal that its series are made of. Seeded: the same every time. */
import type { Attributes } from '../src/model/sample.ts'
import type { Random } from '../src/system/random.ts'

/** The value of a series at the next tick. */
export type Signal = () => number
export type Kind = 'constant' | 'whole' | 'decimals' | 'counter' | 'bursty' | 'float'
export interface Line {
  readonly kind: Kind
  readonly name: string
  readonly attributes: Attributes
  readonly next: Signal
}

export const gpuCount = 8
const phaseSeconds = { idle: 30, load: 15, denoise: 150, decode: 20, encode: 10 } as const
type Phase = keyof typeof phaseSeconds
const phases = Object.keys(phaseSeconds) as Phase[]
/** A level for each phase, in the order of `phases`. */
export type Levels = readonly [idle: number, load: number, denoise: number, decode: number, encode: number]

/** One node: its chance, the phases of its GPUs, and its series in the order in which they are collected. */
export class GpuNode {
  readonly lines: Line[] = []
  readonly #random: Random
  readonly #intervalSeconds: number
  readonly #gpus = Array.from({ length: gpuCount }, () => ({ phase: 0, secondsLeft: 0 }))
  #tick = 0

  constructor(random: Random, intervalSeconds: number) {
    this.#random = random
    this.#intervalSeconds = intervalSeconds
  }

  step(): void {
    this.#tick += 1
    for (const gpu of this.#gpus) {
      gpu.secondsLeft -= this.#intervalSeconds
      while (gpu.secondsLeft <= 0) {
        gpu.phase = (gpu.phase + 1) % phases.length
        gpu.secondsLeft += phaseSeconds[phases[gpu.phase] ?? 'idle'] * Math.exp(0.5 * this.normal())
      }
    }
  }

  add(kind: Kind, name: string, attributes: Attributes, next: Signal): void {
    this.lines.push({ kind, name, attributes, next })
  }

  constant(name: string, attributes: Attributes, value: number): void {
    this.add('constant', name, attributes, () => value)
  }

  chance(): number {
    return this.#random.next()
  }

  /** Standard normal, by Box and Muller. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.chance())) * Math.cos(2 * Math.PI * this.chance())
  }

  /** The level of a GPU's phase. */
  at(gpu: number, levels: Levels): number {
    return levels[this.#gpus[gpu]?.phase ?? 0] ?? 0
  }

  /** Share of GPUs with a job, in 0..1. */
  busy(): number {
    return this.#gpus.filter(({ phase }) => phase > 0).length / gpuCount
  }

  /** Follows its level with noise in proportion to it, rounded to multiples of `resolution`. */
  gauge(
    level: Signal,
    { noise, resolution }: { readonly noise: number; readonly resolution: number },
  ): Signal {
    let value = level()
    const digits = Math.max(0, Math.round(-Math.log10(resolution)))
    return () => {
      const target = level()
      value = Math.max(0, value + 0.7 * (target - value) + noise * target * this.normal())
      return roundTo(value, resolution, digits)
    }
  }

  /** As `gauge`, for ratios: never above one. */
  ratio(level: Signal, options: { readonly noise: number; readonly resolution: number }): Signal {
    const next = this.gauge(level, options)
    return () => Math.min(1, next())
  }

  /** Wanders about `level` slowly, as what has heat or inertia does. */
  slow(level: Signal, step: number, resolution: number): Signal {
    let value = level()
    return () => {
      value += 0.03 * (level() - value) + step * this.normal()
      return roundTo(Math.max(0, value), resolution, 0)
    }
  }

  /** Grows by `perSecond` with noise, in whole `1 / unitsPerOne`; starts as on a host that has been up for weeks. */
  counter(perSecond: Signal, noise: number, unitsPerOne = 1): Signal {
    let units = Math.round(perSecond() * unitsPerOne * 1e6 * (1 + this.chance()))
    return () => {
      const grown = perSecond() * this.#intervalSeconds * unitsPerOne * (1 + noise * this.normal())
      units += Math.max(0, Math.round(grown))
      return units / unitsPerOne
    }
  }

  /** Zero, but for bursts of a few ticks. */
  bursts(chancePerTick: number, size: number, resolution: number): Signal {
    let ticksLeft = 0
    return () => {
      if (ticksLeft === 0 && this.chance() < chancePerTick) ticksLeft = 1 + Math.floor(4 * this.chance())
      if (ticksLeft === 0) return 0
      ticksLeft -= 1
      return roundTo(-size * Math.log(1 - this.chance()), resolution, Math.max(0, -Math.log10(resolution)))
    }
  }

  /** Asked again each minute; unchanged in between, as our windows are. */
  eachMinute(next: Signal): Signal {
    const ticks = Math.max(1, Math.round(60 / this.#intervalSeconds))
    let value = next()
    return () => {
      if (this.#tick % ticks === 0) value = next()
      return value
    }
  }
}

/** `toFixed` gives the double nearest to the decimal, as a parser of the printed value does. */
export function roundTo(value: number, resolution: number, digits: number): number {
  const rounded = Math.round(value / resolution) * resolution
  return digits === 0 ? rounded : Math.round(value * 10 ** digits) / 10 ** digits
}
