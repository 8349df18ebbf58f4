import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasFfmpeg } from '../../../test/support/ffmpeg.ts'
import type { ProbedVideo } from '../../media/probe.ts'
import { fullFrames, planDecode, timePatienceSeconds } from './plan.ts'

const video: ProbedVideo = {
  ...{ container: 'mov', sizeBytes: 1, durationSeconds: 1, width: 1920, height: 1080, fps: 25 },
  ...{ videoCodec: 'h264', pixelFormat: 'yuv420p', videoStream: 0 },
}
const side = fc.integer({ min: 1, max: 16_384 })

describe('the plan of a decode', () => {
  test('has small pictures with even sides, of a bounded number of pixels', () => {
    fc.assert(
      fc.property(side, side, (width, height) => {
        const { small } = planDecode({ ...video, width, height })
        for (const pixels of [small.width, small.height]) {
          expect(pixels % 2).toBe(0)
          expect(pixels).toBeGreaterThanOrEqual(2)
        }
        // A side of two pixels is as narrow as it gets: the other may be long then.
        if (Math.min(small.width, small.height) > 2)
          expect(small.width * small.height).toBeLessThan(57_600 + small.width + small.height + 1)
      }),
    )
  })

  test('keeps their shape, but for rounding', () => {
    fc.assert(
      fc.property(fc.integer({ min: 64, max: 8192 }), fc.integer({ min: 64, max: 8192 }), (width, height) => {
        const { small } = planDecode({ ...video, width, height })
        const scale = Math.min(1, Math.sqrt(57_600 / (width * height)))
        expect(Math.abs(small.width - width * scale)).toBeLessThanOrEqual(1)
        expect(Math.abs(small.height - height * scale)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('has full pictures four times a second, twice of what is larger than 720p, fewer of what is larger than 1080p', () => {
    expect(planDecode({ ...video, width: 640, height: 360 }).fullStepSeconds).toBe(0.25)
    expect(planDecode(video).fullStepSeconds).toBe(0.5)
    expect(planDecode({ ...video, width: 3840, height: 2160 }).fullStepSeconds).toBe(0.9216)
  })

  test('has sound where there is some, of one channel or two', () => {
    expect(planDecode(video).sound).toBeUndefined()
    const audio = { codec: 'aac', sampleRateHz: 44_100, durationSeconds: 1 }
    for (const [channels, planned] of [
      [1, 1],
      [2, 2],
      [6, 2],
    ] as const)
      expect(planDecode({ ...video, audio: { ...audio, channels } }).sound?.channels).toBe(planned)
  })
})

describe.skipIf(!hasFfmpeg)('the frames that are decoded in full', () => {
  test.each([
    ['a steady rate', 'testsrc=s=16x16:r=30:d=4', 0.25],
    ['a rate that the step is no multiple of', 'testsrc=s=16x16:r=23.976:d=4', 0.2304],
    ['few frames', 'testsrc=s=16x16:r=3:d=4', 0.25],
    ['steps that waver', "testsrc=s=16x16:r=24:d=4,setpts='PTS+0.4*sin(N)*0.04/TB'", 0.25],
    ['a hole', "testsrc=s=16x16:r=25:d=4,setpts='PTS+gte(N,20)*1.37/TB'", 0.2304],
  ])('are those that ffmpeg selects: %s', (_, source, step) => {
    const due = `isnan(prev_selected_t)+gte(t-prev_selected_t\\,${step.toFixed(4)}-${timePatienceSeconds})`
    const timesOf = (filter: string) =>
      execFileSync('ffmpeg', [
        ...['-v', 'error', '-f', 'lavfi', '-i', source, '-vf', filter, '-vsync', 'passthrough'],
        ...['-enc_time_base', '1:1000000', '-f', 'framecrc', '-'],
      ])
        .toString()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => Number(line.split(',')[2]) / 1e6)
    const times = timesOf('null')
    expect(fullFrames(times, step).map((index) => times[index])).toEqual(timesOf(`select=${due}`))
  })
})
