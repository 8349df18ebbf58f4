import type { GenerationOutput, GenerationRequest } from '../model/generation.ts'
import type { Clock } from '../system/clock.ts'
import type { GenerationMonitor, MonitoredGeneration } from './monitor.ts'

/** What `onProgress` is told. */
export interface GenerationProgress {
  readonly stage: string
  /** Undefined until the stage reports steps. */
  readonly completedSteps?: number
  readonly totalSteps?: number
}

/** Monotonic lengths. */
export interface GenerationTimings {
  readonly totalMs: number
  /** In order. */
  readonly stages: readonly { readonly name: string; readonly durationMs: number }[]
}

interface ReportOptions {
  readonly request: GenerationRequest
  readonly monitor: GenerationMonitor | undefined
  readonly onProgress: ((progress: GenerationProgress) => void) | undefined
  readonly clock: Clock
  /** The id when there is no monitor, or it gives none. */
  readonly ownId: string
}

/**
 * Tells the monitor and the caller how a generation goes, and keeps its timings. This is the one place that calls
 * them, and whatever they throw ends here.
 */
export class GenerationReport {
  readonly id: string
  readonly #clock: Clock
  readonly #onProgress: ReportOptions['onProgress']
  readonly #handle: MonitoredGeneration | undefined
  readonly #startedMs: number
  readonly #stages: { name: string; startedMs: number }[] = []

  constructor({ request, monitor, onProgress, clock, ownId }: ReportOptions) {
    this.#clock = clock
    this.#onProgress = onProgress
    this.#startedMs = clock.monotonicMs()
    this.#handle = attempt(() => monitor?.startGeneration(request))
    const id: unknown = attempt(() => this.#handle?.id)
    this.id = typeof id === 'string' ? id : ownId
  }

  stage(name: string): void {
    this.#stages.push({ name, startedMs: this.#clock.monotonicMs() })
    attempt(() => this.#handle?.stage(name))
    attempt(() => this.#onProgress?.({ stage: name }))
  }

  /** Steps of the stage that runs. */
  progress(completedSteps: number, totalSteps: number): void {
    attempt(() => this.#handle?.progress(completedSteps, totalSteps))
    const stage = this.#stages.at(-1)?.name
    if (stage !== undefined) attempt(() => this.#onProgress?.({ stage, completedSteps, totalSteps }))
  }

  complete(output: GenerationOutput): void {
    attempt(() => this.#handle?.complete({ output }))
  }

  fail(error: unknown): void {
    attempt(() => this.#handle?.fail(error))
  }

  cancel(reason: string): void {
    attempt(() => this.#handle?.cancel(reason))
  }

  reject(reason: string): void {
    attempt(() => this.#handle?.reject(reason))
  }

  timeOut(reason: string): void {
    attempt(() => this.#handle?.timeOut(reason))
  }

  /** Until now. */
  timings(): GenerationTimings {
    const nowMs = this.#clock.monotonicMs()
    const stages = this.#stages.map(({ name, startedMs }, index) => ({
      name,
      durationMs: (this.#stages[index + 1]?.startedMs ?? nowMs) - startedMs,
    }))
    return { totalMs: nowMs - this.#startedMs, stages }
  }
}

/** Calls someone else's code: what it throws, or rejects with later, is nobody's failure here. */
function attempt<T>(call: () => T): T | undefined {
  try {
    const result = call()
    if (result instanceof Promise) result.catch(() => undefined)
    return result
  } catch {
    return undefined
  }
}
