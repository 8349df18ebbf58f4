/** The user's own handlers: alert events flow in, calls flow out. No handler can disturb another, or the caller. */
import type { AlertEvent } from '../model/alert.ts'
import { messageOf } from '../model/errors.ts'

export type AlertHandler = (event: AlertEvent) => void | Promise<void>

/** How one handler fared. */
export interface AlertHandlerHealth {
  readonly name: string
  readonly delivered: number
  /** Calls that threw or rejected, and events withheld from a handler with too many calls under way. */
  readonly failures: number
  /** Calls that have not ended. */
  readonly running: number
  readonly lastError: string | undefined
}

/** A handler that hangs holds on to at most this many events. */
const maxRunning = 100

interface Registration {
  readonly name: string
  readonly handler: AlertHandler
  delivered: number
  failures: number
  running: number
  lastError: string | undefined
}

/** Handlers by name. */
export class AlertHandlers {
  readonly #onFailure: (name: string, message: string) => void
  readonly #registrations = new Map<string, Registration>()

  /** @param onFailure - told of each failure; must not throw. */
  constructor(onFailure: (name: string, message: string) => void = () => undefined) {
    this.#onFailure = onFailure
  }

  /**
   * A handler of the same name is replaced, and its counts begin anew.
   * @returns takes this handler out again; idempotent.
   */
  register(name: string, handler: AlertHandler): () => void {
    const registration = { name, handler, delivered: 0, failures: 0, running: 0, lastError: undefined }
    this.#registrations.set(name, registration)
    return () => {
      if (this.#registrations.get(name) === registration) this.#registrations.delete(name)
    }
  }

  /** Calls every handler at once and waits for none. Never throws. */
  deliver(event: AlertEvent): void {
    // Even what is thrown can be hostile: a value that cannot be made into text fails inside the catch.
    for (const registration of [...this.#registrations.values()])
      call(registration, event, this.#onFailure).catch(() => undefined)
  }

  health(): readonly AlertHandlerHealth[] {
    return [...this.#registrations.values()].map(({ handler: _, ...health }) => health)
  }
}

async function call(
  registration: Registration,
  event: AlertEvent,
  onFailure: (name: string, message: string) => void,
): Promise<void> {
  const fail = (message: string) => {
    registration.failures += 1
    registration.lastError = message
    onFailure(registration.name, message)
  }
  if (registration.running >= maxRunning) {
    fail(`${maxRunning} earlier calls have not ended`)
    return
  }
  registration.running += 1
  try {
    // The handler runs before the first await, hence in the turn of `deliver`.
    await registration.handler(event)
    registration.delivered += 1
  } catch (error) {
    fail(messageOf(error))
  } finally {
    registration.running -= 1
  }
}
