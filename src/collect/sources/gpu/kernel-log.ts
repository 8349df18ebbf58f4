/**
 * XIDs, the faults that NVIDIA's driver reports, out of the kernel's log: for tools that do not tell them. Records of
 * `/dev/kmsg` flow in (kernel Documentation/ABI/testing/dev-kmsg); faults since the call before flow out.
 */
import { systemCodeOf } from '../../../model/errors.ts'
import type { Clock } from '../../../system/clock.ts'
import { closeSync, constants, openSync, readSync } from '../../../system/files.ts'
import type { GpuXid } from './gpu-reading.ts'

export interface KernelLogOptions {
  /** @default /dev */
  readonly devRoot?: string
  readonly clock: Clock
}

export interface KernelLogXids {
  /** The faults that were logged since the call before. Never waits. */
  drain(): readonly GpuXid[]
  close(): void
}

/** Longer than any record can be; with less room than a record needs, the kernel answers an error. */
const bufferBytes = 32 * 1024
/** Of one drain: more than the log of any kernel holds. What is left is read by the next one. */
const maxReads = 100_000

/** `<priority>,<number>,<microseconds>,<flags>[,…];<message>` */
const recordPattern = /^(\d+),\d+,\d+,[^;]*;(.*)$/

/** `NVRM: Xid (PCI:0000:3b:00): 79, …`; older drivers write no `PCI:`, and MIG devices follow the address. */
const xidPattern =
  /^NVRM: Xid \((?:PCI:)?((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-7])?)[^)]{0,64}\): (\d{1,5})(?![\d.])/i

/**
 * Reads one line of `/dev/kmsg`.
 *
 * @returns the device by its PCI address as the driver wrote it; undefined when the line is no record of an XID, or one
 *   that a program wrote: only the kernel has facility 0.
 */
export function parseXid(line: string, timestampMs: number): GpuXid | undefined {
  const [, priority, message = ''] = recordPattern.exec(line) ?? []
  if (priority === undefined || Number(priority) >> 3 !== 0) return undefined
  const [, device, code] = xidPattern.exec(message) ?? []
  if (device === undefined || code === undefined) return undefined
  return { timestampMs, device, code: Number(code) }
}

/**
 * Begins at the end of the log: what was logged before was noticed by no one, and when is not known. Undefined when
 * there is no `kmsg` (it is not Linux, or a container), or this user may not read it.
 */
export function openKernelLogXids({ devRoot = '/dev', clock }: KernelLogOptions): KernelLogXids | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(`${devRoot}/kmsg`, constants.O_RDONLY | constants.O_NONBLOCK)
    const log = new KernelLog(descriptor)
    log.lines(() => {})
    return {
      drain() {
        const xids: GpuXid[] = []
        const timestampMs = clock.nowMs()
        log.lines((line) => {
          const xid = parseXid(line, timestampMs)
          if (xid) xids.push(xid)
        })
        return xids
      },
      close: () => log.close(),
    }
  } catch {
    if (descriptor !== undefined) closeSync(descriptor)
    return undefined
  }
}

class KernelLog {
  #descriptor: number | undefined
  readonly #buffer = Buffer.allocUnsafeSlow(bufferBytes)
  /** The start of a line whose end was not read yet: a record comes whole, but a pipe may part it. */
  #rest = ''

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** Calls for each new line. */
  lines(onLine: (line: string) => void): void {
    for (let reads = 0; reads < maxReads; reads++) {
      const text = this.#read()
      if (text === undefined) return
      const lines = (this.#rest + text).split('\n')
      // No line is as long as the buffer; one that is was not written by a kernel.
      this.#rest = (lines.pop() ?? '').slice(-bufferBytes)
      for (const line of lines) onLine(line)
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  /** Undefined when there is nothing new. */
  #read(): string | undefined {
    if (this.#descriptor === undefined) return undefined
    try {
      // Without a position, for a device is read where it stands.
      const count = readSync(this.#descriptor, this.#buffer, 0, bufferBytes, null)
      return count === 0 ? undefined : this.#buffer.toString('utf8', 0, count)
    } catch (error) {
      const code = systemCodeOf(error)
      if (code === 'EAGAIN') return undefined
      // The kernel has overwritten what was to come next; it goes on with the oldest record that there is.
      if (code === 'EPIPE') return ''
      throw error
    }
  }
}
