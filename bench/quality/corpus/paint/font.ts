/** Capital letters of 5 x 7 points; rows from the top, bits from the left. */
const glyphs: Readonly<Record<string, readonly number[]>> = {
  A: [14, 17, 17, 31, 17, 17, 17],
  B: [30, 17, 17, 30, 17, 17, 30],
  C: [14, 17, 16, 16, 16, 17, 14],
  D: [30, 17, 17, 17, 17, 17, 30],
  E: [31, 16, 16, 30, 16, 16, 31],
  F: [31, 16, 16, 30, 16, 16, 16],
  G: [14, 17, 16, 23, 17, 17, 15],
  H: [17, 17, 17, 31, 17, 17, 17],
  I: [14, 4, 4, 4, 4, 4, 14],
  L: [16, 16, 16, 16, 16, 16, 31],
  M: [17, 27, 21, 21, 17, 17, 17],
  N: [17, 25, 21, 19, 17, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  P: [30, 17, 17, 30, 16, 16, 16],
  R: [30, 17, 17, 30, 20, 18, 17],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  U: [17, 17, 17, 17, 17, 17, 14],
  V: [17, 17, 17, 17, 17, 10, 4],
  Y: [17, 17, 10, 4, 4, 4, 4],
  W: [17, 17, 17, 21, 21, 27, 17],
}

/** The points that are set in a word, from the left and the top: letters are 6 apart. Unknown letters are blank. */
export function pointsOf(word: string): readonly { readonly x: number; readonly y: number }[] {
  return [...word].flatMap((letter, index) =>
    (glyphs[letter] ?? []).flatMap((bits, y) =>
      [0, 1, 2, 3, 4].filter((x) => (bits >> (4 - x)) & 1).map((x) => ({ x: index * 6 + x, y })),
    ),
  )
}
