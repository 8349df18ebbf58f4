import { execFileSync } from 'node:child_process'

/** Whether the system has ffmpeg and ffprobe. In CI they must be there: the tests that need them then fail, not skip. */
export const hasFfmpeg = process.env['CI'] === 'true' || (runs('ffmpeg') && runs('ffprobe'))

function runs(program: string): boolean {
  try {
    execFileSync(program, ['-version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
