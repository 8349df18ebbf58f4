import { messageOf, systemCodeOf } from '../../../model/errors.ts'
import type { Clock } from '../../../system/clock.ts'
import { printable } from './printable.ts'

/** As the global `fetch`. */
export type Fetch = typeof globalThis.fetch

export interface ScrapeOptions {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** For the whole answer, in milliseconds. */
  readonly timeoutMs: number
  readonly clock: Clock
  readonly fetch: Fetch
  /** Gives up at once, as when the source is closed. */
  readonly signal: AbortSignal
  /** Takes out of the answer what must not be shown, before it is cut short. */
  readonly redact: (text: string) => string
}

/** The text format is preferred: what some clients add in OpenMetrics is left out here all the same. */
const accept =
  'text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5,*/*;q=0.1'

/** An exporter with 100,000 series sends about this much. */
const maxBodyBytes = 8 * 1024 * 1024
const maxExcerptLength = 200

/** Where the answer comes from, as messages name it: what follows a `?` may be secret. */
export function placeOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`
}

/**
 * Asks an exporter once. Redirects are not followed: headers would go where nobody meant them to.
 *
 * @param onText - is given the answer piece by piece, as it comes.
 * @returns the media type of the answer, in lower case.
 * @throws Error that says why there is no whole answer.
 */
export async function scrape(options: ScrapeOptions, onText: (text: string) => void): Promise<string> {
  const { url, timeoutMs, clock, signal } = options
  const controller = new AbortController()
  const giveUp = () => controller.abort()
  let isLate = false
  const timer = clock.setTimer(() => {
    isLate = true
    giveUp()
  }, timeoutMs)
  signal.addEventListener('abort', giveUp, { once: true })
  if (signal.aborted) giveUp()
  try {
    return await ask(options, controller.signal, onText)
  } catch (error) {
    if (isLate) throw new Error(`no whole answer from ${placeOf(url)} within ${timeoutMs} ms`)
    throw error
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', giveUp)
    // Of an answer that was not read to its end, this ends the connection; of any other, nothing is left to end.
    giveUp()
  }
}

async function ask(
  { url, headers, fetch, redact }: ScrapeOptions,
  signal: AbortSignal,
  onText: (text: string) => void,
): Promise<string> {
  const place = placeOf(url)
  const response = await fetch(url, { headers: { accept, ...headers }, redirect: 'manual', signal }).catch(
    (error) => {
      throw new Error(`no answer from ${place}: ${reasonOf(error)}`)
    },
  )
  if (response.status !== 200) throw new Error(await refusalOf(response, url, redact))
  try {
    await readText(response, onText)
  } catch (error) {
    if (error instanceof TooLarge)
      throw new Error(`the answer of ${place} is larger than ${maxBodyBytes} bytes`)
    throw new Error(`the answer of ${place} broke off: ${reasonOf(error)}`)
  }
  return response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
}

class TooLarge extends Error {}

/** Bytes are counted as they come out of decompression: an archive may be a bomb. */
async function readText(response: Response, onText: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBodyBytes) throw new TooLarge()
    onText(decoder.decode(chunk, { stream: true }))
  }
  onText(decoder.decode())
}

async function refusalOf(response: Response, url: URL, redact: ScrapeOptions['redact']): Promise<string> {
  const { status } = response
  const target = response.headers.get('location')
  if (status >= 300 && status < 400 && target !== null) {
    const host = URL.canParse(target, url) ? new URL(target, url).host : 'nowhere'
    return `${placeOf(url)} answered with ${status}, a redirect to ${host}, which is not followed: give the final address`
  }
  const beginning = printable(redact(await beginningOf(response)), maxExcerptLength * 4)
  const excerpt = printable(beginning.replaceAll(/\s+/g, ' '), maxExcerptLength)
  return `${placeOf(url)} answered with ${status}${excerpt === '' ? '' : `: ${excerpt}`}`
}

/** How the answer begins. One that breaks off says no less about why the exporter refused. */
async function beginningOf(response: Response): Promise<string> {
  let text = ''
  const enough = new Error('enough')
  await readText(response, (piece) => {
    text += piece
    if (text.length > maxExcerptLength * 4) throw enough
  }).catch(() => {})
  return text
}

/** `fetch` says only that it failed; why stands in the cause, and of several addresses in the first of its errors. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const code = systemCodeOf(cause)
  return reasons[code ?? ''] ?? code ?? messageOf(cause)
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'connection timed out',
  UND_ERR_SOCKET: 'the other side closed the connection',
}
