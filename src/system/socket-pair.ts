/**
 * Connected sockets, one end of each for a child process. Of a pipe to a child Node reads every piece into a buffer of its
 * own: at tens of megabytes per second, collecting these takes longer than reading. Here one buffer is read into.
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { mkdtemp, rm, tmpdir } from './files.ts'

export interface SocketPair {
  /** Reads, until the other end is closed, in every process that has it. */
  readonly ours: Socket
  /** To be handed to a child, and then destroyed; it does not block, so a child must be able to wait. */
  readonly theirs: Socket
}

/** As much as Linux holds of a socket by default, and a little. */
const bufferBytes = 256 * 1024

/**
 * A pair for each of `takes`, which is called with what was read; the bytes are valid only during the call. Undefined where
 * there can be none: without a place for sockets, which are files that only this user may open and are gone on return.
 */
export async function openSocketPairs(
  takes: readonly ((chunk: Uint8Array) => void)[],
): Promise<readonly SocketPair[] | undefined> {
  let folder: string
  try {
    folder = await mkdtemp(join(tmpdir(), 'framewatch-'))
  } catch {
    return undefined
  }
  const buffer = new Uint8Array(bufferBytes)
  const opened = await Promise.allSettled(
    takes.map((take, index) => openPair(join(folder, String(index)), buffer, take)),
  )
  await rm(folder, { recursive: true, force: true })
  const pairs = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  if (pairs.length === takes.length) return pairs
  for (const { ours, theirs } of pairs) {
    ours.destroy()
    theirs.destroy()
  }
  return undefined
}

async function openPair(
  path: string,
  buffer: Uint8Array,
  take: (chunk: Uint8Array) => void,
): Promise<SocketPair> {
  const server = createServer({ pauseOnConnect: true }).on('error', () => {})
  let ours: Socket | undefined
  try {
    const listening = once(server, 'listening')
    server.listen(path)
    await listening
    const accepted = once(server, 'connection')
    ours = connect({
      path,
      onread: {
        buffer,
        callback(length) {
          take(buffer.subarray(0, length))
          return true
        },
      },
    }).on('error', () => {})
    // Where there is no descriptor left to accept it with, it is closed without a word to the server.
    const refused = once(ours, 'close').then(() => Promise.reject(new Error('The connection was refused')))
    const [theirs] = await Promise.race([accepted, refused])
    return { ours, theirs }
  } catch (error) {
    ours?.destroy()
    throw error
  } finally {
    server.close()
  }
}
