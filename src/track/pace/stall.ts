import type { GenerationRecord } from '../../model/generation.ts'
import type { PaceBook } from './pace-book.ts'
import type { RunPace } from './run-pace.ts'

/** When a generation without progress counts as stalled. */
export interface StallSettings {
  /** So many times the expected time of a step, or of a stage without steps. */
  readonly factor: number
  /** Never sooner than this, milliseconds. */
  readonly floorMs: number
  /** Where nothing is known of how long things take, milliseconds. */
  readonly unknownMs: number
}

export const defaultStallSettings: StallSettings = { factor: 4, floorMs: 30_000, unknownMs: 600_000 }

/** What the GPUs of a generation do: hold its memory and draw no power, or work. */
export type GpuActivity = 'idle' | 'busy'

/** Loading a model, and the first step (kernels are compiled, graphs captured), differ more from run to run. */
const warmUpFactor = 3
const loadStage = 'load'
/** With idle GPUs half the wait is enough; with busy ones, it takes twice. */
const activityFactors = { idle: 0.5, busy: 2 } as const

/** Why a generation counts as stalled. */
export interface Stall {
  /** One sentence, for people. */
  readonly reason: string
}

/**
 * Whether a running generation has stopped to get on: no step, no new stage, for longer than `factor` times what is
 * expected of it.
 *
 * @param waitedMs - since the last progress, monotonic.
 */
export function stallOf(
  record: GenerationRecord,
  pace: RunPace,
  book: PaceBook,
  waitedMs: number,
  settings: StallSettings,
  activity?: GpuActivity,
): Stall | undefined {
  if (record.status !== 'running') return undefined
  const expected = expectedOf(record, pace, book)
  const patience =
    expected === undefined ? settings.unknownMs : Math.max(settings.floorMs, expected.ms * settings.factor)
  const warmUp = expected?.isWarmUp ? warmUpFactor : 1
  const limitMs = patience * warmUp * (activity ? activityFactors[activity] : 1)
  if (waitedMs <= Math.max(limitMs, settings.floorMs * (activity === 'idle' ? 0.5 : 1))) return undefined
  const what = expected?.what ?? 'progress'
  const usual = expected ? `, and ${what} takes ${seconds(expected.ms)}` : ''
  const evidence = activity === 'idle' ? '; its GPUs hold memory and do nothing' : ''
  return { reason: `No progress for ${seconds(waitedMs)}${usual}${evidence}` }
}

/** Of the next thing that should happen: a step where the stage has steps, else its end. */
function expectedOf(
  record: GenerationRecord,
  pace: RunPace,
  book: PaceBook,
): { readonly ms: number; readonly what: string; readonly isWarmUp: boolean } | undefined {
  const { stage = '', completedSteps, totalSteps } = record
  const isLastStep = totalSteps !== undefined && completedSteps !== undefined && completedSteps >= totalSteps
  const learned = book.step(record, stage)
  // After the last step, work of the stage that has no steps of its own may follow: decoding, in engines without stages.
  if ((completedSteps !== undefined || learned) && !isLastStep) {
    const own = pace.step
    const ms = Math.max(learned?.highMs ?? 0, own?.meanMs ?? 0)
    return ms > 0 ? { ms, what: 'a step', isWarmUp: pace.isWarmingUp } : undefined
  }
  const rest = isLastStep ? book.after(record, stage) : book.stage(record, stage)
  const whole = rest ?? (stage === '' ? book.run(record) : undefined)
  const what = stage === '' ? 'such a run' : `the stage "${stage}"`
  return whole && { ms: whole.highMs, what, isWarmUp: stage === loadStage }
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`
}
