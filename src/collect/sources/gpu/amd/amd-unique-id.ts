/**
 * The number that AMD gives each card, in one form: sysfs writes sixteen digits, the tools write `0x` and leave out
 * leading zeros. A reader that takes the place of another one then names the same card.
 */
export function amdUniqueId(text: string): string | undefined {
  const [, digits] = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(text.trim()) ?? []
  return digits === undefined || /^(?:0+|f{16})$/i.test(digits)
    ? undefined
    : digits.toLowerCase().padStart(16, '0')
}

/** A name in words; firmware that has none gives its vendor's number, or nothing. */
export function amdName(...texts: readonly (string | undefined)[]): string | undefined {
  return texts
    .map((text) => text?.trim())
    .find((text) => text && !/^(?:0x[0-9a-f]+|n\/a|unknown)$/i.test(text))
}

/** Cards that were given none write one zero, or many. */
export function amdSerial(text: string | undefined): string | undefined {
  return text === undefined || /^(?:0*|n\/a|unknown)$/i.test(text.trim()) ? undefined : text.trim()
}
