import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** What the videos are, as a request for one. */
export const pictureSize = { width: 320, height: 180, fps: 24 }

/** The view moves over one large picture. */
const pan = [
  ...['select=eq(n\\,0)', 'loop=loop=-1:size=1:start=0', 'setpts=N/24/TB'],
  'crop=320:180:x=200+abs(mod(3*n\\,240)-120):y=100+abs(mod(n\\,120)-60)',
].join(',')
const large = 'mandelbrot=s=960x540:r=24:start_scale=2.5:end_scale=2.4'

/** A sound video of so many seconds. */
export function makeVideo(path: string, seconds: number): void {
  encode(path, seconds, ['-i', large, '-vf', pan])
}

export function makeBlackVideo(path: string, seconds: number): void {
  encode(path, seconds, ['-i', 'color=black:s=320x180:r=24'])
}

function encode(path: string, seconds: number, input: readonly string[]): void {
  const output = ['-t', String(seconds), '-pix_fmt', 'yuv420p', '-preset', 'ultrafast']
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', ...input, ...output, path])
}

/** A process of this machine. */
interface FoundProcess {
  readonly pid: number
  readonly parentPid: number
  readonly nice: number
}

/** The processes of a program that have the text in their arguments (Linux). */
export function processesOf(program: string, text: string): readonly FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const isIt = readlinkSync(`/proc/${name}/exe`).endsWith(`/${program}`)
        if (!isIt || !readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text)) return []
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        // Behind the name of the program, which may hold anything: state is the third field (proc_pid_stat(5)).
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        return [{ pid: Number(name), parentPid: Number(fields[1]), nice: Number(fields[16]) }]
      } catch {
        // It has ended meanwhile.
        return []
      }
    })
}
