import type { GpuVendor } from './gpu-readers.ts'
import type { GpuAnswer } from './gpu-reading.ts'

/** What the host asks the process that reads GPUs. */
export interface GpuRequest {
  readonly id: number
  readonly vendors: readonly GpuVendor[]
}

/** What came of the vendors that were asked. */
export interface GpuReport {
  readonly answer: GpuAnswer
  /** The readers that answered. */
  readonly readers: readonly string[]
  /** Why better readers, or those of `unread`, could not be used. */
  readonly problems: readonly string[]
  /** Vendors of which nothing could be read: nothing is known of their GPUs, not even that they are gone. */
  readonly unread: readonly GpuVendor[]
}

/** One for each request, in their order. */
export type GpuResponse =
  | ({ readonly id: number } & GpuReport)
  | { readonly id: number; readonly error: string }

/** The message as a response; undefined when it is none. */
export function asGpuResponse(message: unknown): GpuResponse | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const { id, error, answer } = message as Partial<Record<string, unknown>>
  if (typeof id !== 'number') return undefined
  if (typeof error === 'string' || (typeof answer === 'object' && answer !== null))
    return message as GpuResponse
  return undefined
}
