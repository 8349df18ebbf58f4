import { renameSync, truncateSync } from 'node:fs'
import { ffmpeg } from './file.ts'
import type { Injection, Strength } from './inject.ts'
import { unchanged } from './inject.ts'

const whole: readonly Strength[] = [{ level: 1 }]

/** A file of a container that was opened and closed. */
function withoutFrames(path: string, container: 'mp4' | 'avi'): void {
  const other = `${path}.empty.${container}`
  const codec = container === 'mp4' ? 'libx264' : 'mjpeg'
  ffmpeg('-f', 'lavfi', '-i', 'color=s=320x192:d=1', '-frames:v', '0', '-c:v', codec, other)
  renameSync(other, path)
}

export const empty: Injection = {
  type: 'empty',
  variants: [
    {
      name: 'no bytes',
      unit: 'share missing',
      strengths: whole,
      spoil: unchanged,
      damage: (path) => truncateSync(path, 0),
    },
    {
      name: 'MP4 without frames',
      unit: 'share missing',
      strengths: whole,
      spoil: unchanged,
      damage: (path) => withoutFrames(path, 'mp4'),
    },
    {
      name: 'AVI with a stream, without frames',
      unit: 'share missing',
      strengths: whole,
      spoil: unchanged,
      damage: (path) => withoutFrames(path, 'avi'),
    },
  ],
}
