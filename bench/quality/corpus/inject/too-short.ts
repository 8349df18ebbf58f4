import type { Injection } from './inject.ts'
import { durationOf, unchanged } from './inject.ts'

/** A quarter of a second at least. */
const leastSeconds = 0.26

export const tooShort: Injection = {
  type: 'too_short',
  variants: [
    {
      name: 'too short',
      unit: 'of the duration asked for',
      strengths: [{ level: 0.89 }, { level: 0.7 }, { level: 0.3 }],
      spoil: (task) => {
        const seconds = durationOf(task.clip)
        const asked = Math.max(seconds / task.strength.level, seconds + leastSeconds)
        return { ...unchanged(task), expectations: { durationSeconds: asked } }
      },
    },
  ],
}
