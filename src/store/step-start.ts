/** The start of the step that a time lies in: steps are aligned to multiples of their length since the Unix epoch. */
export function stepStart(timeMs: number, stepMs: number): number {
  return Math.floor(timeMs / stepMs) * stepMs
}
