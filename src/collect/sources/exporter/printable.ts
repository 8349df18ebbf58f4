/**
 * Text of strangers as it may stand in a message or an attribute: no control characters, no lone surrogates, no longer
 * than `maxLength`.
 */
export function printable(text: string, maxLength: number): string {
  // Cut first: what is replaced below stays as long as it was, but for a surrogate that lost its half.
  return text
    .slice(0, maxLength * 2)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ')
    .trim()
    .slice(0, maxLength)
    .toWellFormed()
}
