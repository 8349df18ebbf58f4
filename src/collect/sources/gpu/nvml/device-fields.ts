import type { ThrottleReason } from '../gpu-reading.ts'
import { type HandleCalls, query } from './handle-calls.ts'
import { fieldId, fieldValue, isRefusal, nvmlReturn, valueType } from './nvml-facts.ts'
import { Scratch } from './scratch.ts'

const queries = { fields: query('nvmlDeviceGetFieldValues') }

const asked = [
  fieldId.powerCapped,
  fieldId.syncBoosted,
  fieldId.memoryTemperature,
  fieldId.energy,
  fieldId.pcieReplays,
  fieldId.powerAverage,
  fieldId.pcieTransmitted,
  fieldId.pcieReceived,
  ...fieldId.throttledByHeader,
  ...fieldId.throttledByBindings,
] as const

const thermalReasons = ['sw_thermal_slowdown', 'hw_thermal_slowdown', 'hw_power_brake_slowdown'] as const
const nanosecondsPerSecond = 1e9

/** Values that the library gives in one call, by their numbers. Those that are refused are not asked again. */
export class DeviceFields {
  readonly #calls: HandleCalls
  readonly #buffer = new Scratch(asked.length * fieldValue.bytes)
  /** Where in the buffer a field stands: its place, or undefined. */
  readonly #places = new Map<number, number>()
  #isWhole = false

  constructor(calls: HandleCalls) {
    this.#calls = calls
    this.#ask(asked)
  }

  read(): void {
    this.#isWhole = false
    const count = this.#places.size
    if (count === 0) return
    for (let place = 0; place < count; place++) {
      const offset = place * fieldValue.bytes
      // An entry that the library passes over must not show what it held before.
      this.#buffer.setWord(offset + fieldValue.code, nvmlReturn.noData)
      this.#buffer.setWord(offset + fieldValue.value, 0)
      this.#buffer.setWord(offset + fieldValue.value + 4, 0)
    }
    this.#isWhole = this.#calls.askWith(queries.fields, count, this.#buffer.bytes)
    if (this.#isWhole) this.#dropRefused(count)
  }

  /** `NaN` for what is not there. */
  value(id: number): number {
    const offset = this.#offset(id)
    return offset === undefined ? Number.NaN : decoded(this.#buffer, offset)
  }

  /** A counter of 64 bits; `NaN` for one of fewer, which wraps between two readings. */
  counter(id: number): number {
    const offset = this.#offset(id)
    return offset === undefined || !isLong(this.#buffer, offset) ? Number.NaN : decoded(this.#buffer, offset)
  }

  /** Undefined when the card tells none. */
  throttledSeconds(): Partial<Record<ThrottleReason, number>> | undefined {
    const seconds: Partial<Record<ThrottleReason, number>> = {}
    let isEmpty = true
    const add = (reason: ThrottleReason, id: number | undefined) => {
      const nanoseconds = id === undefined ? Number.NaN : this.counter(id)
      if (Number.isNaN(nanoseconds)) return
      seconds[reason] = nanoseconds / nanosecondsPerSecond
      isEmpty = false
    }
    add('sw_power_cap', fieldId.powerCapped)
    add('sync_boost', fieldId.syncBoosted)
    const ids = this.#thermalIds()
    for (const [index, reason] of thermalReasons.entries()) add(reason, ids[index])
    return isEmpty ? undefined : seconds
  }

  /**
   * Of the two numberings of these counters, the one that this driver means: times are of 64 bits, and the settings of
   * power smoothing that the other one stands for are words or not there. When both look like times, none is believed.
   */
  #thermalIds(): readonly number[] {
    const looksLikeTimes = (ids: readonly number[]) => ids.some((id) => !Number.isNaN(this.counter(id)))
    const { throttledByHeader, throttledByBindings } = fieldId
    const isHeader = looksLikeTimes(throttledByHeader)
    if (isHeader === looksLikeTimes(throttledByBindings)) return []
    return isHeader ? throttledByHeader : throttledByBindings
  }

  #offset(id: number): number | undefined {
    const place = this.#isWhole ? this.#places.get(id) : undefined
    if (place === undefined) return undefined
    const offset = place * fieldValue.bytes
    return this.#buffer.rawWord(offset + fieldValue.code) === nvmlReturn.success ? offset : undefined
  }

  /** The entries that remain keep their answers until the next reading. */
  #dropRefused(count: number): void {
    const codeAt = (place: number) => this.#buffer.rawWord(place * fieldValue.bytes + fieldValue.code)
    let hasRefused = false
    for (let place = 0; place < count && !hasRefused; place++) hasRefused = isFieldRefusal(codeAt(place))
    if (!hasRefused) return
    const kept = [...this.#places].filter(([, place]) => !isFieldRefusal(codeAt(place)))
    const answers = kept.map(([, place]) =>
      this.#buffer.bytes.slice(place * fieldValue.bytes, (place + 1) * fieldValue.bytes),
    )
    this.#ask(kept.map(([id]) => id))
    for (const [place, answer] of answers.entries()) this.#buffer.bytes.set(answer, place * fieldValue.bytes)
  }

  #ask(ids: readonly number[]): void {
    this.#places.clear()
    for (const [place, id] of ids.entries()) {
      this.#places.set(id, place)
      this.#buffer.setWord(place * fieldValue.bytes + fieldValue.id, id)
      this.#buffer.setWord(place * fieldValue.bytes + fieldValue.scope, 0)
    }
  }
}

/** A number that a driver does not know is an invalid argument to it. */
function isFieldRefusal(code: number): boolean {
  return isRefusal(code) || code === nvmlReturn.invalidArgument
}

function isLong(buffer: Scratch, offset: number): boolean {
  const type = buffer.rawWord(offset + fieldValue.type)
  return type === valueType.unsigned64 || (type === valueType.unsignedLong && process.platform !== 'win32')
}

const doubleView = new DataView(new ArrayBuffer(8))

function decoded(buffer: Scratch, offset: number): number {
  const at = offset + fieldValue.value
  switch (buffer.rawWord(offset + fieldValue.type)) {
    case valueType.double:
      doubleView.setUint32(0, buffer.rawWord(at), true)
      doubleView.setUint32(4, buffer.rawWord(at + 4), true)
      return doubleView.getFloat64(0, true)
    case valueType.unsignedInt:
      return buffer.word(at)
    case valueType.unsignedLong:
      return isLong(buffer, offset) ? buffer.long(at) : buffer.word(at)
    case valueType.unsigned64:
      return buffer.long(at)
    case valueType.signed64: {
      const value = buffer.long(at)
      // No value that is asked for can be so far below zero.
      return value >= 2 ** 63 ? Number.NaN : value
    }
    case valueType.signedInt:
      return buffer.integer(at)
    case valueType.unsignedShort:
      return buffer.rawWord(at) & 0xffff
    default:
      return Number.NaN
  }
}
