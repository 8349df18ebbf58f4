import { renameSync, statSync, writeFileSync } from 'node:fs'
import { cutTo, ffmpeg, putIndex } from './file.ts'
import type { Injection, Strength } from './inject.ts'
import { unchanged } from './inject.ts'

const shares: readonly Strength[] = [{ level: 0.9 }, { level: 0.65 }, { level: 0.4 }]
const whole: readonly Strength[] = [{ level: 1 }]

export const unreadable: Injection = {
  type: 'unreadable',
  variants: [
    {
      name: 'cut off, index lost',
      unit: 'share left',
      strengths: shares,
      spoil: unchanged,
      damage: (path, { strength }) => {
        putIndex(path, 'last')
        cutTo(path, strength.level)
      },
    },
    {
      name: 'cut off, index kept',
      unit: 'share left',
      strengths: shares,
      spoil: unchanged,
      damage: (path, { strength }) => {
        putIndex(path, 'first')
        cutTo(path, strength.level)
      },
    },
    {
      name: 'no picture',
      unit: 'streams missing',
      strengths: whole,
      spoil: unchanged,
      damage: (path) => {
        const other = `${path}.sound.mp4`
        ffmpeg('-f', 'lavfi', '-i', 'sine=duration=2', '-c:a', 'aac', other)
        renameSync(other, path)
      },
    },
    {
      name: 'random bytes',
      unit: 'share random',
      strengths: whole,
      spoil: unchanged,
      damage: (path, { chance }) =>
        writeFileSync(
          path,
          Uint8Array.from({ length: statSync(path).size }, () => 256 * chance()),
        ),
    },
  ],
}
