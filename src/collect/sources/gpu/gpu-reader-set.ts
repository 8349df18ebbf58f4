import { messageOf } from '../../../model/errors.ts'
import type { GpuReport } from './gpu-protocol.ts'
import type { GpuReaderEntry, GpuReaderOptions, GpuReaders, GpuVendor } from './gpu-readers.ts'
import type { GpuAnswer, GpuReader, GpuReading, GpuXid } from './gpu-reading.ts'

/** A way to read that failed is tried again after this long. */
const retryMs = 60_000

/** A way to read, and what became of it. */
interface Candidate {
  readonly entry: GpuReaderEntry
  /** It was opened. */
  reader?: GpuReader | undefined
  /** It failed last: when, in monotonic milliseconds, and why. */
  failure?: { readonly monotonicMs: number; readonly problem: string } | undefined
}

/**
 * The readers of this machine. Each vendor is read in the best way that works. One that fails is closed, the next one
 * answers in its place, at once, and after a minute it is tried again: a driver that was replaced needs a library that
 * is loaded anew.
 */
export class GpuReaderSet {
  readonly #options: GpuReaderOptions
  readonly #candidates: Readonly<Record<GpuVendor, readonly Candidate[]>>

  constructor(readers: GpuReaders, options: GpuReaderOptions) {
    this.#options = options
    const candidatesOf = (entries: readonly GpuReaderEntry[]) => entries.map((entry) => ({ entry }))
    this.#candidates = { nvidia: candidatesOf(readers.nvidia), amd: candidatesOf(readers.amd) }
  }

  /** Reads each vendor once. Not while an earlier reading is under way. Never rejects. */
  async read(vendors: readonly GpuVendor[]): Promise<GpuReport> {
    const gpus: GpuReading[] = []
    const xids: GpuXid[] = []
    const readers: string[] = []
    const problems: string[] = []
    const unread: GpuVendor[] = []
    let skipped = 0
    for (const vendor of vendors) {
      const read = await this.#readVendor(this.#candidates[vendor])
      if (read === undefined) unread.push(vendor)
      else {
        readers.push(read.reader.name)
        gpus.push(...read.answer.gpus)
        xids.push(...read.answer.xids)
        skipped += read.answer.skipped
      }
      for (const { failure } of this.#candidates[vendor]) if (failure) problems.push(failure.problem)
    }
    return { answer: { gpus, xids, skipped }, readers, problems, unread }
  }

  /** Gives back what the readers hold. Never rejects. */
  async close(): Promise<void> {
    const candidates = Object.values(this.#candidates).flat()
    await Promise.allSettled(candidates.map(async ({ reader }) => reader?.close()))
  }

  async #readVendor(candidates: readonly Candidate[]) {
    for (const candidate of candidates) {
      const answer = await this.#readCandidate(candidate)
      if (answer === undefined) continue
      // One way is enough; the others would ask the same hardware once more.
      for (const other of candidates) if (other !== candidate) await closeReader(other)
      return answer
    }
    return undefined
  }

  async #readCandidate(
    candidate: Candidate,
  ): Promise<{ readonly reader: GpuReader; readonly answer: GpuAnswer } | undefined> {
    const { entry, failure } = candidate
    const nowMs = this.#options.clock.monotonicMs()
    if (failure && nowMs - failure.monotonicMs < retryMs) return undefined
    let step = 'cannot be opened'
    try {
      candidate.reader ??= await entry.open(this.#options)
      step = 'failed'
      const { reader } = candidate
      const answer = await reader.read()
      candidate.failure = undefined
      return { reader, answer }
    } catch (error) {
      const problem = `${entry.name} ${step}: ${messageOf(error)}`
      candidate.failure = { monotonicMs: this.#options.clock.monotonicMs(), problem }
      await closeReader(candidate)
      return undefined
    }
  }
}

/** A reader that failed may fail to close too. */
async function closeReader(candidate: Candidate): Promise<void> {
  const { reader } = candidate
  candidate.reader = undefined
  try {
    await reader?.close()
  } catch {
    // Nothing is known that could be done about it.
  }
}
