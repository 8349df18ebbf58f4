import { join, sep } from 'node:path'
import { messageOf } from '../model/errors.ts'
import { type GenerationRecord, isPendingCheck, type OutputCheckResult } from '../model/generation.ts'
import { matchesGlob } from '../model/glob.ts'
import type { QualityExpectations } from '../model/quality.ts'
import type { Sample } from '../model/sample.ts'
import { type Clock, withDeadline } from '../system/clock.ts'
import { realpath } from '../system/files.ts'
import { Ticker } from '../system/ticker.ts'
import { notChecked, resultOfCheck } from '../track/output-check.ts'
import type { CheckQueue } from './check-queue.ts'
import type { QualitySettings } from './quality-options.ts'
import type { Thumbnails } from './thumbnails.ts'
import type { VideoChecker } from './video-checker.ts'

const sweepIntervalMs = 3600_000
/** The checker was told; its process ends by itself if it does not hear. */
const stopPatienceMs = 1000

export interface QualityDeskOptions {
  readonly settings: QualitySettings
  readonly queue: CheckQueue
  /** Undefined where nothing can be checked: the queue then takes nothing in. */
  readonly checker: VideoChecker | undefined
  readonly thumbnails: Thumbnails
  readonly clock: Clock
  /** The record of a generation, as it is now. */
  readonly read: (id: string) => Promise<GenerationRecord | undefined>
  /** Stores and tells what came of a check. */
  readonly settle: (id: string, result: OutputCheckResult) => Promise<void>
}

/** Has outputs checked that wait in the queue, some at a time, and keeps their thumbnails in bounds. */
export class QualityDesk {
  readonly #options: QualityDeskOptions
  readonly #abort = new AbortController()
  readonly #running = new Set<Promise<void>>()
  readonly #sweeper: Ticker
  #sweeping: Promise<void> | undefined
  #isStarted = false

  constructor(options: QualityDeskOptions) {
    this.#options = options
    const work = () => this.#sweep()
    this.#sweeper = new Ticker({ clock: options.clock, intervalMs: sweepIntervalMs, work })
  }

  /** Begins, once all that the last run left waiting is in the queue. */
  start(): void {
    if (this.#abort.signal.aborted) return
    this.#isStarted = true
    this.#sweeper.start()
    this.#sweeping = this.#sweep()
    this.pump()
  }

  /** Begins as many checks as may run at once. */
  pump(): void {
    const { settings, queue } = this.#options
    while (this.#isStarted && !this.#abort.signal.aborted && this.#running.size < settings.concurrency) {
      const id = queue.next()
      if (id === undefined) return
      const run: Promise<void> = this.#run(id).finally(() => {
        this.#running.delete(run)
        this.pump()
      })
      this.#running.add(run)
    }
  }

  samples(nowMs: number): readonly Sample[] {
    return this.#options.queue.samples(this.#running.size, nowMs)
  }

  /** Ends what is under way: it is begun anew by the next run. */
  async stop(): Promise<void> {
    const { checker, clock } = this.#options
    this.#abort.abort()
    const ends = [...this.#running, this.#sweeper.stop(), this.#sweeping, checker?.stop()]
    await withDeadline(clock, Promise.allSettled(ends), stopPatienceMs)
  }

  async #run(id: string): Promise<void> {
    const { signal } = this.#abort
    // What it reads of the store may fail; the record then waits for the next run.
    try {
      const record = await this.#options.read(id)
      if (!record || !isPendingCheck(record)) return
      const result = await this.#check(record)
      if (!signal.aborted) await this.#options.settle(id, result)
    } catch {
      this.#options.queue.skip('failed')
    }
  }

  async #check(record: GenerationRecord): Promise<OutputCheckResult> {
    const { clock, checker, queue, thumbnails, settings } = this.#options
    if (!checker) return notChecked('There is nothing here that could check it', clock.nowMs())
    const path = await this.#allowed(record.output?.path ?? '')
    if (path === undefined) {
      queue.skip('outside_roots')
      return notChecked('Its file is in none of the folders of `quality.roots`', clock.nowMs())
    }
    const { model = '' } = record.request
    const profile = settings.profiles.find((entry) => matchesGlob(model, entry.model))?.profile
    const thumbnailDir = await thumbnails.prepare(record)
    try {
      const job = {
        path,
        expectations: expectationsOf(record),
        ...(profile !== undefined && { profile }),
        ...(thumbnailDir !== undefined && { thumbnailDir }),
      }
      return resultOfCheck(await checker.check(job, this.#abort.signal), clock.nowMs())
    } catch (error) {
      if (!this.#abort.signal.aborted) queue.skip('failed')
      return notChecked(`The check failed: ${messageOf(error)}`, clock.nowMs())
    }
  }

  /** The path by which the file may be opened: without links, so that none leads out of the folders. */
  async #allowed(path: string): Promise<string | undefined> {
    const { roots } = this.#options.settings
    if (!roots) return path
    // Of a file that is not there, the checker says so.
    const real = await realpath(path).catch(() => join(path))
    for (const root of roots) {
      const folder = await realpath(root).catch(() => root)
      if (real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return real
    }
    return undefined
  }

  #sweep(): Promise<void> {
    return this.#options.thumbnails.sweep(this.#options.clock.nowMs(), this.#abort.signal)
  }
}

/** What was asked for. */
function expectationsOf({ request }: GenerationRecord): QualityExpectations {
  const { width, height, fps, frames } = request
  const ofFrames = frames !== undefined && fps !== undefined && fps > 0 ? frames / fps : undefined
  const expected = { width, height, fps, durationSeconds: request.durationSeconds ?? ofFrames }
  return Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined && value > 0))
}
