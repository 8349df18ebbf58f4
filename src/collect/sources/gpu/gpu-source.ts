/**
 * The GPUs of this machine: what the process that reads them answers flows in; samples and faults flow out. Nothing of
 * a GPU driver is called in this process. A driver that hangs costs this source, and nothing else.
 */
import type { Clock } from '../../../system/clock.ts'
import { entryModule } from '../../../system/entry-module.ts'
import { startHelper as startHelperProcess } from '../../../system/helper-process.ts'
import { keptFor } from '../../kept-for.ts'
import type { Source, SourceAnswer } from '../../source.ts'
import { type DetectGpus, lookedForGpus } from './gpu-detection.ts'
import { GpuHelper, type GpuHelperOptions, GpusUnreadableError } from './gpu-helper.ts'
import { allGpuMetrics } from './gpu-metrics.ts'
import type { GpuReport } from './gpu-protocol.ts'
import type { GpuReaderSettings } from './gpu-readers.ts'
import { gpuSamples } from './gpu-samples.ts'
import type { DescribeXid } from './gpu-xids.ts'
import { KnownGpus } from './known-gpus.ts'

const detectEveryMs = 60_000
/** A container that was given no GPU is not given one while it runs. */
const doubtMs = 600_000
/** The collector's own deadline comes after ours, whose error says more. */
const deadlineSlackMs = 500

export interface GpuSourceOptions {
  readonly clock: Clock
  /** Asked once a minute. */
  readonly detect: DetectGpus
  readonly describeXid: DescribeXid
  readonly settings: GpuReaderSettings
  /** How long the driver may take, in milliseconds. @default 4000 */
  readonly answerDeadlineMs?: number
  /** What runs in the process that reads. @default the package's own */
  readonly entry?: URL
  /** @default a process */
  readonly startHelper?: GpuHelperOptions['startHelper']
}

const nothingRead: Pick<GpuReport, 'answer' | 'unread'> = {
  answer: { gpus: [], xids: [], skipped: 0 },
  unread: [],
}

export function gpuSource(options: GpuSourceOptions): Source {
  return new GpuSource(options)
}

class GpuSource implements Source {
  readonly name = 'gpu'
  readonly metrics = allGpuMetrics
  readonly deadlineMs: number
  readonly #options: GpuSourceOptions
  readonly #helper: GpuHelper
  readonly #gpus = new KnownGpus()
  readonly #detect: DetectGpus
  /** Monotonic milliseconds at which the doubt was found to be true. */
  #doubtedMs: number | undefined

  constructor(options: GpuSourceOptions) {
    const { clock, settings, answerDeadlineMs = 4000, startHelper = startHelperProcess } = options
    const { entry = entryModule('./gpu-process', import.meta.url) } = options
    this.#options = options
    this.#detect = keptFor(clock, detectEveryMs, options.detect)
    this.deadlineMs = answerDeadlineMs + deadlineSlackMs
    this.#helper = new GpuHelper({ clock, settings, answerDeadlineMs, entry, startHelper })
  }

  read(): SourceAnswer | Promise<SourceAnswer> {
    const { vendors, doubt } = this.#detect()
    if (vendors.length === 0) {
      this.#helper.stop()
      return this.#gpus.size > 0 ? this.#samples(nothingRead) : { absent: lookedForGpus }
    }
    if (doubt !== undefined && this.#isDoubted()) return { absent: doubt }
    const report = this.#helper.ask(vendors)
    if (doubt === undefined || this.#gpus.size > 0) return report.then((answer) => this.#samples(answer))
    return this.#confirm(doubt, report)
  }

  close(): void {
    this.#helper.close()
  }

  /** No process is kept, nor an error told, where there is nothing to be read. */
  async #confirm(doubt: string, report: Promise<GpuReport>): Promise<SourceAnswer> {
    const answer = await report.catch((error: unknown) => {
      if (error instanceof GpusUnreadableError) return undefined
      throw error
    })
    if (answer) return this.#samples(answer)
    this.#doubtedMs = this.#options.clock.monotonicMs()
    this.#helper.stop()
    return { absent: doubt }
  }

  #isDoubted(): boolean {
    const nowMs = this.#options.clock.monotonicMs()
    return this.#doubtedMs !== undefined && nowMs - this.#doubtedMs < doubtMs
  }

  #samples(report: Pick<GpuReport, 'answer' | 'unread'> & Partial<GpuReport>): SourceAnswer {
    const { clock, describeXid } = this.#options
    const { readers = [], problems = [] } = report
    const notes = [...(readers.length > 0 ? [`by ${readers.join(', ')}`] : []), ...problems]
    const samples = gpuSamples(report, this.#gpus, { describeXid, monotonicMs: clock.monotonicMs() })
    return { ...samples, ...(notes.length > 0 && { notes }) }
  }
}
