/** What is known of a child process when it has ended. */
import type { Readable } from 'node:stream'

/** Of what a child said on stderr, the last so many characters are kept: there it says why it ended. */
export const stderrTailChars = 8 * 1024

/** Reads a stream to its end; what gives the last of it. */
export function tailOf(stream: Readable | null, chars = stderrTailChars): () => string {
  let tail = ''
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    tail = (tail + chunk).slice(-chars)
  })
  return () => tail
}

/** Those that no program sends itself: of whoever shuts down, or wants its memory. */
const killing: ReadonlySet<unknown> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'])

/** Whether somebody ended the child. @param signal - that ended it, if one did. */
export function isKilling(signal: unknown): boolean {
  return killing.has(signal)
}
