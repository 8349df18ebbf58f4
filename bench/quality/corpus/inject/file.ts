/** Operations on encoded files that several defects share. */
import { execFileSync } from 'node:child_process'
import { renameSync, statSync, truncateSync } from 'node:fs'
import { findFfmpeg } from '../../../../src/media/ffmpeg.ts'

/** Runs ffmpeg; throws with what it said. */
export function ffmpeg(...options: readonly string[]): void {
  execFileSync(findFfmpeg().ffmpegPath, ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...options])
}

/** The same streams in an MP4 file with its index first or last. */
export function putIndex(path: string, where: 'first' | 'last'): void {
  const other = `${path}.mux.mp4`
  const flags = where === 'first' ? ['-movflags', '+faststart'] : []
  ffmpeg('-i', path, '-c', 'copy', ...flags, other)
  renameSync(other, path)
}

export function cutTo(path: string, share: number): void {
  truncateSync(path, Math.round(statSync(path).size * share))
}
