import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { clipOf, stillOf } from '../../../test/support/details.ts'
import { hasFfmpeg } from '../../../test/support/ffmpeg.ts'
import * as pictures from '../../../test/support/pictures.ts'
import { findFfmpeg } from '../../media/ffmpeg.ts'
import { blocky } from './blocky.ts'

const { small } = pictures
const leaves = pictures.leaves(small)
const find = (evidence: Parameters<typeof blocky.find>[0]) => blocky.find(evidence, blocky.thresholds)

/** As ffmpeg decodes what it has coded, without colour. */
function coded(picture: pictures.Picture, ...codec: readonly string[]): pictures.Picture {
  const { ffmpegPath } = findFfmpeg()
  const { width, height, data } = picture
  const input = new Uint8Array((width * height * 3) / 2).fill(128)
  input.set(data)
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`]
  const encode = ['-v', 'error', ...raw, '-i', '-', ...codec, '-f', 'matroska', '-']
  const decode = ['-v', 'error', '-i', '-', '-vf', 'extractplanes=y', '-frames:v', '1', '-f', 'rawvideo', '-']
  const file = execFileSync(ffmpegPath, encode, { input })
  return { width, height, data: new Uint8Array(execFileSync(ffmpegPath, decode, { input: file })) }
}

const spoilt: [string, pictures.Picture, RegExp][] = [
  ['5 % of blocks of 16 displaced', pictures.displaced(leaves, 16, 0.05), /mosaic|lost blocks/],
  ['5 % of blocks of 8 displaced', pictures.displaced(leaves, 8, 0.05), /mosaic|lost blocks/],
  ['5 % of blocks of 16 in one colour', lost(leaves, 16), /lost blocks: \d.\d % of the picture/],
  ['blocks of 8 in their mean', pictures.pixelated(leaves, 8), /^a mosaic|^lost/],
  ['blocks of 16 in their mean', pictures.pixelated(leaves, 16), /^a mosaic|^lost/],
  ['12 levels of luma', pictures.banded(leaves, 12), /^bands: luma has \d+ levels left, 19.8 apart/],
  ['8 levels of luma', pictures.banded(leaves, 8), /^bands/],
]
const fine: [string, pictures.Picture][] = [
  ['a scene', leaves],
  ['grain', pictures.grainy(leaves, 10)],
  ['a chess board on the grid', pictures.checkerboard(small, 8)],
  ['a chess board of 16 on the grid', pictures.checkerboard(small, 16)],
  ['bricks on the grid', pictures.bricks(small)],
  ['pixel art on the grid', pictures.pixelArt(small)],
  ['text', pictures.text(small, 3)],
  ['large text', pictures.text(small, 5)],
  ['a drawing in five tones', pictures.cartoon(small)],
  ['a gradient', pictures.drawn(small, (x) => 16 + (219 * x) / small.width)],
  ['a texture', pictures.fractal(small, 0.2)],
  ['static, which is noise', pictures.staticNoise(small, 8)],
]

describe('blockiness', () => {
  test.each(spoilt)('is found: %s', (_name, picture, evidence) => {
    const defects = find(stillOf(picture))
    expect(defects).toEqual([
      expect.objectContaining({ type: 'blocky', startSeconds: 0, endSeconds: 4, severity: 'major' }),
    ])
    expect(defects[0]?.evidence).toMatch(evidence)
  })

  test.each(fine)('is not found in %s', (_name, picture) => {
    expect(find(stillOf(picture))).toEqual([])
  })

  test('is not found in less than a tenth of its documented strength', () => {
    expect(find(stillOf(pictures.displaced(leaves, 16, 0.0025)))).toEqual([])
    expect(find(stillOf(pictures.banded(pictures.fractal(small), 32)))).toEqual([])
  })

  test('may be in one frame, and lasts half-way to those beside it', () => {
    const broken = pictures.displaced(leaves, 16, 0.05)
    expect(find(clipOf(leaves, broken, { from: 1, to: 1.2 }))).toEqual([
      expect.objectContaining({ startSeconds: 0.875, endSeconds: 1.125, severity: 'minor' }),
    ])
    expect(find(clipOf(leaves, broken, { from: 3.7, to: 4 }))).toEqual([
      expect.objectContaining({ startSeconds: 3.625, endSeconds: 4 }),
    ])
  })

  describe.skipIf(!hasFfmpeg)('after compression', () => {
    test.each(spoilt)('is found: %s', (_name, picture) => {
      expect(find(stillOf(coded(picture, '-c:v', 'libx264', '-crf', '28')))).toHaveLength(1)
    })

    test.each(fine)('is not found in %s', (_name, picture) => {
      expect(find(stillOf(coded(picture, '-c:v', 'libx264', '-crf', '30')))).toEqual([])
    })

    test('is found in what a coder without a deblocking filter leaves at its lowest quality', () => {
      expect(find(stillOf(coded(leaves, '-c:v', 'mpeg4', '-q:v', '31')))).toHaveLength(1)
    })
  })
})

/** A block in twenty has one luma, 40 off its mean. */
function lost(picture: pictures.Picture, block: number): pictures.Picture {
  const means = pictures.pixelated(picture, block)
  return pictures.changed(picture, (luma, x, y) => {
    const place = Math.floor(y / block) * 1000 + Math.floor(x / block)
    if (pictures.chanceOf(place)() >= 0.05) return luma
    const mean = pictures.lumaOf(means, x, y)
    return mean > 125 ? mean - 40 : mean + 40
  })
}
