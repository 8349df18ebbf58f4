import { meaningOfCode } from './error-codes.ts'
import { classOfMessage, withoutEcho } from './error-messages.ts'
import { compilePattern, patternTextChars } from './error-pattern.ts'
import type { ReportedError } from './generation-event.ts'

/** A rule of the user's, plain data: errors with this code, or whose text this pattern matches, are of this class. */
export interface ErrorClassRule {
  readonly class: string
  /** Text of a regular expression, without regard to case; see `patternFault`. */
  readonly pattern?: string
  /** Compared whole, without regard to case. */
  readonly code?: string
}

/** Of a message this much is looked at, half of it from the end: there a Python traceback says what happened. */
const messageTextChars = 4000

/**
 * Makes the classifier of reported errors. In this order: the class the caller gave, the user's rules, a code that means one
 * thing, the message (among what a vague code leaves open), what a vague code says, `unknown`. A prompt that a message
 * repeats in quotation marks is not looked at.
 *
 * @param rules - validated (`errorClassesSchema`); the first that matches wins.
 */
export function errorClassifier(rules: readonly ErrorClassRule[] = []): (error: ReportedError) => string {
  const matchers = rules.map(matcherOf)
  return (error) => {
    if (error.errorClass) return error.errorClass
    const code = error.code?.trim() ?? ''
    const message = withoutEcho(ends(error.message, messageTextChars))
    const own = matchers.find(({ matches }) => matches(code, message))
    return own?.errorClass ?? builtInClass(code, message)
  }
}

/** The class of a reported error by what is built in; `unknown` when nothing is recognised. */
export const classifyError: (error: ReportedError) => string = errorClassifier()

function builtInClass(code: string, message: string): string {
  const meaning = meaningOfCode(code)
  if (!meaning) return classOfMessage(code === '' ? message : `${code} ${message}`) ?? 'unknown'
  if (meaning.unless?.length === 0) return meaning.errorClass
  return classOfMessage(message, meaning.unless) ?? meaning.errorClass
}

interface Matcher {
  readonly errorClass: string
  readonly matches: (code: string, message: string) => boolean
}

function matcherOf(rule: ErrorClassRule): Matcher {
  const pattern = rule.pattern === undefined ? undefined : compilePattern(rule.pattern)
  const wanted = rule.code?.toLowerCase()
  return {
    errorClass: rule.class,
    matches: (code, message) =>
      pattern === undefined
        ? code.toLowerCase() === wanted
        : pattern.test(ends(code === '' ? message : `${code} ${message}`, patternTextChars)),
  }
}

function ends(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars / 2)}\n${text.slice(-chars / 2)}`
}
