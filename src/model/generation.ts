/**
 * The second noun: a generation, one record per requested video, and the pure rules on its lifecycle:
 * `queued → running(stage) → succeeded | failed | cancelled | rejected | timed_out | lost`.
 */
import type { Defect, QualityMetrics, QualityVerdict } from './quality.ts'

/** How a generation ended. `lost`: its worker died or fell silent, the true end is not known. */
export const generationOutcomes = [
  'succeeded',
  'failed',
  'cancelled',
  'rejected',
  'timed_out',
  'lost',
] as const
export type GenerationOutcome = (typeof generationOutcomes)[number]

/** Every state of a generation. */
export const generationStatuses = ['queued', 'running', ...generationOutcomes] as const
export type GenerationStatus = (typeof generationStatuses)[number]

/** Whether the output was opened and found sound. What could not be checked is `unverified`, never `verified`. */
export const verifications = ['unverified', 'verified', 'defective'] as const
export type Verification = (typeof verifications)[number]

/** Values a caller may attach. */
export type Scalar = string | number | boolean

/** What the caller knows when a generation starts. Everything is optional. */
export interface GenerationRequest {
  /** Model name, for example `wan2.2-t2v-14b`. */
  readonly model?: string
  /** Version of the model, or of its weights and workflow: what changes when a release may have changed the results. */
  readonly modelVersion?: string
  /** Engine name, for example `comfyui`, `diffusers`. */
  readonly engine?: string
  /** Who hosts the model, for example `replicate`; nothing for one's own GPUs. */
  readonly provider?: string
  /** Indices of the GPUs of this node it runs on. @default the only GPU, where there is one */
  readonly gpus?: readonly number[]
  /** Stored as a SHA-256 hash, unless `storePrompts` is on. */
  readonly prompt?: string
  /** Frame width in pixels. */
  readonly width?: number
  /** Frame height in pixels. */
  readonly height?: number
  /** Frames per second of the output. */
  readonly fps?: number
  /** Requested content length in seconds. */
  readonly durationSeconds?: number
  /** Requested number of frames. */
  readonly frames?: number
  /** Denoising steps. */
  readonly steps?: number
  readonly seed?: number
  /** Other parameters of the model: guidance, LoRA, scheduler. */
  readonly parameters?: Readonly<Record<string, Scalar>>
  /** Free labels of the caller: tenant, experiment, version. */
  readonly tags?: Readonly<Record<string, string>>
  /** The caller's own id of the logical request this is an attempt of. */
  readonly requestId?: string
  /** 1 for the first attempt. @default 1 */
  readonly attempt?: number
  /** True when the job waits in a queue: it runs from `begin()`, or its first stage or step. @default false */
  readonly queued?: boolean
}

/** The facts of the produced file. */
export interface GenerationOutput {
  readonly path?: string
  readonly sizeBytes?: number
  readonly durationSeconds?: number
  readonly width?: number
  readonly height?: number
  readonly fps?: number
  readonly frames?: number
}

/** What the caller knows when a generation succeeds. */
export interface GenerationResult {
  readonly output?: GenerationOutput
  /** The same as `output: { path }`. A relative path is one of the working directory of the caller. */
  readonly outputPath?: string
  /** Scores by name, in the caller's own scale (0..1 is advised). */
  readonly quality?: Readonly<Record<string, number>>
  /** When it is left out, the file of a success is opened and checked. @default 'unverified' */
  readonly verification?: Verification
  /** Defect types when `verification` is `defective`. */
  readonly defects?: readonly string[]
  /** What the engine itself measured; what it did not is taken from the GPUs' samples, or left out. */
  readonly resources?: Pick<GenerationResources, 'peakVramBytes' | 'energyJoules'>
  /** What the provider charged, in the currency of the price book. */
  readonly cost?: number
}

/** What a generation used. What is not known is left out: unknown is not zero. */
export interface GenerationResources {
  /** Run time multiplied by the number of GPUs it ran on, seconds. */
  readonly gpuSeconds?: number
  /** Most device memory used during the run, on the GPU that used most. */
  readonly peakVramBytes?: number
  /** Drawn by its GPUs during the run. */
  readonly energyJoules?: number
  /** Product name of its GPUs, for example `NVIDIA H100 80GB HBM3`. */
  readonly gpuType?: string
  /** The attribute `hw.id` of the GPU that used most memory, and the memory it has. */
  readonly gpuId?: string
  readonly gpuMemoryBytes?: number
}

/** What a generation cost, by the price book. */
export interface GenerationCost {
  readonly amount: number
  /** ISO 4217 code, for example `USD`. */
  readonly currency: string
  /** What the amount is based on: the name of a price, or `reported` by the provider. */
  readonly basis: string
}

/** What came of opening the output. */
export interface OutputCheckResult {
  readonly verdict: QualityVerdict
  /** For `unreadable` and `unverified`: why, one sentence. */
  readonly reason?: string
  /** At most 32, major ones first. */
  readonly defects: readonly Defect[]
  readonly metrics: QualityMetrics
  /** Unix milliseconds. */
  readonly checkedAtMs: number
  /** Wall time of the check, milliseconds. */
  readonly costMs: number
  /** Left out when the file was not opened. */
  readonly profile?: string
  /** Version of the program that decoded. */
  readonly decoder?: string
}

/**
 * `pending`: the output is being opened, or waits for it; also after a restart, for a day. One that waited longer while no
 * service ran is not opened any more.
 */
export type OutputCheck = { readonly verdict: 'pending' } | OutputCheckResult

/** One stage of the run. An open stage has no end. */
export interface GenerationStage {
  readonly name: string
  /** Unix milliseconds. */
  readonly startedAtMs: number
  /** Monotonic length; undefined while the stage is open or when its end is not known. */
  readonly durationMs?: number
  /** Steps that were completed in it; undefined where none were reported. */
  readonly steps?: number
}

/** Why a generation did not succeed. */
export interface GenerationError {
  /** A closed set where an engine's message was recognised, else `unknown`. */
  readonly errorClass: string
  readonly message: string
}

/** The record of one generation. */
export interface GenerationRecord {
  readonly id: string
  readonly node: string
  readonly status: GenerationStatus
  readonly request: Omit<GenerationRequest, 'prompt' | 'queued' | 'attempt'>
  readonly attempt: number
  /** SHA-256 of the prompt, hexadecimal. */
  readonly promptHash?: string
  /** Only when `storePrompts` is on. */
  readonly prompt?: string
  /** Unix milliseconds of the request. */
  readonly queuedAtMs: number
  /** Unix milliseconds of the run; undefined while queued. */
  readonly startedAtMs?: number
  /** Unix milliseconds of the end; for `lost`, of the last sign of life. */
  readonly endedAtMs?: number
  /** Monotonic time between request and run. */
  readonly queueMs?: number
  /** Monotonic time between run and end; undefined for a generation that never ran or was lost. */
  readonly durationMs?: number
  readonly stages: readonly GenerationStage[]
  /** The stage that is open now. */
  readonly stage?: string
  readonly completedSteps?: number
  readonly totalSteps?: number
  /** Unix milliseconds of the last event. */
  readonly lastEventAtMs: number
  readonly output?: GenerationOutput
  readonly quality?: Readonly<Record<string, number>>
  readonly verification: Verification
  readonly defects: readonly string[]
  /** Of a success that named a file and was not verified by the caller himself. */
  readonly check?: OutputCheck
  readonly error?: GenerationError
  readonly resources?: GenerationResources
  readonly cost?: GenerationCost
  /** Unix milliseconds since when no step came though one was due; undefined while it is not stalled. */
  readonly stalledSinceMs?: number
  /** Why it counts as stalled, one sentence. */
  readonly stallReason?: string
  /** While it runs: how long it was likely to take from `lastEventAtMs` on, milliseconds; four of five between the outer two. */
  readonly remainingMs?: { readonly low: number; readonly mid: number; readonly high: number }
  /** What the record said before the true end became known. */
  readonly reconciledFrom?: 'lost' | 'timed_out'
}

/** True when the status is an end. */
export function isEnded(status: GenerationStatus): status is GenerationOutcome {
  return status !== 'queued' && status !== 'running'
}

/** Counts of ended generations by outcome, with the verified ones among the successes. */
export interface OutcomeCounts {
  readonly byOutcome: Readonly<Record<GenerationOutcome, number>>
  readonly verified: number
  /** Successes whose output is being checked, or waits for it, where that is known. @default 0 */
  readonly pending?: number
}

/** Rates in 0..1; `null` when nothing counts: no data is not zero. */
export interface OutcomeRates {
  readonly successRate: number | null
  readonly errorRate: number | null
  readonly verifiedSuccessRate: number | null
}

/**
 * The one definition of the rates. Cancelled and rejected generations say nothing about the system and are left
 * out; failed, timed out and lost ones are errors. Verified success counts only verified outputs, over the same
 * denominator as success, but without those whose check is still to come: they are neither good nor bad yet.
 */
export function outcomeRates({ byOutcome, verified, pending = 0 }: OutcomeCounts): OutcomeRates {
  const errors = byOutcome.failed + byOutcome.timed_out + byOutcome.lost
  const counted = byOutcome.succeeded + errors
  if (counted === 0) return { successRate: null, errorRate: null, verifiedSuccessRate: null }
  return {
    successRate: byOutcome.succeeded / counted,
    errorRate: errors / counted,
    verifiedSuccessRate: counted > pending ? verified / (counted - pending) : null,
  }
}

/** Whether the output is being checked, or waits for it. */
export function isPendingCheck({ check }: GenerationRecord): boolean {
  return check?.verdict === 'pending'
}

/** A record of zero for every outcome. */
export function noOutcomes(): Record<GenerationOutcome, number> {
  return { succeeded: 0, failed: 0, cancelled: 0, rejected: 0, timed_out: 0, lost: 0 }
}
