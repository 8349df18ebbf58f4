import type { Injection } from './inject.ts'
import { durationOf, unchanged } from './inject.ts'

/** A quarter of a second at least. */
const leastSeconds = 0.26

export const tooLong: Injection = {
  type: 'too_long',
  variants: [
    {
      name: 'too long',
      unit: 'of the duration asked for',
      strengths: [{ level: 1.11 }, { level: 1.5 }, { level: 3 }],
      spoil: (task) => {
        const seconds = durationOf(task.clip)
        const asked = Math.min(seconds / task.strength.level, seconds - leastSeconds)
        return { ...unchanged(task), expectations: { durationSeconds: asked } }
      },
    },
  ],
}
