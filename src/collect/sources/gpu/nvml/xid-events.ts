import type { Clock } from '../../../../system/clock.ts'
import type { GpuXid } from '../gpu-reading.ts'
import { type HandleCalls, type NvmlContext, query } from './handle-calls.ts'
import { NvmlError } from './nvml-error.ts'
import { eventData, isLoss, nvmlReturn, xidEvent } from './nvml-facts.ts'
import { Scratch } from './scratch.ts'

const queries = {
  supported: query('nvmlDeviceGetSupportedEventTypes'),
  register: query('nvmlDeviceRegisterEvents'),
}

/** More events than this in one reading is a storm: the rest waits for the next. */
const maxEvents = 1000

/** The events of critical errors. They wait in the driver until they are fetched. */
export class XidEvents {
  readonly #context: NvmlContext
  readonly #clock: Clock
  readonly #event = new Scratch(64)
  readonly #ids = new Map<number | bigint, string>()
  #set: number | bigint | undefined

  constructor(context: NvmlContext, clock: Clock) {
    this.#context = context
    this.#clock = clock
  }

  /** Follows these devices, by their ids, and no others. */
  follow(devices: ReadonlyMap<string, HandleCalls>): void {
    this.close()
    const { functions } = this.#context.library
    if (functions.nvmlEventSetCreate?.(this.#event.bytes) !== nvmlReturn.success) return
    this.#set = this.#event.handle()
    for (const [id, calls] of devices) {
      this.#ids.set(calls.handle, id)
      this.#register(calls, this.#set)
    }
  }

  /** False where the driver knows no events. */
  get isFollowing(): boolean {
    return this.#set !== undefined
  }

  /** What has come since the last call. Never waits. */
  drain(): readonly GpuXid[] {
    const { functions } = this.#context.library
    const wait = functions.nvmlEventSetWait_v2 ?? functions.nvmlEventSetWait
    if (this.#set === undefined || wait === undefined) return []
    const xids: GpuXid[] = []
    for (let count = 0; count < maxEvents; count++) {
      const code = wait(this.#set, this.#event.bytes, 0)
      // Nothing more, or a GPU of the set was lost: its own reading says so too, and then there will be a new set.
      if (code !== nvmlReturn.success) break
      if ((this.#event.rawWord(eventData.type) & xidEvent) === 0) continue
      const handle = this.#event.handle(eventData.device)
      const device = this.#ids.get(handle) ?? 'unknown'
      const xid = this.#event.long(eventData.data)
      if (Number.isNaN(xid)) this.#context.skipped += 1
      else xids.push({ timestampMs: this.#clock.nowMs(), device, code: xid })
    }
    return xids
  }

  #register(calls: HandleCalls, set: number | bigint): void {
    try {
      const supported = calls.ask(queries.supported) ? this.#context.scratch.rawWord(0) : 0
      if ((supported & xidEvent) !== 0) calls.askWith(queries.register, xidEvent, set)
    } catch (error) {
      // One that has just been lost is none of the others' business; its reading will tell.
      if (!(error instanceof NvmlError) || !isLoss(error.code)) throw error
    }
  }

  close(): void {
    if (this.#set !== undefined) this.#context.library.functions.nvmlEventSetFree?.(this.#set)
    this.#set = undefined
    this.#ids.clear()
  }
}
