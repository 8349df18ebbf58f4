import type { Clock } from '../../../../system/clock.ts'
import type { GpuReading, ThrottleReason } from '../gpu-reading.ts'
import { type DeviceFacts, type DriverFacts, readDeviceFacts } from './device-facts.ts'
import { DeviceFields } from './device-fields.ts'
import { type DeviceHealth, readDeviceHealth } from './device-health.ts'
import { readMemory } from './device-memory.ts'
import { HandleCalls, type NvmlContext, type Query, query } from './handle-calls.ts'
import { MigInstances } from './mig-instances.ts'
import { fanSpeedV1, fieldId, marginV1, reasonBits, temperatureV1 } from './nvml-facts.ts'
import type { ProcessLists } from './process-lists.ts'

const fanNumbers = Array.from({ length: 16 }, (_, fan) => fan)

const queries = {
  utilization: query('nvmlDeviceGetUtilizationRates'),
  encoder: query('nvmlDeviceGetEncoderUtilization'),
  decoder: query('nvmlDeviceGetDecoderUtilization'),
  jpeg: query('nvmlDeviceGetJpgUtilization'),
  opticalFlow: query('nvmlDeviceGetOfaUtilization'),
  encoderStats: query('nvmlDeviceGetEncoderStats'),
  temperature: query('nvmlDeviceGetTemperatureV'),
  /** `NVML_TEMPERATURE_GPU`. */
  temperatureBefore: query('nvmlDeviceGetTemperature', 0),
  margin: query('nvmlDeviceGetMarginTemperature'),
  power: query('nvmlDeviceGetPowerUsage'),
  energy: query('nvmlDeviceGetTotalEnergyConsumption'),
  /** `NVML_CLOCK_GRAPHICS`, `_SM`, `_MEM`, `_VIDEO`. */
  graphicsClock: query('nvmlDeviceGetClockInfo', 0),
  smClock: query('nvmlDeviceGetClockInfo', 1),
  memoryClock: query('nvmlDeviceGetClockInfo', 2),
  videoClock: query('nvmlDeviceGetClockInfo', 3),
  reasons: query('nvmlDeviceGetCurrentClocksEventReasons'),
  reasonsBefore: query('nvmlDeviceGetCurrentClocksThrottleReasons'),
  performanceState: query('nvmlDeviceGetPerformanceState'),
  fans: fanNumbers.map((fan) => query('nvmlDeviceGetFanSpeed_v2', fan)),
  fanBefore: query('nvmlDeviceGetFanSpeed'),
  fanRpm: query('nvmlDeviceGetFanSpeedRPM'),
  generation: query('nvmlDeviceGetCurrPcieLinkGeneration'),
  width: query('nvmlDeviceGetCurrPcieLinkWidth'),
  replays: query('nvmlDeviceGetPcieReplayCounter'),
  /** `NVML_PCIE_UTIL_TX_BYTES`, `_RX_BYTES`. */
  transmitRate: query('nvmlDeviceGetPcieThroughput', 0),
  receiveRate: query('nvmlDeviceGetPcieThroughput', 1),
}

/** How long what changes slowly is believed, in milliseconds. */
export const slowMs = 10_000

/** The library measures this for 20 ms, and blocks meanwhile. */
const readingsPerThroughput = 10

/** `NVML_PSTATE_15`; beyond it is `NVML_PSTATE_UNKNOWN`. */
const slowestState = 15

const noReasons: readonly ThrottleReason[] = []

type Draft = { -readonly [Key in keyof GpuReading]: GpuReading[Key] }
type Pcie = { -readonly [Key in keyof NonNullable<GpuReading['pcie']>]: NonNullable<GpuReading['pcie']>[Key] }

/** One GPU, as long as its handle is good. Every method throws an NvmlError when it no longer is. */
export class NvmlDevice {
  readonly calls: HandleCalls
  readonly facts: DeviceFacts
  readonly #clock: Clock
  readonly #mig: MigInstances
  #fields: DeviceFields
  #health: DeviceHealth = {}
  /** Monotonic milliseconds. */
  #healthMs = Number.NEGATIVE_INFINITY
  #readingCount = 0

  constructor(
    context: NvmlContext,
    clock: Clock,
    handle: number | bigint,
    index: number,
    driver: DriverFacts,
  ) {
    this.calls = new HandleCalls(context, handle)
    this.#clock = clock
    this.facts = readDeviceFacts(this.calls, index, driver)
    this.#fields = new DeviceFields(this.calls)
    this.#mig = new MigInstances(this.calls)
  }

  /** Whether this handle was ever good for a whole reading. */
  get hasBeenRead(): boolean {
    return this.#readingCount > 0
  }

  read(lists: ProcessLists): GpuReading {
    this.calls.startReading()
    this.#readSlow()
    this.#fields.read()
    const draft: Draft = { ...this.facts.reading, ...this.#health }
    this.#addUtilization(draft)
    this.#addMeasurements(draft)
    this.#addClocks(draft)
    this.#addFans(draft)
    this.#addPcie(draft)
    this.#addPrograms(draft, lists)
    this.calls.endReading()
    this.#readingCount += 1
    return draft
  }

  #readSlow(): void {
    const nowMs = this.#clock.monotonicMs()
    const isDue = nowMs - this.#healthMs >= slowMs
    if (isDue || this.#mig.isStale) {
      // A GPU that is divided refuses what it would tell undivided, and the other way round.
      if (this.#mig.refresh()) {
        this.calls.forgetRefusals()
        this.#fields = new DeviceFields(this.calls)
      }
    }
    if (!isDue) return
    this.#health = readDeviceHealth(this.calls)
    this.#healthMs = nowMs
  }

  #addUtilization(draft: Draft): void {
    const { scratch, spare } = this.calls.context
    if (this.calls.ask(queries.utilization)) {
      draft.utilization = this.#ratio(scratch.word(0))
      draft.memoryUtilization = this.#ratio(scratch.word(4))
    }
    const share = (asked: Query) =>
      this.calls.askWith(asked, scratch.bytes, spare[0].bytes) ? this.#ratio(scratch.word()) : undefined
    draft.encoderUtilization = share(queries.encoder)
    draft.decoderUtilization = share(queries.decoder)
    draft.jpegUtilization = share(queries.jpeg)
    draft.opticalFlowUtilization = share(queries.opticalFlow)
    if (this.calls.askWith(queries.encoderStats, scratch.bytes, spare[0].bytes, spare[1].bytes))
      draft.encoderSessions = known(scratch.word())
  }

  #addMeasurements(draft: Draft): void {
    draft.memory = readMemory(this.calls)
    draft.temperatureCelsius = this.#temperature()
    draft.memoryTemperatureCelsius = known(this.#fields.value(fieldId.memoryTemperature))
    const { scratch } = this.calls.context
    scratch.setWord(0, marginV1.version)
    if (this.calls.ask(queries.margin))
      draft.temperatureMarginCelsius = known(scratch.integer(marginV1.margin))
    draft.powerWatts = this.#either(fieldId.powerAverage, queries.power, 1000)
    const energy = this.#fields.value(fieldId.energy)
    const millijoules = Number.isNaN(energy) ? this.calls.long(queries.energy) : energy
    draft.energyJoules = known(millijoules / 1000)
  }

  #temperature(): number | undefined {
    const { scratch } = this.calls.context
    scratch.setWord(0, temperatureV1.version)
    scratch.setWord(temperatureV1.sensor, 0)
    if (this.calls.ask(queries.temperature)) return known(scratch.integer(temperatureV1.temperature))
    return this.calls.ask(queries.temperatureBefore) ? known(scratch.integer()) : undefined
  }

  #addClocks(draft: Draft): void {
    const graphics = this.#hertz(queries.graphicsClock)
    const sm = this.#hertz(queries.smClock)
    const memory = this.#hertz(queries.memoryClock)
    const video = this.#hertz(queries.videoClock)
    if ((graphics ?? sm ?? memory ?? video) !== undefined) draft.clocksHz = { graphics, sm, memory, video }
    const { scratch } = this.calls.context
    if (this.calls.ask(queries.reasons) || this.calls.ask(queries.reasonsBefore))
      draft.throttleReasons = reasonsOf(scratch.rawWord(0))
    draft.throttledSeconds = this.#fields.throttledSeconds()
    const state = this.calls.word(queries.performanceState)
    if (state <= slowestState) draft.performanceState = state
  }

  /** Of several fans, the fastest: the card is as hot as its worst corner. */
  #addFans(draft: Draft): void {
    const { scratch } = this.calls.context
    let percent = Number.NaN
    let rpm = Number.NaN
    for (let fan = 0; fan < this.facts.fanCount; fan++) {
      percent = greater(percent, this.calls.word(queries.fans[fan] ?? queries.fanBefore))
      scratch.setWord(0, fanSpeedV1.version)
      scratch.setWord(fanSpeedV1.fan, fan)
      if (this.calls.ask(queries.fanRpm)) rpm = greater(rpm, scratch.word(fanSpeedV1.speed))
    }
    if (Number.isNaN(percent) && this.facts.fanCount > 0) percent = this.calls.word(queries.fanBefore)
    draft.fanRatio = known(percent / 100)
    draft.fanRpm = known(rpm)
  }

  #addPcie(draft: Draft): void {
    const pcie: Pcie = { ...this.facts.pcie }
    pcie.generation = known(this.calls.word(queries.generation))
    pcie.width = known(this.calls.word(queries.width))
    pcie.replays = this.#either(fieldId.pcieReplays, queries.replays, 1)
    const transmitted = this.#fields.counter(fieldId.pcieTransmitted)
    const received = this.#fields.counter(fieldId.pcieReceived)
    pcie.transmittedBytes = known(transmitted)
    pcie.receivedBytes = known(received)
    const isRateDue = this.#readingCount % readingsPerThroughput === 0
    if (isRateDue && Number.isNaN(transmitted) && Number.isNaN(received)) {
      // In thousands of bytes a second.
      pcie.transmitBytesPerSecond = known(this.calls.word(queries.transmitRate) * 1000)
      pcie.receiveBytesPerSecond = known(this.calls.word(queries.receiveRate) * 1000)
    }
    if (Object.values(pcie).some((value) => value !== undefined)) draft.pcie = pcie
  }

  #addPrograms(draft: Draft, lists: ProcessLists): void {
    if (this.#mig.isEnabled !== undefined) draft.isMigEnabled = this.#mig.isEnabled
    const divided = this.#mig.read(lists)
    if (divided) {
      draft.instances = divided.instances
      draft.processes = divided.processes
    } else {
      draft.processes = lists.read(this.calls)
    }
  }

  #either(field: number, instead: Query, divisor: number): number | undefined {
    const value = this.#fields.value(field)
    return known((Number.isNaN(value) ? this.calls.word(instead) : value) / divisor)
  }

  /** A share above the whole is garbage. */
  #ratio(percent: number): number | undefined {
    if (percent <= 100) return percent / 100
    if (!Number.isNaN(percent)) this.calls.context.skipped += 1
    return undefined
  }

  /** The answer is in megahertz. */
  #hertz(asked: Query): number | undefined {
    return known(this.calls.word(asked) * 1e6)
  }
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value
}

function greater(a: number, b: number): number {
  return Number.isNaN(a) || b > a ? b : a
}

function reasonsOf(mask: number): readonly ThrottleReason[] {
  let reasons: ThrottleReason[] | undefined
  for (const [reason, bit] of reasonBits) {
    if ((mask & bit) === 0) continue
    reasons ??= []
    reasons.push(reason)
  }
  return reasons ?? noReasons
}
