/** Colours by what they mean. What a text says never depends on its colour. */
const codes = { good: 32, poor: 33, bad: 31, faint: 2, strong: 1 } as const
export type Colour = keyof typeof codes

export type Paint = (text: string, colour: Colour | undefined) => string

/** Paints with the escape sequences of ECMA-48 (8.3.117, SGR), or not at all. */
export function paintOf(hasColour: boolean): Paint {
  return (text, colour) =>
    hasColour && colour !== undefined ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text
}
