/**
 * True when the whole text is that of the pattern, in which `*` stands for any characters; upper and lower case are the
 * same. Without going back, so that no pattern takes long: each part between two stars is taken at its first place.
 */
export function matchesGlob(text: string, pattern: string): boolean {
  const whole = text.toLowerCase()
  const [first = '', ...rest] = pattern.toLowerCase().split('*')
  const last = rest.pop()
  if (last === undefined) return whole === first
  if (!whole.startsWith(first) || !whole.endsWith(last)) return false
  let at = first.length
  for (const part of rest) {
    const found = whole.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return at <= whole.length - last.length
}

/** How much a pattern asks: infinite without a star, else the number of its characters that are none; −1 without one. */
export function specificityOf(pattern: string | undefined): number {
  if (pattern === undefined) return -1
  const literal = pattern.replaceAll('*', '').length
  return literal === pattern.length ? Number.POSITIVE_INFINITY : literal
}
