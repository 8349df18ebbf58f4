/**
 * The process in which outputs are checked: jobs in, reports out. Pictures and sound are measured here, so that what they
 * take of memory and time is not the host's. Started by the checker, and by nothing else.
 */
import { messageOf } from '../model/errors.ts'
import { systemClock } from '../system/clock.ts'
import { serveHelper } from '../system/helper-process.ts'
import { analyzeVideo } from './analyze.ts'
import type { CheckJob, CheckRequest, CheckSettings } from './check-protocol.ts'

const clock = systemClock()
const builds = new Map<string, string>()
const running = new Map<number, AbortController>()

const channel = serveHelper(clock, {
  onMessage(message) {
    const request = message as CheckRequest
    if ('abort' in request) running.get(request.abort)?.abort(new Error('The check was aborted'))
    else void check(request.id, request.job)
  },
  // No ffmpeg outlives this process.
  onClose() {
    for (const job of running.values()) job.abort(new Error('The host is gone'))
  },
})

async function check(id: number, { path, expectations, profile, thumbnailDir }: CheckJob): Promise<void> {
  const job = new AbortController()
  running.set(id, job)
  const options = { ...(channel.argument as CheckSettings), clock, builds, thumbnailDir, signal: job.signal }
  try {
    channel.send({ id, report: await analyzeVideo(path, expectations, profile, options) })
  } catch (error) {
    channel.send({ id, error: messageOf(error) })
  } finally {
    running.delete(id)
  }
}
