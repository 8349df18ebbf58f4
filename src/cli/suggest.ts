const maxSuggestions = 3

/** The names that `text` may have meant, nearest first: those it is part of, and those a few typing errors away. */
export function nearestNames(text: string, names: Iterable<string>): readonly string[] {
  const wanted = text.toLowerCase()
  const limit = Math.max(2, Math.floor(wanted.length / 4))
  return [...names]
    .map((name) => ({ name, distance: distanceOf(wanted, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= limit || isPart(wanted, name.toLowerCase()))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, maxSuggestions)
    .map(({ name }) => name)
}

/** ` (did you mean …?)`, the end of a sentence; nothing when no name is near. */
export function didYouMean(text: string, names: Iterable<string>): string {
  const nearest = nearestNames(text, names).map((name) => `"${name}"`)
  const last = nearest.pop()
  if (last === undefined) return ''
  return ` (did you mean ${nearest.length > 0 ? `${nearest.join(', ')} or ` : ''}${last}?)`
}

function isPart(wanted: string, name: string): boolean {
  return wanted.length > 2 && (name.includes(wanted) || wanted.includes(name))
}

/** How many characters to insert, delete or replace (Levenshtein, Soviet Physics Doklady 10, 1966). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? a.length
}
