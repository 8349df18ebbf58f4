import type { Injection, Strength } from './inject.ts'
import { unchanged } from './inject.ts'

const strengths: readonly Strength[] = [{ level: 0.04 }, { level: 0.2 }, { level: 0.5 }]

export const wrongFps: Injection = {
  type: 'wrong_fps',
  variants: [
    {
      name: 'another rate was asked for',
      unit: 'share',
      strengths,
      spoil: (task) => {
        const by = 1 + task.strength.level * (task.chance() < 0.5 ? -1 : 1)
        return { ...unchanged(task), expectations: { fps: task.clip.footage.fps * by } }
      },
    },
    {
      // The right frames, played at another rate: the duration is wrong too.
      name: 'frames at another rate',
      unit: 'share',
      strengths,
      spoil: (task) => {
        const { fps, frames } = task.clip.footage
        const asked = fps * (1 + task.strength.level * (task.chance() < 0.5 ? -1 : 1))
        return { ...unchanged(task), expectations: { fps: asked, durationSeconds: frames / asked } }
      },
    },
  ],
}
