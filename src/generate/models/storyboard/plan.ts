/**
 * The plan of a storyboard: prompt, sizes and seed flow in; everything that will be seen and heard flows out, as
 * plain data. It is pure: the same input gives the same plan, and no prompt makes it throw.
 */
import { type Random, seededRandom } from '../../../system/random.ts'
import type { Font } from './font.ts'
import { type Palette, palettes } from './palette.ts'
import { type Canvas, type Layer, sceneries, titleScenery } from './scenery.ts'
import { cleanText, writeScript } from './script.ts'
import { type Chord, composeChords } from './sound.ts'
import { fitText, type TextBlock } from './text-block.ts'

/** What a storyboard is made from. */
export interface StoryboardRequest {
  readonly prompt: string
  /** Pixels; even. */
  readonly width: number
  readonly height: number
  readonly fps: number
  /** At least 1. */
  readonly frames: number
  /** 0 up to 2^32 - 1. */
  readonly seed: number
}

/** One card over one moving scenery. */
export interface Scene {
  readonly kind: 'title' | 'scene'
  readonly label: string
  readonly text: TextBlock
  /** Set from right to left, at the right margin. */
  readonly rightToLeft: boolean
  readonly palette: Palette
  readonly layers: readonly Layer[]
  readonly chord: Chord
  /** First frame in the video. */
  readonly startFrame: number
  /** Until the next scene starts. */
  readonly frames: number
}

export interface StoryboardPlan {
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly frames: number
  /** Length of a crossfade, which begins where a scene starts; 0 when scenes are too short for one. */
  readonly transitionFrames: number
  readonly marginPx: number
  readonly labelFontPx: number
  readonly scenes: readonly Scene[]
  /** Sentences about what could not be shown. */
  readonly warnings: readonly string[]
}

/** A card stays about this long, so that it can be read. */
const secondsPerScene = 2
const maxScenes = 5
const transitionSeconds = 0.4
/** Masks are drawn no higher than this and scaled up: their cost on the caller's thread is bounded. */
const maxMaskHeightPx = 540
const minFontPx = 12

/** Plans a storyboard. */
export function planStoryboard(request: StoryboardRequest, font: Font): StoryboardPlan {
  const { width, height, fps, frames } = request
  const random = seededRandom(request.seed)
  const cleaned = cleanText(request.prompt)
  const drawable = [...cleaned].filter((character) => font.canDraw(character)).join('')
  const count = countScenes(frames, fps)
  const script = writeScript(drawable.replace(/ {2,}/g, ' ').trim(), Math.max(1, count - 1))
  const unitPx = Math.min(height, width * 0.75)
  const marginPx = Math.round(width * 0.06)
  const texts = (count === 1 ? [script.title] : [script.title, ...script.scenes]).map((text, index) =>
    fitText(text, font, {
      widthPx: width - 2 * marginPx,
      maxLines: width < height ? 5 : 3,
      smallestFontPx: Math.max(minFontPx, Math.round(unitPx * 0.055)),
      largestFontPx: Math.max(minFontPx, Math.round(unitPx * (index === 0 ? 0.12 : 0.08))),
    }),
  )
  return {
    ...{ width, height, fps, frames, marginPx },
    labelFontPx: Math.max(10, Math.round(unitPx * 0.042)),
    transitionFrames: Math.min(Math.round(transitionSeconds * fps), Math.floor(frames / texts.length / 3)),
    scenes: planScenes(texts, request, random),
    warnings: warningsOf(cleaned.length - drawable.length, texts),
  }
}

/** The title card and up to four scenes; a video of one frame is a title card alone. */
function countScenes(frames: number, fps: number): number {
  const wanted = 1 + Math.max(1, Math.round(frames / fps / secondsPerScene))
  return Math.min(wanted, maxScenes, frames)
}

function planScenes(
  texts: readonly TextBlock[],
  request: StoryboardRequest,
  random: Random,
): readonly Scene[] {
  const chords = composeChords(texts.length, random)
  const colours = shuffle(palettes, random)
  const pictures = [titleScenery, ...shuffle(sceneries, random)]
  const scale = Math.min(1, maxMaskHeightPx / request.height)
  const canvas: Canvas = {
    width: Math.round(request.width * scale),
    height: Math.round(request.height * scale),
  }
  return texts.map((text, index) => {
    const startFrame = Math.round((request.frames * index) / texts.length)
    const palette = pick(colours, index)
    return {
      kind: index === 0 ? 'title' : 'scene',
      label: index === 0 ? 'STORYBOARD' : `SCENE ${index}`,
      text,
      rightToLeft: isRightToLeft(text.lines.join('')),
      palette,
      layers: pick(pictures, index)(canvas, palette, random),
      chord: pick(chords, index),
      startFrame,
      frames: Math.round((request.frames * (index + 1)) / texts.length) - startFrame,
    }
  })
}

/** The item at an index that goes round. */
function pick<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length]
  if (item === undefined) throw new RangeError('There is nothing to pick from')
  return item
}

/** In an order of chance: Fisher and Yates. */
function shuffle<T>(items: readonly T[], random: Random): readonly T[] {
  const left = [...items]
  return items.flatMap(() => left.splice(Math.floor(random.next() * left.length), 1))
}

/** By the first letter that has a direction. */
function isRightToLeft(text: string): boolean {
  const letter = text.match(/\p{L}/u)?.[0] ?? ''
  return /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Nko}]/u.test(letter)
}

function warningsOf(undrawableChars: number, texts: readonly TextBlock[]): readonly string[] {
  const warnings: string[] = []
  if (undrawableChars > 0)
    warnings.push(`Characters that the font cannot draw were left off the cards: ${undrawableChars}`)
  if (texts.some((text) => text.shortened))
    warnings.push('The prompt is too long for the cards and was shortened')
  return warnings
}
