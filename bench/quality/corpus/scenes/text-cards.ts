import { between, pick, shuffled } from '../chance.ts'
import type { Chance, Footage } from '../clip.ts'
import { anyLook, type Canvas, type Format, footageOf } from '../paint/canvas.ts'
import { type Colour, hsl } from '../paint/colour.ts'
import { pointsOf } from '../paint/font.ts'
import { addGlow } from '../paint/glow.ts'
import { shotAt, shotStarts } from '../paint/join.ts'
import { ease } from '../paint/motion.ts'
import { drawShape } from '../paint/shapes.ts'

const lines = [
  'THE RIVER',
  'A NEW DAY',
  'SUMMER',
  'CHAPTER ONE',
  'WATER',
  'GOOD NIGHT',
  'THE END',
  'LATER THAT DAY',
]

/** Titles that come, grow a little, and go, on a plain ground over which a light wanders. */
export function textCards(format: Format, chance: Chance): Footage {
  const starts = shotStarts(format.frames, format.shots, chance)
  const words = shuffled(chance, lines)
  const isDark = chance() < 0.6
  const hue = chance()
  const ground = hsl(hue, 0.35, isDark ? 0.16 : 0.7)
  const ink = hsl(hue + 0.5, 0.3, isDark ? 0.88 : 0.15)
  const light = hsl(hue, 0.4, 0.12)
  const rate = between(chance, 0.15, 0.4) * pick(chance, [-1, 1])
  return footageOf(
    format,
    (canvas, seconds, index) => {
      paintGround(canvas, ground, light, rate * seconds)
      const shot = shotAt(starts, index)
      const start = starts[shot] ?? 0
      const end = starts[shot + 1] ?? format.frames
      const share = (index - start) / (end - start)
      const opacity = Math.min(
        ease(share, -0.08, 0.16),
        shot + 1 < starts.length ? ease(1 - share, 0, 0.15) : 1,
      )
      drawWord(canvas, words[shot % words.length] ?? '', 0.92 + 0.12 * share, opacity, ink)
    },
    { ...anyLook(chance), grain: between(chance, 0.4, 1.5) },
  )
}

function paintGround(canvas: Canvas, ground: Colour, light: Colour, turns: number): void {
  const { width, height } = canvas
  for (const part of ['y', 'u', 'v'] as const) {
    const plane = canvas[part]
    const lineWidth = part === 'y' ? width : width / 2
    const rows = plane.length / lineWidth
    for (let row = 0; row < rows; row++) {
      plane.fill(ground[part] * (1.1 - (0.25 * row) / rows), row * lineWidth, (row + 1) * lineWidth)
    }
  }
  const x = width * (0.5 + 0.4 * Math.sin(2 * Math.PI * turns))
  addGlow(canvas, x, height * (0.45 + 0.3 * Math.cos(2 * Math.PI * turns)), width * 0.6, light)
}

function drawWord(canvas: Canvas, word: string, size: number, opacity: number, ink: Colour): void {
  if (opacity <= 0) return
  const point = ((canvas.width * 0.8) / (Math.max(8, word.length) * 6)) * size
  const left = canvas.width / 2 - (word.length * 3 - 1) * point
  const top = canvas.height / 2 - 3 * point
  for (const { x, y } of pointsOf(word)) {
    drawShape(canvas, {
      x: left + x * point,
      y: top + y * point,
      long: point * 0.5 + 0.4,
      wide: point * 0.5 + 0.4,
      isBox: true,
      softness: 1,
      colour: ink,
      opacity,
    })
  }
}
