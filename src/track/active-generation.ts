import type { GenerationRecord } from '../model/generation.ts'
import type { ActiveGeneration } from '../model/status.ts'

/** What is forecast of a generation under way. */
type ActiveForecast = Pick<ActiveGeneration, 'remainingMs' | 'waitMs'>

/** A record that has not ended, as status shows it. @param forecast - @default what the record itself says */
export function describeActive(
  record: GenerationRecord,
  nowMs: number,
  forecast: ActiveForecast = storedForecast(record, nowMs),
): ActiveGeneration {
  const { completedSteps, totalSteps, stalledSinceMs = null } = record
  return {
    id: record.id,
    status: record.status === 'queued' ? 'queued' : 'running',
    model: record.request.model,
    stage: record.stage,
    progress: completedSteps === undefined || !totalSteps ? null : Math.min(1, completedSteps / totalSteps),
    completedSteps,
    totalSteps,
    queuedAtMs: record.queuedAtMs,
    elapsedMs: Math.max(0, nowMs - (record.startedAtMs ?? record.queuedAtMs)),
    remainingMs: stalledSinceMs === null ? forecast.remainingMs : null,
    waitMs: forecast.waitMs,
    stalledSinceMs,
  }
}

function storedForecast({ remainingMs, lastEventAtMs }: GenerationRecord, nowMs: number): ActiveForecast {
  if (!remainingMs) return { remainingMs: null, waitMs: null }
  const left = (ms: number) => Math.max(0, ms - Math.max(0, nowMs - lastEventAtMs))
  const { low, mid, high } = remainingMs
  return { remainingMs: { low: left(low), mid: left(mid), high: left(high) }, waitMs: null }
}
