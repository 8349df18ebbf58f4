import {
  type ErrorCode,
  FramewatchError,
  isFramewatchError,
  messageOf,
  systemCodeOf,
} from '../../model/errors.ts'

/** Result codes of SQLite, https://www.sqlite.org/rescode.html. */
const busy = 5
const readOnly = 8
const corrupt = 11
const full = 13
const cannotOpen = 14
const notADatabase = 26
/** Extended: the shared-memory file of the log cannot grow, which a full disk causes. */
const sharedMemorySize = 4874
/** Extended: a journal was left by a dead writer, and this connection may not apply it. */
const readOnlyRollback = 776

/** The extended result code of an error of SQLite; undefined for any other. */
function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode : undefined
}

export function needsRollback(error: unknown): boolean {
  return resultCodeOf(error) === readOnlyRollback
}

/** True when another connection holds the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  return ((resultCodeOf(error) ?? 0) & 0xff) === busy
}

/**
 * What a failure of the engine means to the caller of the port. A `FramewatchError` passes unchanged.
 *
 * @param otherwise - the code when it is neither a full disk nor a damaged file.
 */
export function toStoreError(cause: unknown, fact: string, otherwise: ErrorCode): FramewatchError {
  if (isFramewatchError(cause)) return cause
  const resultCode = resultCodeOf(cause)
  const options = { cause, details: { resultCode } }
  return new FramewatchError(meaningOf(resultCode, otherwise), `${fact}: ${messageOf(cause)}`, options)
}

function meaningOf(resultCode: number | undefined, otherwise: ErrorCode): ErrorCode {
  if (resultCode === undefined) return otherwise
  if (resultCode === sharedMemorySize) return 'STORE_DISK_FULL'
  const primary = resultCode & 0xff
  if (primary === full) return 'STORE_DISK_FULL'
  if (isDamage(resultCode)) return 'STORE_DAMAGED'
  return otherwise
}

/**
 * What is wrong with the file, when that is what an error, of SQLite or ours, says: not that it could not be read just now.
 *
 * @returns undefined when it says nothing of the kind.
 */
export function damageOf(error: unknown): string | undefined {
  const resultCode = resultCodeOf(error)
  if (resultCode !== undefined) return isDamage(resultCode) ? messageOf(error) : undefined
  if (!isFramewatchError(error, 'STORE_DAMAGED')) return undefined
  const { reason } = error.details
  return typeof reason === 'string' ? reason : damageOf(error.cause)
}

/** What was found by looking at a file, rather than by SQLite. @param reason - without a final full stop. */
export function damaged(path: string, reason: string): FramewatchError {
  return new FramewatchError('STORE_DAMAGED', `"${path}" is damaged: ${reason}`, { details: { reason } })
}

function isDamage(resultCode: number): boolean {
  const primary = resultCode & 0xff
  return primary === corrupt || primary === notADatabase
}

/**
 * Why a file of `baseDir` could not be opened. Permissions are the common cause, and reading needs them as well:
 * a log that was left by a dead writer is recovered by the next who opens the store.
 */
export function toOpenError(cause: unknown, path: string, otherwise: ErrorCode): FramewatchError {
  const primary = (resultCodeOf(cause) ?? 0) & 0xff
  const isDenied = systemCodeOf(cause) === 'EACCES' || systemCodeOf(cause) === 'EPERM'
  const isUnopenable = isDenied || primary === cannotOpen || primary === readOnly
  return toStoreError(cause, `Cannot open "${path}"`, isUnopenable ? 'BASE_DIR_UNWRITABLE' : otherwise)
}
