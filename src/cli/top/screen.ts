/** A terminal to draw on as a whole: keys flow in, frames flow out. What was on it before comes back at the end. */
import { endingSignals } from '../until-signal.ts'

/** What happens to a screen while it is drawn on. */
export interface ScreenListener {
  /** One or more keys, as the terminal sends them. */
  keys(text: string): void
  resized(): void
  /** The process is asked to end. @param signal - such as `SIGTERM`. */
  signalled(signal: NodeJS.Signals): void
}

export interface Screen {
  readonly columns: number
  readonly rows: number
  /** Takes the screen over. @returns gives it back; idempotent. */
  open(listener: ScreenListener): () => void
  /** Resolves when the next may follow. */
  write(text: string): Promise<void>
}

/** Of xterm: the alternate screen, a hidden cursor, lines that are cut and not wrapped. */
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J'
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l'
/** What a terminal shows only as a whole, where it knows how (https://contour-terminal.org/vt-extensions/synchronized-output). */
const begin = '\u001b[?2026h'
const end = '\u001b[?2026l'

/** The bytes that replace what a screen shows by these lines, without a moment in which it is empty. */
export function frameBytes(lines: readonly string[]): string {
  return `${begin}\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J${end}`
}

/** The terminal of this process; undefined where its input or output is none. */
export function processScreen(write: (text: string) => Promise<void>): Screen | undefined {
  const { stdin, stdout } = process
  if (!stdin.isTTY || !stdout.isTTY || process.env.TERM === 'dumb') return undefined
  return {
    get columns() {
      return stdout.columns
    },
    get rows() {
      return stdout.rows
    },
    write,
    open(listener) {
      const onKeys = (chunk: Buffer) => listener.keys(chunk.toString('latin1'))
      const onResize = () => listener.resized()
      const onSignal = (signal: NodeJS.Signals) => listener.signalled(signal)
      let isOpen = true
      const close = () => {
        if (!isOpen) return
        isOpen = false
        stdin.off('data', onKeys).pause().setRawMode(false)
        stdout.off('resize', onResize)
        for (const signal of endingSignals) process.off(signal, onSignal)
        process.off('exit', close)
        stdout.write(leave)
      }
      // An end that nobody caught, too, gives the screen back: writes to a terminal are synchronous.
      process.on('exit', close)
      for (const signal of endingSignals) process.on(signal, onSignal)
      stdout.on('resize', onResize)
      stdin.setRawMode(true).resume().on('data', onKeys)
      stdout.write(enter)
      return close
    },
  }
}
