/** Eighths of a block. Unicode, chapter 22.7. */
const parts = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar of exactly `columns` columns; dots where there is nothing to show. @param ratio - 0..1. */
export function drawBar(ratio: number | null, columns: number): string {
  if (ratio === null || Number.isNaN(ratio)) return '·'.repeat(columns)
  const eighths = Math.round(Math.min(1, Math.max(0, ratio)) * columns * 8)
  const bar = '█'.repeat(Math.floor(eighths / 8)) + (parts[eighths % 8] ?? '')
  return bar + '░'.repeat(columns - bar.length)
}
