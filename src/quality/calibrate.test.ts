import { expect, test } from 'vitest'
import { changesOf } from './calibrate.ts'

const way = (threshold: string, isUp: boolean, from: number, share: number, effort = share) => ({
  ...{ threshold, isUp, from, share, effort },
})

test('of the ways that do for all videos the easiest is taken, as far as the most extreme video needs, and a margin', () => {
  const needs = [
    {
      file: 'a',
      type: 'black' as const,
      ways: [way('lumaMax', false, 24, 0.25), way('contrastMax', false, 6, 0.1)],
    },
    {
      file: 'b',
      type: 'black' as const,
      ways: [way('lumaMax', false, 24, 0.5), way('minSeconds', true, 1, 0.1)],
    },
  ]
  // Half the way to a quarter is a half; a fifth more is the margin.
  const moved = { threshold: 'lumaMax', from: 24, needed: 12, to: 10 }
  expect(changesOf(needs)).toEqual([{ type: 'black', moved, file: 'b', files: 2 }])
})

test('a way past the length of a video is taken only when there is no other', () => {
  const past = way('minSeconds', true, 1, 0.5, 1.5)
  const needs = [{ file: 'a', type: 'frozen' as const, ways: [past, way('minShare', true, 0.1, 0.9)] }]
  expect(changesOf(needs)[0]?.moved?.threshold).toBe('minShare')
  expect(changesOf([{ file: 'a', type: 'frozen', ways: [past] }])[0]?.moved).toMatchObject({ to: 2.4 })
})

test('where no way does for all, each video gets its own', () => {
  const needs = [
    { file: 'a', type: 'blurred' as const, ways: [way('sharpnessMax', false, 0.16, 0.5)] },
    { file: 'b', type: 'blurred' as const, ways: [way('minSeconds', true, 1, 0.5)] },
  ]
  expect(changesOf(needs).map(({ moved, file }) => [moved?.threshold, file])).toEqual([
    ['sharpnessMax', 'a'],
    ['minSeconds', 'b'],
  ])
})

test('a type is switched off when a video has no way, or two would go opposite ways', () => {
  const up = { file: 'a', type: 'noise' as const, ways: [way('speckleMin', true, 22, 0.1)] }
  const down = { file: 'b', type: 'noise' as const, ways: [way('speckleMin', false, 22, 0.1)] }
  expect(changesOf([up, { ...down, ways: [] }])).toEqual([{ type: 'noise', file: 'b', files: 2 }])
  expect(changesOf([up, down])).toEqual([{ type: 'noise', file: 'a', files: 2 }])
})

test('levels are moved by decibels, whatever their sign', () => {
  const needs = [{ file: 'a', type: 'loudness' as const, ways: [way('loudnessLufsMin', false, -40, 0.25)] }]
  expect(changesOf(needs)[0]?.moved).toMatchObject({ needed: -44, to: -46 })
})
