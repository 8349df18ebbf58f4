import { type Command, InvalidArgumentError } from 'commander'
import { openReader } from '../engine/open-reader.ts'
import type { StoreReader } from '../store/store.ts'
import type { Screen } from './top/screen.ts'

/** Where a command writes. */
export interface Terminal {
  /** One or more whole lines. */
  out(text: string): void
  /** A piece of a stream, as it is; resolves when the next may follow. */
  write(chunk: string | Uint8Array): Promise<void>
  /** One or more whole lines. */
  error(text: string): void
  /** How wide it is. @default 80 */
  readonly columns?: number
  /** True when it shows colours, and its user wants them. @default false */
  readonly hasColour?: boolean
  /** Gives the whole of it to draw on; undefined where it is no screen. @default it is none */
  openScreen?(): Screen | undefined
  /** The exit code so far: that of the command when its reader goes away. */
  noteExitCode?(code: number): void
}

/** What a command is given. */
export interface CommandContext extends Terminal {
  setExitCode(code: number): void
}

/** The options every command has. */
export interface CommonOptions {
  readonly baseDir: string
  readonly json?: boolean
}

export function withCommonOptions(command: Command): Command {
  return command
    .option('--base-dir <dir>', 'where the service stores everything', '.framewatch')
    .option('--json', 'one JSON value instead of text')
}

/** Opens the store, runs, and closes it whatever happens. */
export async function withReader<T>(baseDir: string, run: (reader: StoreReader) => Promise<T>): Promise<T> {
  const reader = await openReader(baseDir)
  try {
    return await run(reader)
  } finally {
    await reader.close()
  }
}

/** The most rows a command lists. */
export const maxRows = 10_000

/**
 * Makes a parser of whole numbers from 1.
 *
 * @returns it throws commander's `InvalidArgumentError`, which names the option.
 */
export function countUpTo(most: number): (text: string) => number {
  return (text) => {
    const count = Number(text)
    if (Number.isInteger(count) && count >= 1 && count <= most) return count
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${most}.`)
  }
}
