/**
 * The greatest chance that still counts as a finding when so many are looked at: of those found, the expected share that
 * is none is at most `rate`; when nothing changed at all, the chance of any. Benjamini and Hochberg (J. R. Stat. Soc. B
 * 57, 1995), shown for independent tests, and for those that depend positively (Benjamini and Yekutieli, Annals of
 * Statistics 29, 2001).
 *
 * @param chances - of each test, in any order.
 * @returns 0 when none counts.
 */
export function chanceLimit(chances: readonly number[], rate: number): number {
  const sorted = chances.toSorted((a, b) => a - b)
  return sorted.findLast((chance, index) => chance <= ((index + 1) * rate) / sorted.length) ?? 0
}
