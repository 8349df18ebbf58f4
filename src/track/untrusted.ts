/** What a caller hands over may be anything: what can be read of it is taken, and reading it never throws. */
import { maxMessageChars } from './event-writer.ts'
import type { ReportedError } from './generation-event.ts'
import { codeOfThrown } from './thrown-code.ts'

const maxFieldChars = 4096

/** The fields that can be read: one that is hostile does not take the others with it. */
export function readablePart<T extends object>(value: T | undefined): T {
  const part: Record<string, unknown> = {}
  for (const name of attempt(() => Object.keys(value ?? {})) ?? []) {
    const field: unknown = attempt(() => Reflect.get(value ?? {}, name))
    const text = attempt(() => JSON.stringify(field))
    if (text !== undefined && text.length <= maxFieldChars) part[name] = JSON.parse(text)
  }
  return part as T
}

export function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

export function describeReason(reason: string | undefined): ReportedError | undefined {
  return reason === undefined
    ? undefined
    : { message: String(attempt(() => reason.slice(0, maxMessageChars))) }
}

const maxCauses = 4

/** The messages of an error and its causes, and the first code among them. Safe for anything thrown. */
export function describeError(
  error: unknown,
  options: { readonly errorClass?: string } | undefined,
): ReportedError {
  const messages: string[] = []
  let code: string | undefined
  try {
    let current = error
    for (let depth = 0; depth < maxCauses && current !== undefined && current !== null; depth++) {
      const isObject = typeof current === 'object'
      const message = current instanceof Error ? current.message || current.name : String(current)
      // Many errors already quote their cause.
      if (!messages.some((known) => known.includes(message))) messages.push(message.slice(0, maxMessageChars))
      if (isObject) code = codeOfThrown(current) ?? code
      current = isObject ? Reflect.get(current, 'cause') : undefined
    }
  } catch {
    messages.push('an error that cannot be described')
  }
  return { message: messages.join(': '), code, errorClass: textOf(attempt(() => options?.errorClass)) }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, maxFieldChars) : undefined
}
