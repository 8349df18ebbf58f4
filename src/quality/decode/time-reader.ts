/** Reads presentation times from the lines of ffmpeg's `framecrc` muxer, whose time base is microseconds here. */
export class TimeReader {
  readonly #take: (timeSeconds: number) => void
  #rest = ''

  constructor(take: (timeSeconds: number) => void) {
    this.#take = take
  }

  push(chunk: Uint8Array): void {
    const lines = (this.#rest + Buffer.from(chunk).toString('latin1')).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      // Stream, decoding time, presentation time, duration, size, checksum.
      const [, , time] = line.split(',')
      if (time !== undefined && !line.startsWith('#')) this.#take(Number(time) / 1e6)
    }
  }
}
