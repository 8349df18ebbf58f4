/**
 * Every error Framewatch throws on purpose: one class, one table of stable codes.
 * A code is never reused for another meaning; `docs/reference/errors.md` is held to this table by a test.
 */

/** What each code means and what the user should do about it. */
export const errorTable = {
  CONFIG_FILE_NOT_FOUND: {
    meaning: 'The configuration file does not exist or cannot be read.',
    remedy: 'Check the path and its permissions.',
  },
  CONFIG_SYNTAX: {
    meaning: 'The configuration file is not valid YAML.',
    remedy: 'Correct the file at the line and column named.',
  },
  CONFIG_INVALID: {
    meaning: 'An option is unknown, of the wrong type or out of range. Names the key and the value.',
    remedy: 'Correct or remove the key named.',
  },
  BASE_DIR_UNWRITABLE: {
    meaning: '`baseDir` cannot be created or written to.',
    remedy: 'Choose a directory this user can write to, or correct its permissions.',
  },
  BASE_DIR_IN_USE: {
    meaning: 'Another service is writing to this `baseDir`.',
    remedy: 'Stop the other service, or give this one a `baseDir` of its own.',
  },
  STORE_NOT_FOUND: {
    meaning: 'There is no Framewatch store in this `baseDir`.',
    remedy: 'Check `--base-dir`, or start a service there first.',
  },
  STORE_DAMAGED: {
    meaning: 'The store file is not a readable database, or a part of it cannot be read.',
    remedy:
      'Restart the service: it sets a damaged store aside and begins a new one; `framewatch store repair` saves what can be read.',
  },
  STORE_NEWER_SCHEMA: {
    meaning: 'The store was written by a newer version of Framewatch.',
    remedy: 'Upgrade Framewatch, or use another `baseDir`.',
  },
  STORE_OLDER_SCHEMA: {
    meaning: 'The store was written by an older version of Framewatch, and was not brought forward yet.',
    remedy: 'Start the service once: it brings the store forward.',
  },
  STORE_READ_FAILED: {
    meaning: 'The store cannot be read now, for a reason other than damage.',
    remedy: 'See the cause; check the file system that holds `baseDir`.',
  },
  STORE_DISK_FULL: {
    meaning: 'The disk is full: nothing more can be written. What was stored is intact.',
    remedy: 'Free disk space; recording resumes by itself.',
  },
  STORE_WRITE_FAILED: {
    meaning: 'The store refused a write for a reason other than a full disk.',
    remedy: 'See the cause; check the file system that holds `baseDir`.',
  },
  FILE_EXISTS: {
    meaning:
      'The file that an export, a backup or a repair should make exists already. It is left as it was.',
    remedy: 'Choose another name, or replace the file with `--force`.',
  },
  FILE_UNWRITABLE: {
    meaning: 'The file that an export, a backup or a repair should make cannot be written.',
    remedy: 'Check its directory: that it exists, its permissions and its free space.',
  },
  BACKUP_INVALID: {
    meaning: 'The file is no sound backup of a Framewatch store. Nothing was restored.',
    remedy: 'Choose another backup, or save what can be read of this file with `framewatch store repair`.',
  },
  TICK_INVALID: {
    meaning:
      'The time of a tick is no whole number of Unix milliseconds, or beyond what a double holds exactly.',
    remedy: 'Give times as `Date.now()` does.',
  },
  QUERY_INVALID: {
    meaning: 'A cursor, limit or step of a query is malformed or out of range.',
    remedy: 'Correct the value named; take cursors only from the page before.',
  },
  STORE_CLOSED: {
    meaning: 'The store was used after it was closed.',
    remedy: 'Open it again; do not use a service after `stop()`.',
  },
  SERVICE_STOPPED: {
    meaning: 'The service was used after `stop()`, or started a second time after it.',
    remedy: 'Create a new MonitoringService.',
  },
  SERVICE_NOT_STARTED: {
    meaning: 'The service was asked something before `start()`.',
    remedy: 'Await `start()` first.',
  },
  ENGINE_FAILED: {
    meaning: 'The monitoring engine stopped unexpectedly. The monitored process is not affected.',
    remedy: 'See the cause; create a new MonitoringService to resume monitoring.',
  },
  ENGINE_TIMEOUT: {
    meaning: 'The monitoring engine did not answer in time.',
    remedy: 'Check that the machine is not out of CPU or blocked on its disk.',
  },
  GENERATION_NOT_FOUND: {
    meaning: 'No generation has this id.',
    remedy: 'List the known ones with `framewatch generations list`.',
  },
  METRIC_NOT_FOUND: {
    meaning: 'No series of this metric name is stored.',
    remedy: 'List the known ones with `framewatch metrics list`.',
  },
  GENERATION_INVALID: {
    meaning: 'A parameter of `generateVideo` is missing, of the wrong type or out of range.',
    remedy: 'Correct the parameter named.',
  },
  GENERATION_FAILED: {
    meaning: 'The video model failed. The cause holds its own error.',
    remedy: 'See the cause.',
  },
  GENERATION_TIMED_OUT: {
    meaning: 'The generation passed its time limit and was stopped.',
    remedy: 'Raise `timeoutMs` in the configuration of the generator, or ask for less.',
  },
  GENERATION_ABORTED: {
    meaning: 'The generation was cancelled through its abort signal.',
    remedy: 'None needed: this is what was asked for.',
  },
  OUTPUT_UNWRITABLE: {
    meaning: 'The video cannot be written to `outputPath`.',
    remedy: 'Choose a path in a directory that can be written to.',
  },
  OUTPUT_INVALID: {
    meaning: 'The model returned a file that is not a readable video.',
    remedy: 'Check the model; the file is kept beside `outputPath` for inspection when it can be.',
  },
  QUALITY_PROFILE_UNKNOWN: {
    meaning: 'There is no quality profile of this name.',
    remedy:
      'Use one of the names listed, or the path of a profile written by `framewatch quality calibrate`.',
  },
  FFMPEG_NOT_FOUND: {
    meaning: 'Neither a system ffmpeg/ffprobe nor the bundled one can be run.',
    remedy: 'Install ffmpeg (for example `apt-get install ffmpeg`), or reinstall with optional dependencies.',
  },
  PROCESS_FAILED: {
    meaning: 'A child process failed, was killed, or passed a limit of time or output.',
    remedy: 'See the exit code and the last lines of its error output.',
  },
} as const satisfies Record<string, { meaning: string; remedy: string }>

/** A stable code of the error table. */
export type ErrorCode = keyof typeof errorTable

/** Machine-readable facts of an error: the key, the value, the file and line. Never a secret. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | undefined>>

/** The one error class of Framewatch. `code` is stable; `message` holds the fact, then what to do. */
export class FramewatchError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails
  readonly remedy: string

  /**
   * @param fact - what happened, with the offending value, without a final full stop.
   * @param options - `details` for machines; `cause` as in `Error`.
   */
  constructor(code: ErrorCode, fact: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    const { remedy } = errorTable[code]
    super(`${fact}. ${remedy}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'FramewatchError'
    this.code = code
    this.details = options.details ?? {}
    this.remedy = remedy
  }

  /** Rebuilds an error that crossed a thread as plain data. */
  static fromPlain(plain: PlainError): FramewatchError {
    const error = new FramewatchError(plain.code, '', { details: plain.details })
    error.message = plain.message
    return error
  }

  /** Plain data that can cross a thread or be written as JSON. */
  toPlain(): PlainError {
    return { code: this.code, message: this.message, details: this.details }
  }
}

/** A `FramewatchError` as plain data. */
export interface PlainError {
  readonly code: ErrorCode
  readonly message: string
  readonly details: ErrorDetails
}

/** True when `error` is a `FramewatchError`, optionally with this code. */
export function isFramewatchError(error: unknown, code?: ErrorCode): error is FramewatchError {
  return error instanceof FramewatchError && (code === undefined || error.code === code)
}

/** The message of anything thrown, for logs and records. Never throws, whatever was thrown. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error)
  } catch {
    return 'an error that cannot be described'
  }
}

/** The Node system error code (`ENOSPC`, `EACCES` …) of anything thrown; undefined when it has none. */
export function systemCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
