import { pick } from '../chance.ts'
import type { Injection } from './inject.ts'
import { unchanged } from './inject.ts'

export const wrongResolution: Injection = {
  type: 'wrong_resolution',
  variants: [
    {
      name: 'another size was asked for',
      unit: 'pixels',
      strengths: [{ level: 2 }, { level: 16 }, { level: 64 }],
      spoil: (task) => {
        const { width, height } = task.clip.footage
        const by = task.strength.level * (task.chance() < 0.3 ? -1 : 1)
        const expectations = pick(task.chance, [
          { width: width + by },
          { height: height + by },
          { width: width + by, height: height + by },
        ])
        return { ...unchanged(task), expectations }
      },
    },
    {
      name: 'on its side',
      unit: 'quarter turns',
      strengths: [{ level: 1 }],
      spoil: (task) => {
        const { width, height } = task.clip.footage
        // A square looks the same on its side.
        const expectations = { width: height, height: width === height ? 2 * width : width }
        return { ...unchanged(task), expectations }
      },
    },
  ],
}
