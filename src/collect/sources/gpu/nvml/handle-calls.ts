import { NvmlError } from './nvml-error.ts'
import { isDriverGone, isLoss, isRefusal, nvmlReturn } from './nvml-facts.ts'
import type { NvmlArgument, NvmlFunctionName, NvmlLibrary } from './nvml-library.ts'
import { Scratch } from './scratch.ts'

/** Where answers are written when they are read at once: the longest is a text or an array of fields. */
const scratchBytes = 1024

/** One thing that can be asked of a handle; refusals are remembered by its number. */
export interface Query {
  readonly name: NvmlFunctionName
  /** The argument between the handle and the answer: a kind of clock, a fan. */
  readonly part: number | undefined
  readonly number: number
}

let queryCount = 0

/** Made once per question, in the modules that ask it. */
export function query(name: NvmlFunctionName, part?: number): Query {
  queryCount += 1
  return { name, part, number: queryCount - 1 }
}

/** What all handles of one library share. Nothing in it outlives one call. */
export interface NvmlContext {
  readonly library: NvmlLibrary
  /** Answers. */
  readonly scratch: Scratch
  /** Second and third answers, which mostly nobody wants. */
  readonly spare: readonly [Scratch, Scratch, Scratch]
  /** Answers left out as unusable since the reading began. */
  skipped: number
}

export function nvmlContext(library: NvmlLibrary): NvmlContext {
  const spare = () => new Scratch(64)
  return { library, scratch: new Scratch(scratchBytes), spare: [spare(), spare(), spare()], skipped: 0 }
}

/**
 * The questions to one handle. What the card or the driver does not support is asked once and never again; what ends
 * all questions to this handle is thrown.
 */
export class HandleCalls {
  readonly handle: number | bigint
  readonly context: NvmlContext
  readonly #refused: Uint8Array
  /** Whether anything was answered since `startReading`, and what failed. */
  #hasAnswer = false
  #failedName: NvmlFunctionName | undefined

  constructor(context: NvmlContext, handle: number | bigint) {
    this.context = context
    this.handle = handle
    this.#refused = new Uint8Array(queryCount)
  }

  /** Forgets what was refused: the card works in another mode now. */
  forgetRefusals(): void {
    this.#refused.fill(0)
  }

  startReading(): void {
    this.#hasAnswer = false
    this.#failedName = undefined
  }

  /**
   * A library that does not know a handle any more calls it an invalid argument, and a GPU in a bad state an unknown
   * error.
   *
   * @throws NvmlError when questions failed and none was answered.
   */
  endReading(): void {
    if (this.#hasAnswer || this.#failedName === undefined) return
    throw this.#error(this.#failedName, nvmlReturn.gpuNotFound)
  }

  /** True when the answer stands in the scratch. */
  ask({ name, part, number }: Query): boolean {
    if (this.#refused[number] === 1) return false
    const call = this.context.library.functions[name]
    if (call === undefined) return this.#refuse(number)
    const { bytes } = this.context.scratch
    const code = part === undefined ? call(this.handle, bytes) : call(this.handle, part, bytes)
    return code === nvmlReturn.success ? this.#answered() : this.#failed(name, number, code)
  }

  /** As `ask`, for functions that take other arguments than one answer. */
  askWith({ name, number }: Query, ...args: NvmlArgument[]): boolean {
    const code = this.codeOf({ name, number, part: undefined }, ...args)
    if (code === undefined) return false
    return code === nvmlReturn.success ? this.#answered() : this.#failed(name, number, code)
  }

  /** The bare code, for functions of which more than success is wanted; undefined when it was refused before. */
  codeOf({ name, number }: Query, ...args: NvmlArgument[]): number | undefined {
    if (this.#refused[number] === 1) return undefined
    const call = this.context.library.functions[name]
    if (call === undefined) {
      this.#refuse(number)
      return undefined
    }
    return call(this.handle, ...args)
  }

  /** What to make of a code other than success. */
  judge({ name, number }: Query, code: number): false {
    return this.#failed(name, number, code)
  }

  word(asked: Query): number {
    return this.ask(asked) ? this.context.scratch.word() : Number.NaN
  }

  long(asked: Query): number {
    return this.ask(asked) ? this.context.scratch.long() : Number.NaN
  }

  text(asked: Query, byteLength: number): string | undefined {
    const { scratch } = this.context
    return this.askWith(asked, scratch.bytes, byteLength) ? scratch.text(0, byteLength) : undefined
  }

  #answered(): true {
    this.#hasAnswer = true
    return true
  }

  #refuse(number: number): false {
    this.#refused[number] = 1
    return false
  }

  #failed(name: NvmlFunctionName, number: number, code: number): false {
    if (isRefusal(code)) return this.#refuse(number)
    if (isLoss(code) || isDriverGone(code)) throw this.#error(name, code)
    if (code === nvmlReturn.noData) return false
    if (code !== nvmlReturn.noPermission) this.#failedName = name
    this.context.skipped += 1
    return false
  }

  #error(name: NvmlFunctionName, code: number): NvmlError {
    return new NvmlError(name, code, this.context.library.describe(code))
  }
}
