import { FramewatchError } from '../model/errors.ts'
import { open } from '../system/files.ts'

/** As the global `fetch`. */
export type Fetch = typeof globalThis.fetch

export interface DownloadOptions {
  readonly outputPath: string
  readonly maxBytes: number
  readonly fetch: Fetch
  readonly signal: AbortSignal
  readonly onProgress: (completedBytes: number, totalBytes: number) => void
}

/**
 * Streams a video to disk. Messages name the host alone: the address of a hosted video is often itself the key to it.
 *
 * @throws FramewatchError `GENERATION_FAILED` when the answer is not 2xx, or the video is larger than `maxBytes`.
 */
export async function downloadVideo(url: string, options: DownloadOptions): Promise<void> {
  const { outputPath, maxBytes, signal, onProgress } = options
  if (!URL.canParse(url))
    throw new FramewatchError('GENERATION_FAILED', 'The model returned a malformed address')
  const { host } = new URL(url)
  const response = await options.fetch(url, { signal })
  if (!response.ok || !response.body)
    throw new FramewatchError(
      'GENERATION_FAILED',
      `Download from ${host} was answered with ${response.status}`,
    )
  const totalBytes = Number(response.headers.get('content-length'))
  const file = await open(outputPath, 'w')
  try {
    let bytes = 0
    for await (const chunk of response.body) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw tooLarge(maxBytes)
      await file.writeFile(chunk)
      if (totalBytes > 0) onProgress(bytes, totalBytes)
    }
  } finally {
    await file.close()
  }
}

/** The error for a video over the limit. */
export function tooLarge(maxBytes: number): FramewatchError {
  return new FramewatchError(
    'GENERATION_FAILED',
    `The video is larger than \`maxVideoBytes\`, ${maxBytes} bytes`,
  )
}
