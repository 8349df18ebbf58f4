import type { GpuInstance, GpuProcess } from '../gpu-reading.ts'
import { readMemory } from './device-memory.ts'
import { HandleCalls, query } from './handle-calls.ts'
import { NvmlError } from './nvml-error.ts'
import { nvmlReturn, textBytes } from './nvml-facts.ts'
import type { ProcessLists } from './process-lists.ts'

const queries = {
  mode: query('nvmlDeviceGetMigMode'),
  maxCount: query('nvmlDeviceGetMaxMigDeviceCount'),
  handle: query('nvmlDeviceGetMigDeviceHandleByIndex'),
  uuid: query('nvmlDeviceGetUUID'),
  name: query('nvmlDeviceGetName'),
}

/** `NVML_DEVICE_MIG_ENABLE`. */
const enabled = 1
/** A GPU has at most seven today. */
const maxInstances = 64

interface Instance {
  readonly calls: HandleCalls
  readonly id: string
  readonly profile: string | undefined
}

interface MigReading {
  readonly instances: readonly GpuInstance[]
  /** Undefined where no instance tells. */
  readonly processes: readonly GpuProcess[] | undefined
}

/** The parts that a GPU is divided into. Their handles change with every new division. */
export class MigInstances {
  readonly #calls: HandleCalls
  #instances: readonly Instance[] = []
  /** Undefined where the card has no such mode. */
  isEnabled: boolean | undefined
  /** True when an instance was not there any more: the division is to be looked at again. */
  isStale = false

  constructor(calls: HandleCalls) {
    this.#calls = calls
  }

  /** Looks at the division anew. @returns true when the mode of the GPU is another one than before. */
  refresh(): boolean {
    const { scratch, spare } = this.#calls.context
    const before = this.isEnabled
    const isKnown = this.#calls.askWith(queries.mode, scratch.bytes, spare[0].bytes)
    this.isEnabled = isKnown ? scratch.rawWord(0) === enabled : undefined
    this.#instances = this.isEnabled ? this.#list() : []
    this.isStale = false
    return before !== this.isEnabled
  }

  /** @returns what the instances hold, and the programs on them; undefined when the GPU is not divided. */
  read(lists: ProcessLists): MigReading | undefined {
    if (!this.isEnabled) return undefined
    const instances: GpuInstance[] = []
    let processes: GpuProcess[] | undefined = this.#instances.length === 0 ? [] : undefined
    for (const { calls, id, profile } of this.#instances) {
      try {
        calls.startReading()
        // A handle may come to mean another instance when the GPU is divided anew.
        if ((calls.text(queries.uuid, textBytes) ?? id) !== id) {
          this.isStale = true
          continue
        }
        const memory = readMemory(calls)
        instances.push({ id, ...(profile ? { profile } : {}), ...(memory ? { memory } : {}) })
        const found = lists.read(calls, id)
        if (found) processes = [...(processes ?? []), ...found]
        calls.endReading()
      } catch (error) {
        this.#note(error)
      }
    }
    return { instances, processes }
  }

  #list(): readonly Instance[] {
    const count = this.#calls.word(queries.maxCount)
    const instances: Instance[] = []
    for (let index = 0; index < Math.min(count || 0, maxInstances); index++) {
      const instance = this.#instance(index)
      if (instance) instances.push(instance)
    }
    return instances
  }

  /** Most places are empty: the GPU has as many as it could be divided into. */
  #instance(index: number): Instance | undefined {
    const { scratch } = this.#calls.context
    const code = this.#calls.codeOf(queries.handle, index, scratch.bytes)
    if (code === undefined || code === nvmlReturn.notFound) return undefined
    if (code !== nvmlReturn.success) {
      this.#calls.judge(queries.handle, code)
      return undefined
    }
    const calls = new HandleCalls(this.#calls.context, scratch.handle())
    try {
      const id = calls.text(queries.uuid, textBytes) ?? `instance ${index}`
      return { calls, id, profile: profileOf(calls.text(queries.name, textBytes)) }
    } catch (error) {
      this.#note(error)
      return undefined
    }
  }

  /** An instance that is gone is no fault of the GPU. */
  #note(error: unknown): void {
    const isInstanceGone =
      error instanceof NvmlError &&
      (error.code === nvmlReturn.notFound || error.code === nvmlReturn.gpuNotFound)
    if (!isInstanceGone) throw error
    this.isStale = true
  }
}

/** `NVIDIA H100 80GB HBM3 MIG 1g.10gb` is an instance of the profile `1g.10gb`. */
function profileOf(name: string | undefined): string | undefined {
  return name?.match(/\bMIG (\S+)$/)?.[1]
}
