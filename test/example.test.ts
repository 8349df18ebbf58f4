/** The main job, as a user runs it: `npm start` in a clone, here without npm's own wrapping. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { GenerationRecord, SystemStatus } from '../src/index.ts'
import { hasFfmpeg } from './support/ffmpeg.ts'
import { repository, startProcess, temporaryDirectory } from './support/service-process.ts'

interface Answer extends Pick<SystemStatus, 'status' | 'statusMessage' | 'metrics' | 'alerts'> {
  readonly generations: Record<'total' | 'succeeded' | 'failed' | 'cancelled' | 'lost', number> & {
    readonly records: GenerationRecord[]
  }
  readonly baseDir: string
}

function startExample(baseDir: string, ...args: string[]) {
  const example = join(repository, 'examples', 'monitor-production.ts')
  return startProcess(process.execPath, [example, '--base-dir', baseDir, ...args])
}

async function answerOf(running: ReturnType<typeof startExample>): Promise<Answer> {
  const { code } = await running.exited
  expect(running.stderr()).not.toContain('Warning')
  expect(code).toBe(0)
  return JSON.parse(running.stdout())
}

function probe(path: string) {
  const fields = [
    '-count_packets',
    '-show_entries',
    'stream=codec_type,width,height,r_frame_rate,nb_read_packets,duration',
  ]
  const { streams } = JSON.parse(
    execFileSync('ffprobe', ['-v', 'error', ...fields, '-of', 'json', path], { encoding: 'utf8' }),
  ) as {
    streams: {
      codec_type: string
      width: number
      height: number
      r_frame_rate: string
      nb_read_packets: string
      duration: string
    }[]
  }
  return {
    video: streams.find((stream) => stream.codec_type === 'video'),
    audio: streams.find((stream) => stream.codec_type === 'audio'),
  }
}

describe('the example', () => {
  test.skipIf(!hasFfmpeg)(
    'generates real videos, records each, and counts the one that was made to fail (needs ffprobe: apt-get install ffmpeg)',
    async () => {
      const baseDir = temporaryDirectory()
      const answer = await answerOf(
        startExample(baseDir, '--generations', '5', '--fail-every', '5', '--exit', '--json'),
      )
      expect(answer.generations).toMatchObject({ total: 5, succeeded: 4, failed: 1, cancelled: 0, lost: 0 })
      expect(answer.baseDir).toBe(baseDir)
      const failed = answer.generations.records.find((record) => record.status === 'failed')
      expect(failed?.error).toMatchObject({
        errorClass: 'output_unwritable',
        message: expect.stringContaining('not-a-directory'),
      })
      for (const record of answer.generations.records.filter(({ status }) => status === 'succeeded')) {
        const { width, height, fps = 0, durationSeconds = 0 } = record.request
        const { video, audio } = probe(record.output?.path ?? '')
        expect(video).toMatchObject({ width, height, r_frame_rate: `${fps}/1` })
        expect(Math.abs(Number(video?.nb_read_packets) - fps * durationSeconds)).toBeLessThanOrEqual(1)
        expect(Math.abs(Number(video?.duration) - durationSeconds)).toBeLessThanOrEqual(1 / fps)
        expect(audio).toBeDefined()
        expect(record.durationMs).toBeGreaterThan(0)
        expect(record.check).toMatchObject({ profile: 'default', decoder: expect.any(String) })
        expect(record.verification).toBe('verified')
        expect(record.stages.every((stage) => stage.durationMs !== undefined)).toBe(true)
        expect(record.completedSteps ?? record.stages.length).toBeGreaterThan(0)
      }
      expect(answer.metrics.cpuUtilization).toBeGreaterThan(0)
      expect(answer.metrics.memoryUsedBytes).toBeGreaterThan(0)
      expect(['healthy', 'degraded']).toContain(answer.status)
    },
  )

  test('killed in mid-generation and started again, has one lost and nothing missing', async () => {
    const baseDir = temporaryDirectory()
    const first = startExample(baseDir, '--generations', '50', '--concurrency', '1', '--json')
    await first.says('succeeded')
    await first.says('started')
    const startedBefore = first.stderr().split('started').length
    for (;;) {
      if (first.stderr().split('started').length > startedBefore) break
      await new Promise((resolve) => first.child.once('said', resolve))
    }
    first.child.kill('SIGKILL')
    await first.exited
    const succeeded = first.stderr().split(' succeeded ').length - 1
    const answer = await answerOf(startExample(baseDir, '--generations', '1', '--exit', '--json'))
    expect(answer.generations.lost).toBe(1)
    expect(answer.generations.succeeded).toBe(succeeded + 1)
    const lost = answer.generations.records.find((record) => record.status === 'lost')
    expect(lost?.request.width).toBeGreaterThan(0)
  })

  test('interrupted, stops in order within 5 s, cancels what runs, and leaves no unfinished file', async () => {
    const baseDir = temporaryDirectory()
    const running = startExample(baseDir, '--generations', '50', '--json')
    await running.says('started')
    const interruptedAt = performance.now()
    running.child.kill('SIGINT')
    const answer = await answerOf(running)
    expect(performance.now() - interruptedAt).toBeLessThan(5000)
    expect(answer.generations).toMatchObject({ failed: 0, lost: 0 })
    expect(answer.generations.cancelled).toBeGreaterThan(0)
    expect(readdirSync(join(baseDir, 'videos'))).toHaveLength(answer.generations.succeeded)
  })

  test.each(['SIGTERM', 'SIGHUP'] as const)('watches on without --exit until it gets %s', async (signal) => {
    const baseDir = temporaryDirectory()
    const running = startExample(baseDir, '--generations', '0')
    await running.says('watching')
    running.child.kill(signal)
    expect((await running.exited).code).toBe(0)
    expect(running.stdout()).toContain('Status: healthy')
    expect(existsSync(baseDir)).toBe(true)
  })

  test('refuses an option it does not understand', async () => {
    const running = startExample(temporaryDirectory(), '--generations', 'many')
    expect((await running.exited).code).toBe(1)
    expect(running.stderr()).toContain('--generations')
  })
})
