import type { Injection, Spoilt, Task } from './inject.ts'
import { secondsOf, spanOf } from './inject.ts'
import { soundOf, withSamples } from './samples.ts'

/** Amplified until `level` of the samples of each 0.25 s of the span are at full scale. */
function overdriven(task: Task): Spoilt {
  const { clip, strength } = task
  const sound = soundOf(clip)
  const { startSeconds, endSeconds } = secondsOf(clip, spanOf(task))
  const perSecond = sound.sampleRateHz * sound.channels
  const gains: number[] = []
  for (let from = startSeconds; from < endSeconds - 0.01; from += 0.25) {
    const part = sound.samples.slice(
      Math.round(from * perSecond),
      Math.round(Math.min(endSeconds, from + 0.25) * perSecond),
    )
    const sorted = part.map(Math.abs).sort()
    gains.push(1 / Math.max(1e-4, sorted[Math.floor(sorted.length * (1 - strength.level))] ?? 1))
  }
  // One gain for the whole span, as an amplifier has; the most that one of its parts needs would deafen, so the median.
  const gain = gains.sort((one, other) => one - other)[Math.floor(gains.length / 2)] ?? 1
  const loud = withSamples(clip, (sample) => Math.max(-1, Math.min(1, sample * gain)), {
    fromSeconds: startSeconds,
    toSeconds: endSeconds,
  })
  return { clip: loud, startSeconds, endSeconds, expectations: { audio: true } }
}

export const clipping: Injection = {
  type: 'clipping',
  variants: [
    {
      name: 'overdriven',
      unit: 'share of samples clipped',
      strengths: [
        { level: 0.02, seconds: 1 },
        { level: 0.05, seconds: 1.25 },
        { level: 0.15, seconds: 1.5 },
      ],
      places: ['start', 'middle', 'end', 'whole'],
      suits: ({ sound, seconds }) => sound && seconds >= 1.25,
      spoil: overdriven,
    },
  ],
}
