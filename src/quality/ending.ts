/** Whether the end of a file is its end, in containers that do not tell how long they are: those have a mark there. */
import { open } from '../system/files.ts'

/** A page of Ogg is no longer (RFC 3533, section 6). */
const tailBytes = 65_307

/**
 * Says so when the mark is missing.
 *
 * @param container - as ffprobe names it; of others than GIF and Ogg nothing is said.
 */
export async function isCutOff(path: string, container: string): Promise<string | undefined> {
  const isWhole = { gif: endsAsGif, ogg: endsAsOgg }[container]
  if (!isWhole || isWhole(await tailOf(path))) return undefined
  return `it is cut off: the mark at the end of a file in ${container === 'gif' ? 'GIF' : 'Ogg'} is missing`
}

async function tailOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const start = Math.max(0, size - tailBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** The end of a block, and the trailer (GIF89a, sections 16 and 27); some programs add zeros. */
function endsAsGif(tail: Buffer): boolean {
  let end = tail.length
  while (end > 0 && tail[end - 1] === 0) end--
  return end >= 2 && tail[end - 1] === 0x3b && tail[end - 2] === 0
}

const pageHeaderBytes = 27
const endOfStream = 4

/** A last page that is whole and the last of its stream (RFC 3533, section 6). */
function endsAsOgg(tail: Buffer): boolean {
  const page = tail.subarray(tail.lastIndexOf('OggS'))
  const segments = page[pageHeaderBytes - 1] ?? 0
  const table = page.subarray(pageHeaderBytes, pageHeaderBytes + segments)
  const pageBytes = table.reduce((sum, bytes) => sum + bytes, pageHeaderBytes + segments)
  return page.length >= pageBytes && ((page[5] ?? 0) & endOfStream) !== 0
}
