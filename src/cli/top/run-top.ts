import type { Clock, Timer } from '../../system/clock.ts'
import { frameBytes, type Screen } from './screen.ts'

export interface TopOptions<View> {
  readonly screen: Screen
  readonly clock: Clock
  /** What is known at a time, Unix milliseconds. */
  readonly read: (nowMs: number) => Promise<View>
  /** The lines of a frame, no more and no wider than these. */
  readonly draw: (view: View, size: { readonly columns: number; readonly rows: number }) => readonly string[]
}

const intervalMs = 1000
const quitKeys = ['q', 'Q', '\u0003', '\u0004']

/**
 * Draws a frame each second, and at once when the size changes, until `q`, Ctrl-C or a signal; each frame is one write.
 * However it ends, the screen is given back first.
 *
 * @returns the signal that ended it; undefined for a key. Rejects with what `read` or `write` reject with.
 */
export async function runTop<View>(options: TopOptions<View>): Promise<NodeJS.Signals | undefined> {
  const { screen, clock, read, draw } = options
  const pause = new Pause(clock)
  let isOver = false
  let endedBy: NodeJS.Signals | undefined
  let view: View | undefined
  const end = (signal?: NodeJS.Signals) => {
    isOver = true
    endedBy ??= signal
    pause.interrupt()
  }
  const close = screen.open({
    keys: (text) => {
      if (quitKeys.some((key) => text.includes(key))) end()
    },
    resized: () => pause.interrupt(),
    signalled: end,
  })
  try {
    let dueMs = clock.monotonicMs()
    while (!isOver) {
      if (view === undefined || clock.monotonicMs() >= dueMs) {
        view = await read(clock.nowMs())
        dueMs = clock.monotonicMs() + intervalMs
      }
      // A key that came while it was read ends it now.
      if (isOver) break
      const { columns, rows } = screen
      await screen.write(frameBytes(draw(view, { columns, rows })))
      await pause.until(dueMs)
    }
    return endedBy
  } finally {
    close()
  }
}

/** A wait that can be cut short, before it begins too. */
class Pause {
  readonly #clock: Clock
  #timer: Timer | undefined
  #resume: (() => void) | undefined
  #isInterrupted = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  until(monotonicMs: number): Promise<void> {
    if (this.#isInterrupted) {
      this.#isInterrupted = false
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      this.#resume = () => {
        this.#timer?.cancel()
        this.#resume = undefined
        resolve()
      }
      const leftMs = Math.max(0, monotonicMs - this.#clock.monotonicMs())
      this.#timer = this.#clock.setTimer(() => this.#resume?.(), leftMs)
    })
  }

  interrupt(): void {
    if (this.#resume) this.#resume()
    else this.#isInterrupted = true
  }
}
