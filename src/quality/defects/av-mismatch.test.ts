import { expect, test } from 'vitest'
import { avMismatchCheck } from './av-mismatch.ts'

function find(pictureSeconds: number, durationSeconds?: number, containerSeconds = 99) {
  const sound = durationSeconds === undefined ? undefined : { durationSeconds }
  const evidence = { sound, pictureSeconds, probe: { durationSeconds: containerSeconds } }
  return avMismatchCheck.find(evidence, avMismatchCheck.thresholds)
}

test('a sound that ends early is found, where only the picture goes on', () => {
  expect(find(5, 4.4)).toEqual([
    {
      ...{ type: 'av_mismatch', severity: 'minor', startSeconds: 4.4, endSeconds: 5 },
      evidence: 'picture 5.00 s, sound 4.40 s: 12 % apart',
    },
  ])
})

test('a sound that goes on after the picture is found', () => {
  expect(find(5, 5.6)).toMatchObject([{ startSeconds: 5, endSeconds: 5.6 }])
})

test.each([
  ['0.35 s', 4, 3.66],
  ['5 %', 20, 19.1],
  ['both, the sound being longer', 4, 4.2],
  ['the padding of AAC at 8 kHz', 3, 3.3],
])('a difference below %s is none', (_, picture, sound) => {
  expect(find(picture, sound)).toEqual([])
})

test('where the picture was not decoded its length is that which the container tells', () => {
  expect(find(0, 5, 8)).toMatchObject([{ startSeconds: 5, endSeconds: 8 }])
})

test('without picture or sound there is nothing to compare', () => {
  expect(find(5)).toEqual([])
  expect(find(5, 0)).toEqual([])
  expect(find(0, 5, 0)).toEqual([])
})
