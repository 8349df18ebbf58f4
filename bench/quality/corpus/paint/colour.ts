import { between, pick } from '../chance.ts'
import type { Chance } from '../clip.ts'

/** BT.709 with its offsets taken off: y from 0 (black) to 219 (white), u and v from -112 to 112. */
export interface Colour {
  readonly y: number
  readonly u: number
  readonly v: number
}

/** @param red, green, blue - 0 to 1, as displayed (gamma coded). */
export function rgb(red: number, green: number, blue: number): Colour {
  const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  return { y: 219 * luma, u: (224 * (blue - luma)) / 1.8556, v: (224 * (red - luma)) / 1.5748 }
}

/** @param hue - turns. @param saturation, lightness - 0 to 1. */
export function hsl(hue: number, saturation: number, lightness: number): Colour {
  const reach = saturation * Math.min(lightness, 1 - lightness)
  const channel = (offset: number) => {
    const at = (((offset + hue * 12) % 12) + 12) % 12
    return lightness - reach * Math.max(-1, Math.min(at - 3, 9 - at, 1))
  }
  return rgb(channel(0), channel(8), channel(4))
}

export function mix(a: Colour, b: Colour, share: number): Colour {
  return { y: a.y + (b.y - a.y) * share, u: a.u + (b.u - a.u) * share, v: a.v + (b.v - a.v) * share }
}

export function dimmed(colour: Colour, gain: number): Colour {
  return { y: colour.y * gain, u: colour.u * gain, v: colour.v * gain }
}

/** Hues in turns with saturation, of places: [hue, spread of hue, saturation, darkest, lightest]. */
const places = {
  forest: [0.28, 0.07, 0.35, 0.12, 0.6],
  autumn: [0.08, 0.06, 0.5, 0.15, 0.65],
  city: [0.6, 0.1, 0.12, 0.15, 0.75],
  desert: [0.1, 0.04, 0.4, 0.3, 0.8],
  sea: [0.52, 0.06, 0.4, 0.15, 0.75],
  room: [0.07, 0.08, 0.3, 0.12, 0.7],
  market: [0.5, 0.5, 0.3, 0.2, 0.7],
  rock: [0.09, 0.1, 0.15, 0.15, 0.7],
  dusk: [0.75, 0.12, 0.35, 0.1, 0.6],
  skin: [0.05, 0.03, 0.35, 0.3, 0.75],
} as const
export type Place = keyof typeof places

export function paletteOf(chance: Chance, place: Place, count = 12): readonly Colour[] {
  const [hue, spread, saturation, darkest, lightest] = places[place]
  return Array.from({ length: count }, () =>
    hsl(
      hue + between(chance, -spread, spread),
      saturation * between(chance, 0.5, 1.3),
      between(chance, darkest, lightest),
    ),
  )
}

export function anyPlace(chance: Chance): Place {
  return pick(chance, Object.keys(places) as Place[])
}
