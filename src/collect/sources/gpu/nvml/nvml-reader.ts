/**
 * Reads NVIDIA GPUs through the library of their driver: handles flow in; plain readings and XID events flow out. All
 * calls block, and one to a driver that hangs never returns: it belongs in a process of its own. It keeps no history.
 */
import type { Clock } from '../../../../system/clock.ts'
import type { GpuAnswer, GpuReader, GpuReading, GpuXid } from '../gpu-reading.ts'
import type { DriverFacts } from './device-facts.ts'
import { type NvmlContext, nvmlContext } from './handle-calls.ts'
import { NvmlDevice, slowMs } from './nvml-device.ts'
import { NvmlError } from './nvml-error.ts'
import { isDriverGone, isLoss, nvmlReturn, textBytes } from './nvml-facts.ts'
import { loadNvmlLibrary, type NvmlFunctionName, type NvmlLibrary } from './nvml-library.ts'
import { ProcessLists } from './process-lists.ts'
import { XidEvents } from './xid-events.ts'

export interface NvmlReaderOptions {
  /** @default what the driver installs: `libnvidia-ml.so.1`, on Windows `nvml.dll` */
  readonly libraryPath?: string
  readonly clock: Clock
}

/** What is known of a GPU that cannot be asked any more. */
type Identity = Pick<
  GpuReading,
  'id' | 'index' | 'vendor' | 'name' | 'serial' | 'pciAddress' | 'driverVersion'
>

/** More GPUs than one machine has. */
const maxDevices = 128

/**
 * Opens the library, which is loaded by koffi only now. The driver is first asked when the GPUs are read.
 *
 * @throws Error that says what is missing: koffi, or the library.
 */
export function openNvmlReader({ libraryPath, clock }: NvmlReaderOptions): NvmlReader {
  return new NvmlReader(loadNvmlLibrary(libraryPath), clock)
}

export class NvmlReader implements GpuReader {
  readonly name = 'nvml'
  readonly #library: NvmlLibrary
  readonly #context: NvmlContext
  readonly #clock: Clock
  readonly #lists: ProcessLists
  readonly #events: XidEvents
  #isStarted = false
  #driver: DriverFacts = {}
  #devices: readonly NvmlDevice[] = []
  /** Not to be asked since the devices were listed. */
  #lost: readonly Identity[] = []
  /** Every GPU that was ever asked, by id: what is lost is named by it. */
  readonly #known = new Map<string, Identity>()
  #listedCount = 0
  #listedMs = Number.NEGATIVE_INFINITY
  #mustList = true
  /** Events that came before the set that held them was given back. */
  #xids: GpuXid[] = []

  constructor(library: NvmlLibrary, clock: Clock) {
    this.#library = library
    this.#context = nvmlContext(library)
    this.#clock = clock
    this.#lists = new ProcessLists(this.#context)
    this.#events = new XidEvents(this.#context, clock)
  }

  /** @throws NvmlError when no GPU at all can be asked: the driver is not loaded, or refuses. */
  read(): GpuAnswer {
    this.#context.skipped = 0
    try {
      this.#start()
      this.#listWhenDue()
      this.#lists.startReading()
      const readings = this.#lost.map(lostReading)
      for (const device of this.#devices) readings.push(this.#read(device))
      readings.sort((a, b) => a.index - b.index)
      const xids = this.drainXids()
      const gpus = this.#events.isFollowing ? readings : readings.map((gpu) => ({ ...gpu, tellsXids: false }))
      return { gpus, xids, skipped: this.#context.skipped }
    } catch (error) {
      if (error instanceof NvmlError && isDriverGone(error.code)) this.#stop()
      throw error
    }
  }

  /** What the driver has reported since this or `read` was called. Never waits for any. */
  drainXids(): readonly GpuXid[] {
    const xids = [...this.#xids, ...this.#events.drain()]
    this.#xids = []
    return xids
  }

  close(): void {
    this.#stop()
  }

  #start(): void {
    if (this.#isStarted) return
    this.#call('nvmlInit_v2')
    this.#isStarted = true
    this.#mustList = true
    this.#driver = this.#readDriver()
  }

  /** The next reading starts the library anew. */
  #stop(): void {
    if (!this.#isStarted) return
    this.#keepXids()
    this.#events.close()
    this.#devices = []
    this.#library.functions.nvmlShutdown?.()
    this.#isStarted = false
  }

  #keepXids(): void {
    this.#xids.push(...this.#events.drain())
  }

  #read(device: NvmlDevice): GpuReading {
    try {
      return device.read(this.#lists)
    } catch (error) {
      if (!(error instanceof NvmlError) || !isLoss(error.code)) throw error
      this.#lose(device)
      return lostReading(device.facts.reading)
    }
  }

  /** A new handle may do; one that was not good for a single reading is not replaced at once by another such one. */
  #lose(device: NvmlDevice): void {
    if (device.hasBeenRead) this.#mustList = true
    this.#devices = this.#devices.filter((other) => other !== device)
    this.#lost = [...this.#lost, identityOf(device.facts.reading)]
  }

  /** Lost GPUs are looked for again now and then: one that was reset is there again, by a new handle. */
  #listWhenDue(): void {
    const count = Math.min(this.#count(), maxDevices)
    const isRetryDue = this.#lost.length > 0 && this.#clock.monotonicMs() - this.#listedMs >= slowMs
    if (this.#mustList || isRetryDue || count !== this.#listedCount) this.#list(count)
  }

  #count(): number {
    const { scratch } = this.#context
    this.#call('nvmlDeviceGetCount_v2', scratch.bytes)
    return scratch.rawWord(0)
  }

  #list(count: number): void {
    this.#keepXids()
    this.#listedMs = this.#clock.monotonicMs()
    const devices: NvmlDevice[] = []
    const lostIndexes: number[] = []
    for (let index = 0; index < count; index++) {
      const device = this.#open(index, lostIndexes)
      if (device) devices.push(device)
    }
    this.#devices = devices
    if (this.#known.size > maxDevices) this.#known.clear()
    for (const { facts } of devices) this.#known.set(facts.reading.id, identityOf(facts.reading))
    this.#lost = this.#missing(lostIndexes)
    this.#events.follow(new Map(devices.map(({ facts, calls }) => [facts.reading.id, calls])))
    this.#listedCount = count
    this.#mustList = false
  }

  #open(index: number, lostIndexes: number[]): NvmlDevice | undefined {
    try {
      const { scratch } = this.#context
      this.#call('nvmlDeviceGetHandleByIndex_v2', index, scratch.bytes)
      return new NvmlDevice(this.#context, this.#clock, scratch.handle(), index, this.#driver)
    } catch (error) {
      if (!(error instanceof NvmlError) || isDriverGone(error.code)) throw error
      if (error.code === nvmlReturn.noPermission) this.#context.skipped += 1
      // An index that is not there any more is an invalid argument; all else is a GPU in a bad state.
      else if (error.code !== nvmlReturn.invalidArgument) lostIndexes.push(index)
      return undefined
    }
  }

  /** A GPU that was there and is not any more is lost too, even when the driver no longer counts it. */
  #missing(lostIndexes: readonly number[]): Identity[] {
    const found = new Set(this.#devices.map(({ facts }) => facts.reading.id))
    const missing = [...this.#known.values()].filter(({ id }) => !found.has(id))
    const taken = new Set(missing.map(({ index }) => index))
    const unknown = lostIndexes.filter((index) => !taken.has(index))
    return [
      ...missing,
      ...unknown.map((index): Identity => ({ id: `index ${index}`, index, vendor: 'nvidia' })),
    ]
  }

  #readDriver(): DriverFacts {
    const { scratch } = this.#context
    const { functions } = this.#library
    const hasDriver = functions.nvmlSystemGetDriverVersion?.(scratch.bytes, textBytes) === nvmlReturn.success
    const driverVersion = hasDriver ? scratch.text(0, textBytes) : undefined
    // The second version needs CUDA's own library, which a machine may lack.
    const { nvmlSystemGetCudaDriverVersion_v2: newer, nvmlSystemGetCudaDriverVersion: older } = functions
    const hasCuda = [newer, older].some((ask) => ask?.(scratch.bytes) === nvmlReturn.success)
    const cudaVersion = hasCuda ? cudaText(scratch.word()) : undefined
    return { ...(driverVersion ? { driverVersion } : {}), ...(cudaVersion ? { cudaVersion } : {}) }
  }

  #call(name: NvmlFunctionName, ...args: (number | bigint | Uint8Array)[]): void {
    const code = this.#library.functions[name]?.(...args) ?? nvmlReturn.functionNotFound
    if (code !== nvmlReturn.success) throw new NvmlError(name, code, this.#library.describe(code))
  }
}

/** `NVML_CUDA_DRIVER_VERSION_MAJOR`, `_MINOR`: 13010 is 13.1. */
function cudaText(version: number): string | undefined {
  return version > 0 ? `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}` : undefined
}

function identityOf({ id, index, vendor, name, serial, pciAddress, driverVersion }: Identity): Identity {
  return { id, index, vendor, ...withoutUndefined({ name, serial, pciAddress, driverVersion }) }
}

function lostReading(identity: Identity): GpuReading {
  return { ...identityOf(identity), isLost: true }
}

function withoutUndefined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
}
