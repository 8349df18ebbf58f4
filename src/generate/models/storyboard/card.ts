import { panelOpacity, textColour } from './palette.ts'
import type { Scene, StoryboardPlan } from './plan.ts'

/** One line of text and the file that holds it. */
interface CardLine {
  readonly fileName: string
  readonly text: string
  readonly fontSizePx: number
  readonly colour: string
  /** From the top of the frame. */
  readonly baselinePx: number
}

/** What draws a card, and the texts it reads. */
export interface Card {
  readonly filters: readonly string[]
  readonly lines: readonly CardLine[]
}

/** The name under which the font must be in the working directory. */
export const fontFileName = 'font.ttf'

const lineHeight = 1.3

/**
 * Lays out a card: in the middle of the frame for the title, at its foot for a scene. Cards replace each other in the
 * middle of the crossfade between two sceneries, at once: two texts are never mixed.
 */
export function layOutCard(plan: StoryboardPlan, scene: Scene, index: number): Card {
  const { fontSizePx, lines } = scene.text
  const paddingPx = Math.round(plan.labelFontPx * 0.9)
  const linePx = Math.round(fontSizePx * lineHeight)
  const labelPx = Math.round(plan.labelFontPx * 1.7)
  const panelPx = labelPx + lines.length * linePx + 2 * paddingPx
  const topPx = scene.kind === 'title' ? Math.round((plan.height - panelPx) / 2) : plan.height - panelPx
  const label: CardLine = {
    fileName: `label-${index}.txt`,
    text: scene.label,
    fontSizePx: plan.labelFontPx,
    colour: scene.palette.light,
    baselinePx: topPx + paddingPx + plan.labelFontPx,
  }
  const texts = lines.map((text, row) => ({
    fileName: `text-${index}-${row}.txt`,
    text,
    fontSizePx,
    colour: textColour,
    // A capital is about 0.73 em high: this centres it in its line.
    baselinePx: topPx + paddingPx + labelPx + row * linePx + Math.round(linePx / 2 + fontSizePx * 0.365),
  }))
  const drawn = [label, ...texts]
  const filters = [...panelFilters(plan, scene, topPx, panelPx), ...textFilters(plan, scene, drawn)]
  const fromFrame = index === 0 ? 0 : scene.startFrame + Math.floor(plan.transitionFrames / 2)
  const toFrame = scene.startFrame + scene.frames + Math.floor(plan.transitionFrames / 2) - 1
  return {
    lines: drawn,
    filters: filters.map((filter) => `${filter}:enable='between(n,${fromFrame},${toFrame})'`),
  }
}

/** A dark band that keeps the text legible over any scenery, with a rule of light along its upper edge. */
function panelFilters(plan: StoryboardPlan, scene: Scene, topPx: number, panelPx: number): readonly string[] {
  const rulePx = Math.max(2, Math.round(plan.labelFontPx / 6))
  const band = `x=0:w=${plan.width}`
  return [
    `drawbox=${band}:y=${topPx}:h=${panelPx}:color=black@${panelOpacity}:t=fill`,
    `drawbox=${band}:y=${topPx - rulePx}:h=${rulePx}:color=0x${scene.palette.light}:t=fill`,
  ]
}

function textFilters(plan: StoryboardPlan, scene: Scene, lines: readonly CardLine[]): readonly string[] {
  const x = scene.rightToLeft ? `w-text_w-${plan.marginPx}` : `${plan.marginPx}`
  return lines.map(
    ({ fileName, fontSizePx, colour, baselinePx }) =>
      `drawtext=fontfile=${fontFileName}:textfile=${fileName}:expansion=none:fontsize=${fontSizePx}` +
      `:fontcolor=0x${colour}:x=${x}:y=${baselinePx}-max_glyph_a`,
  )
}
