/** An RGB colour as `rrggbb`. */
export type Colour = string

/** The colours of a scene. Every light one keeps a contrast of 4.5 (WCAG 2.2, 1.4.3) on the panel behind the text. */
export interface Palette {
  readonly skyTop: Colour
  readonly skyBottom: Colour
  /** From the farthest layer to the nearest. */
  readonly layers: readonly [Colour, Colour, Colour]
  /** Sun, moon, lamps, and the small print of the cards. */
  readonly light: Colour
}

export const palettes: readonly Palette[] = [
  { skyTop: '1b2a49', skyBottom: 'e0876a', layers: ['8a5670', '523a5e', '2a2142'], light: 'ffd9a0' },
  { skyTop: '0b2545', skyBottom: '4f97b8', layers: ['2f7396', '155078', '06304f'], light: 'f4ecd0' },
  { skyTop: '17332f', skyBottom: '93b88f', layers: ['5a8a68', '346150', '1a3b31'], light: 'fbf0be' },
  { skyTop: '0b0f2b', skyBottom: '48408c', layers: ['34317a', '221f57', '121135'], light: 'e9e4ff' },
  { skyTop: '2b0f1a', skyBottom: 'd1603f', layers: ['9c3a38', '662437', '341324'], light: 'ffcf99' },
  { skyTop: '2a1a4a', skyBottom: 'bd74a6', layers: ['84508f', '553570', '2e1d47'], light: 'ffe0f0' },
]

export const textColour: Colour = 'ffffff'

/** Share of black in the panel behind the text. */
export const panelOpacity = 0.62
