import type { GenerationRequest, GenerationResult } from '../model/generation.ts'

/** What the generator needs of a monitoring service. It may throw: that never fails a generation. */
export interface GenerationMonitor {
  startGeneration(request: GenerationRequest): MonitoredGeneration
}

/** Follows one generation. */
export interface MonitoredGeneration {
  readonly id: string
  stage(name: string): void
  progress(completedSteps: number, totalSteps?: number): void
  complete(result?: GenerationResult): void
  fail(error: unknown): void
  cancel(reason?: string): void
  /** Refused before it ran. */
  reject(reason?: string): void
  timeOut(reason?: string): void
}
