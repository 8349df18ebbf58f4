import { matchesGlob as matchesExactly } from '../../model/glob.ts'

/** As in the model, with upper and lower case the same. */
export function matchesGlob(text: string, pattern: string): boolean {
  return matchesExactly(text.toLowerCase(), pattern.toLowerCase())
}

/** How much a pattern asks: infinite without a star, else the number of its characters that are none; −1 without one. */
export function specificityOf(pattern: string | undefined): number {
  if (pattern === undefined) return -1
  const literal = pattern.replaceAll('*', '').length
  return literal === pattern.length ? Number.POSITIVE_INFINITY : literal
}
