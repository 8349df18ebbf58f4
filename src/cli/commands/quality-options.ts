import { type Command, InvalidArgumentError } from 'commander'
import { isFramewatchError, messageOf } from '../../model/errors.ts'

/** What every command has that opens videos. */
export interface CheckOptions {
  readonly profile: string
  /** Seconds. */
  readonly budget?: number
  readonly json?: true
}

/** Ends the command with what went wrong, and the exit code 2: the exit code 1 says that something is wrong with a video. */
export function refuse(command: Command): (error: unknown) => never {
  return (error) => {
    const code = isFramewatchError(error) ? `${error.code} ` : ''
    return command.error(`framewatch: ${code}${messageOf(error)}`)
  }
}

/** A day. */
export const maxSeconds = 86_400

export function withCheckOptions(command: Command): Command {
  return command
    .option('--profile <name>', 'what is asked of the videos: a name, or a file', 'default')
    .option(
      '--budget <seconds>',
      'the longest that decoding one may take (default: as long as it plays, 5 s to 10 min)',
      numberUpTo(maxSeconds),
    )
    .option('--json', 'one JSON value instead of text')
}

/** Makes a parser of numbers above 0; it throws commander's `InvalidArgumentError`. */
export function numberUpTo(most: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (value > 0 && value <= most) return value
    throw new InvalidArgumentError(`Expected a number above 0, up to ${most}.`)
  }
}
