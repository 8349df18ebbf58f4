import type { GpuProcess } from '../gpu-reading.ts'
import { numberOf } from './device-facts.ts'
import { type HandleCalls, type NvmlContext, type Query, query } from './handle-calls.ts'
import { nvmlReturn, processInfo } from './nvml-facts.ts'
import { Scratch } from './scratch.ts'

/** The function and the length of the struct it fills belong together: one must never be used with the other's. */
interface ListQuery {
  readonly newer: Query
  readonly older: Query
}

const lists: readonly ListQuery[] = [
  {
    newer: query('nvmlDeviceGetComputeRunningProcesses_v3'),
    older: query('nvmlDeviceGetComputeRunningProcesses'),
  },
  {
    newer: query('nvmlDeviceGetGraphicsRunningProcesses_v3'),
    older: query('nvmlDeviceGetGraphicsRunningProcesses'),
  },
  {
    newer: query('nvmlDeviceGetMPSComputeRunningProcesses_v3'),
    older: query('nvmlDeviceGetMPSComputeRunningProcesses'),
  },
]

const firstRoom = 64
/** More programs than any GPU runs; a longer list is not believed. */
const maxRoom = 4096
/** A list may grow between two calls; one that outgrows the room this often is left out. */
const maxTries = 4
const nameBytes = 256

/** Which programs use a GPU or an instance. */
export class ProcessLists {
  readonly #context: NvmlContext
  #room = firstRoom
  #buffer = new Scratch(firstRoom * processInfo.bytesV2)
  readonly #nameBuffer = new Scratch(nameBytes)
  /** By process id, of those that were in a list at this reading and the one before. */
  #names = new Map<number, string | undefined>()
  #namesBefore = new Map<number, string | undefined>()

  constructor(context: NvmlContext) {
    this.#context = context
  }

  /** To be called once before the lists of all devices are read: forgets the names of programs that have ended. */
  startReading(): void {
    this.#namesBefore = this.#names
    this.#names = new Map()
  }

  /**
   * @param instance - what the programs are marked with
   * @returns undefined when none of the lists is to be had.
   */
  read(calls: HandleCalls, instance?: string): readonly GpuProcess[] | undefined {
    const found = new Map<number, number>()
    let isKnown = false
    for (const list of lists) {
      if (this.#gather(calls, list.newer, processInfo.bytesV2, found)) isKnown = true
      else if (!(list.newer.name in this.#context.library.functions)) {
        if (this.#gather(calls, list.older, processInfo.bytesV1, found)) isKnown = true
      }
    }
    if (!isKnown) return undefined
    return [...found].map(([pid, used]) => {
      const name = this.#nameOf(pid)
      const usedBytes = numberOf(used)
      return {
        pid,
        ...(name === undefined ? {} : { name }),
        ...(usedBytes === undefined ? {} : { usedBytes }),
        ...(instance === undefined ? {} : { instance }),
      }
    })
  }

  /** A program that computes and draws is in two lists, with the same memory in both. */
  #gather(calls: HandleCalls, asked: Query, bytes: number, found: Map<number, number>): boolean {
    const [count] = this.#context.spare
    for (let tries = 0; tries < maxTries; tries++) {
      count.setWord(0, Math.floor(this.#buffer.bytes.length / bytes))
      const code = calls.codeOf(asked, count.bytes, this.#buffer.bytes)
      if (code === undefined) return false
      if (code === nvmlReturn.insufficientSize) {
        if (!this.#makeRoom(count.rawWord(0))) break
        continue
      }
      if (code !== nvmlReturn.success) return calls.judge(asked, code)
      const length = Math.min(count.rawWord(0), Math.floor(this.#buffer.bytes.length / bytes))
      for (let index = 0; index < length; index++) {
        const pid = this.#buffer.rawWord(index * bytes + processInfo.pid)
        const used = this.#buffer.long(index * bytes + processInfo.usedBytes)
        const before = found.get(pid) ?? Number.NaN
        found.set(pid, used > before || Number.isNaN(before) ? used : before)
      }
      return true
    }
    this.#context.skipped += 1
    return false
  }

  #makeRoom(wanted: number): boolean {
    if (this.#room >= maxRoom) return false
    this.#room = Math.min(maxRoom, Math.max(this.#room * 2, wanted + firstRoom))
    this.#buffer = new Scratch(this.#room * processInfo.bytesV2)
    return true
  }

  #nameOf(pid: number): string | undefined {
    if (this.#names.has(pid)) return this.#names.get(pid)
    const name = this.#namesBefore.has(pid) ? this.#namesBefore.get(pid) : this.#askName(pid)
    this.#names.set(pid, name)
    return name
  }

  /** In a container the ids may be those of the host, and have no name here. */
  #askName(pid: number): string | undefined {
    const call = this.#context.library.functions.nvmlSystemGetProcessName
    const code = call?.(pid, this.#nameBuffer.bytes, nameBytes)
    return code === nvmlReturn.success ? this.#nameBuffer.text(0, nameBytes) : undefined
  }
}
