import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Font } from './font.ts'
import { palettes, panelOpacity, textColour } from './palette.ts'
import { planStoryboard, type StoryboardRequest } from './plan.ts'
import { buildRenderJob } from './render-job.ts'

const path = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf')
const font = Font.parse(readFileSync(path))
const usual = {
  prompt: 'A fox runs. It leaps over a stream.',
  width: 320,
  height: 180,
  fps: 24,
  frames: 96,
  seed: 7,
}
const plan = (changes: Partial<StoryboardRequest> = {}) => planStoryboard({ ...usual, ...changes }, font)

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.constantFrom(
    '%{pts}:\\',
    "';[out]",
    '\0',
    '😀'.repeat(5000),
    'a'.repeat(100_000),
    'a. '.repeat(30_000),
    'שלום עולם',
  ),
)

describe('a plan', () => {
  test.each([
    [1, 2],
    [4, 3],
    [6, 4],
    [60, 5],
  ])('of %d seconds of many sentences has %d cards', (seconds, cards) => {
    const prompt = 'One thing happens. Then another one. Then a third. Then a fourth. It ends.'
    expect(plan({ prompt, frames: seconds * 24 }).scenes).toHaveLength(cards)
  })

  test('begins with a title card and numbers its scenes', () => {
    expect(plan().scenes.map(({ kind, label }) => `${kind}: ${label}`)).toEqual([
      'title: STORYBOARD',
      'scene: SCENE 1',
      'scene: SCENE 2',
    ])
  })

  test('is the same for the same seed and another for another', () => {
    expect(buildRenderJob(plan())).toEqual(buildRenderJob(plan()))
    expect(buildRenderJob(plan({ seed: 8 }))).not.toEqual(buildRenderJob(plan()))
  })

  test('gives every scene its own colours and another scenery', () => {
    const { scenes } = plan({
      frames: 24 * 60,
      prompt: 'One one one. Two two two. Three three. Four four four.',
    })
    expect(new Set(scenes.map((scene) => scene.palette)).size).toBe(5)
  })

  test('says when characters or words had to be left out', () => {
    expect(plan({ prompt: 'A fox 狐' }).warnings.join()).toContain('left off the cards: 1')
    expect(plan({ prompt: 'word '.repeat(500) }).warnings.join()).toContain('too long for the cards')
    expect(plan().warnings).toEqual([])
  })

  test('sets right-to-left text at the right margin', () => {
    expect(plan({ prompt: 'שלום עולם' }).scenes.every((scene) => scene.rightToLeft)).toBe(true)
  })

  test('of any prompt, size and length fills every frame once and keeps its text in the frame', () => {
    const even = (least: number) => fc.integer({ min: least / 2, max: 300 }).map((half) => half * 2)
    const sizes = fc.record({ width: even(128), height: even(128), fps: fc.integer({ min: 1, max: 60 }) })
    const frames = fc.integer({ min: 1, max: 1000 })
    const seed = fc.integer({ min: 0, max: 0xffff_ffff })
    fc.assert(
      fc.property(hostile, sizes, frames, seed, (prompt, size, frameCount, seedValue) => {
        const made = plan({ ...size, prompt, frames: frameCount, seed: seedValue })
        let next = 0
        for (const scene of made.scenes) {
          expect(scene.startFrame).toBe(next)
          expect(scene.frames).toBeGreaterThan(0)
          next += scene.frames
          const { fontSizePx, lines } = scene.text
          expect(fontSizePx).toBeGreaterThanOrEqual(12)
          expect(lines.length * fontSizePx * 1.3).toBeLessThan(size.height)
          for (const line of lines) expect(font.widthOf(line) * fontSizePx).toBeLessThanOrEqual(size.width)
        }
        expect(next).toBe(frameCount)
      }),
      { numRuns: 60 },
    )
  })
})

test('no character of a prompt reaches the arguments of ffmpeg', () => {
  fc.assert(
    fc.property(hostile, (prompt) => {
      const withPrompt = buildRenderJob(plan({ prompt: `${prompt} ☃☃` }))
      expect(withPrompt.filterGraph).not.toContain('☃')
      expect(withPrompt.filterGraph).toMatch(/^[\x20-\x7e]+$/)
      expect(withPrompt.filterGraph.match(/drawtext=/g)).toHaveLength(
        withPrompt.filterGraph.match(/expansion=none/g)?.length ?? 0,
      )
    }),
    { numRuns: 30 },
  )
})

test('no layer moves so far that its edge would show', () => {
  const { scenes } = plan({ frames: 24 * 600 })
  for (const { layers, frames } of scenes) {
    for (const layer of layers.filter(({ width }) => width >= 1)) {
      const moved =
        Math.sign(layer.velocityX) * Math.min(Math.abs(layer.velocityX) * (frames / 24), layer.maxTravel)
      expect(layer.x + moved).toBeLessThanOrEqual(1e-9)
      expect(layer.x + moved + layer.width).toBeGreaterThanOrEqual(1 - 1e-9)
    }
  }
})

/** Relative luminance as in WCAG 2.2. */
function luminance(channels: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
    const share = channel / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

test('every text has a contrast of at least 4.5 on the panel, whatever colour of the scene lies behind', () => {
  const channels = (colour: string) => [0, 2, 4].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
  for (const { skyTop, skyBottom, layers, light } of palettes) {
    for (const behind of [skyTop, skyBottom, ...layers, light]) {
      const panel = luminance(channels(behind).map((channel) => channel * (1 - panelOpacity)))
      for (const text of [textColour, light]) {
        const contrast = (luminance(channels(text)) + 0.05) / (panel + 0.05)
        expect(contrast, `${text} over ${behind}`).toBeGreaterThanOrEqual(4.5)
      }
    }
  }
})
