import { constants } from 'node:os'

/** By which a command is asked to end. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs something that can be aborted, until it is done or the process is asked to end: then the exit code tells the
 * signal, as shells do, and what it was aborted with is no error.
 */
export async function endingOnSignals(
  setExitCode: (code: number) => void,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const controller = new AbortController()
  const abort = (signal: NodeJS.Signals) => {
    setExitCode(128 + constants.signals[signal])
    controller.abort()
  }
  for (const signal of endingSignals) process.on(signal, abort)
  try {
    await run(controller.signal)
  } catch (error) {
    if (!controller.signal.aborted) throw error
  } finally {
    for (const signal of endingSignals) process.off(signal, abort)
  }
}
