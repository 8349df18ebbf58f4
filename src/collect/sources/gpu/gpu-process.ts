/**
 * The process in which GPUs are read: requests in, readings out. A driver's library is called here and nowhere else,
 * for a call may never return, or take the process down. Started by the GPU source, and by nothing else.
 */
import { messageOf } from '../../../model/errors.ts'
import { systemClock } from '../../../system/clock.ts'
import { serveHelper } from '../../../system/helper-process.ts'
import type { GpuRequest } from './gpu-protocol.ts'
import { GpuReaderSet } from './gpu-reader-set.ts'
import { type GpuReaderSettings, gpuReaders } from './gpu-readers.ts'

const clock = systemClock()
/** Requests are answered one after the other, for readers are not made to be asked twice at a time. */
let idle = Promise.resolve()

const channel = serveHelper(clock, {
  onMessage(message) {
    idle = idle.then(() => answer(message as GpuRequest))
  },
  onClose: () => readers.close(),
})
const readers = new GpuReaderSet(gpuReaders, { ...(channel.argument as GpuReaderSettings), clock })

async function answer({ id, vendors }: GpuRequest): Promise<void> {
  try {
    const report = await readers.read(vendors)
    if (report.readers.length > 0) channel.send({ id, ...report })
    else channel.send({ id, error: report.problems.join('; ') || 'there is no way to read these GPUs' })
  } catch (error) {
    channel.send({ id, error: messageOf(error) })
  }
}
