/** Reads the JSON of AMD's tools as they write it in truth: after warnings, with `NaN`, with numbers as texts. */

export type JsonObject = { readonly [key: string]: unknown }

/** A line that begins a value; one that holds a warning may begin with a bracket too, so each is tried. */
const startPattern = /^[ \t]*[[{]/gm
const maxTries = 32

/** @throws an `Error` when there is no JSON in it. */
export function parseToolJson(output: string): unknown {
  const end = Math.max(output.lastIndexOf('}'), output.lastIndexOf(']')) + 1
  let tries = 0
  for (const { index } of output.matchAll(startPattern)) {
    if (index >= end || ++tries > maxTries) break
    const parsed = parsedOf(output.slice(index, end))
    if (parsed !== undefined) return parsed
  }
  throw new Error('the tool wrote no JSON')
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return parsedWithoutNan(text)
  }
}

/** Python writes numbers that JSON has no words for. */
function parsedWithoutNan(text: string): unknown {
  if (!/NaN|Infinity/.test(text)) return undefined
  const clean = text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (part) =>
    part.startsWith('"') ? part : 'null',
  )
  try {
    return JSON.parse(clean)
  } catch {
    return undefined
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text of a text or a number; undefined of anything else. */
export function jsonText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : undefined
}
