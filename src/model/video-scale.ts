/** The scale of a generation: what makes a minute for one video fast, and for another slow. Pure. */
import type { GenerationOutput, GenerationRecord } from './generation.ts'

/** Names of resolutions by the shorter side of the frame, and the side from which each counts: midway from the one before. */
const classes: readonly (readonly [name: string, fromPixels: number])[] = [
  ['4320p', 3240],
  ['2160p', 1800],
  ['1440p', 1260],
  ['1080p', 900],
  ['720p', 600],
  ['480p', 420],
  ['360p', 300],
  ['240p', 0],
]

/** The nearest usual resolution, whichever way the frame is turned; undefined when the size is not known. */
export function resolutionClass(size: Pick<GenerationOutput, 'width' | 'height'>): string | undefined {
  const { width, height } = size
  if (!width || !height) return undefined
  const side = Math.min(width, height)
  return classes.find(([, fromPixels]) => side >= fromPixels)?.[0]
}

/** The facts of the video: of the output as far as they are known, else as requested. */
export function videoFacts({ request, output }: Pick<GenerationRecord, 'request' | 'output'>) {
  return {
    width: output?.width ?? request.width,
    height: output?.height ?? request.height,
    fps: output?.fps ?? request.fps,
    frames: output?.frames ?? request.frames,
    durationSeconds: output?.durationSeconds ?? request.durationSeconds,
  }
}

/** Seconds of video: the length that is told, else frames by frames per second; undefined when neither is known. */
export function contentSeconds(record: Pick<GenerationRecord, 'request' | 'output'>): number | undefined {
  const { durationSeconds, frames, fps } = videoFacts(record)
  if (durationSeconds !== undefined) return durationSeconds
  return frames === undefined || !fps ? undefined : frames / fps
}

/** Number of frames: as told, else length by frames per second. */
export function frameCount(record: Pick<GenerationRecord, 'request' | 'output'>): number | undefined {
  const { durationSeconds, frames, fps } = videoFacts(record)
  if (frames !== undefined) return frames
  return durationSeconds === undefined || !fps ? undefined : Math.round(durationSeconds * fps)
}

/** How fast a generation ran; what cannot be known is left out. */
export interface VideoSpeed {
  /** Frames made by second of run time. */
  readonly framesPerSecond?: number
  /** Pixels made by second of run time: comparable across resolutions and lengths. */
  readonly pixelsPerSecond?: number
  /** Run time by second of video: below 1 is faster than real time. */
  readonly realTimeFactor?: number
  /** Of the stage that spent most time on steps. */
  readonly secondsPerStep?: number
}

export function videoSpeed(record: GenerationRecord): VideoSpeed {
  const runSeconds = (record.durationMs ?? 0) / 1000
  if (runSeconds <= 0) return {}
  const { width, height } = videoFacts(record)
  const frames = frameCount(record)
  const seconds = contentSeconds(record)
  const secondsPerStep = stepSeconds(record)
  return {
    ...(frames !== undefined && { framesPerSecond: frames / runSeconds }),
    ...(frames !== undefined &&
      width !== undefined &&
      height !== undefined && { pixelsPerSecond: (frames * width * height) / runSeconds }),
    ...(seconds !== undefined && seconds > 0 && { realTimeFactor: runSeconds / seconds }),
    ...(secondsPerStep !== undefined && { secondsPerStep }),
  }
}

function stepSeconds({ stages }: GenerationRecord): number | undefined {
  let longest: { durationMs: number; steps: number } | undefined
  for (const { durationMs, steps } of stages) {
    if (durationMs === undefined || !steps) continue
    if (!longest || durationMs > longest.durationMs) longest = { durationMs, steps }
  }
  return longest && longest.durationMs / 1000 / longest.steps
}
