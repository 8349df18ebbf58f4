/** What is written on the cards. Everything here is pure and takes text of any content. */
export interface Script {
  readonly title: string
  /** At least one; in the order of the prompt. */
  readonly scenes: readonly string[]
}

/** More cannot be shown on five cards. */
const maxPromptChars = 4000
const titleWords = 9
const untitled = 'Untitled'
/** A shorter part is not made a scene of its own by cutting a sentence. */
const minPartChars = 12

const sentenceEnd = /(?<=[.!?…;]["'”’)\]]*)\s+|(?<=[。！？])/u
const clauseEnd = /(?<=[,:،])\s+|(?<=[、，])|\s+(?=(?:and|then|while|as)\s)|\s+(?=[–—-]\s)/iu

const phraseStart =
  /\s+(?=(?:across|along|around|at|behind|beneath|beside|between|by|from|in|into|near|on|onto|over|past|through|toward|towards|under|with|without)\s)/iu
const leadingOn = /(?:\s(?:a|an|the|of|in|on|at|by|to|for|from|into|over|with|and|or|as|its|is))+$/iu

/**
 * Divides a text into a title and scenes: at sentence ends; when those are too few, at a comma, else before a preposition,
 * else at a space, the nearest to the middle of the longest part; when they are too many, the shortest neighbours share a scene.
 *
 * @param text - as `cleanText` returns it; may be empty.
 * @param maxScenes - at least 1.
 */
export function writeScript(text: string, maxScenes: number): Script {
  const sentences = text.split(sentenceEnd).filter((part) => part !== '')
  const [first] = sentences
  if (first === undefined) return { title: untitled, scenes: [untitled] }
  return {
    title: titleOf(first),
    scenes: joinShortest(cutLongest(sentences, maxScenes), maxScenes).map(withoutComma),
  }
}

/** One line of visible characters: no controls, no lone surrogates, no runs of spaces. May be empty. */
export function cleanText(text: string): string {
  return text
    .slice(0, maxPromptChars)
    .toWellFormed()
    .normalize('NFC')
    .replace(/(?!\p{Cc})[\p{C}\p{Variation_Selector}\ufffd]/gu, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
}

function withoutComma(part: string): string {
  return part.replace(/[,:;،、]+$/u, '') || part
}

/** The first clause, cut after a few words, but not after one that leads on to the next. */
function titleOf(sentence: string): string {
  const clause = sentence.split(clauseEnd)[0] || sentence
  const words = clause.split(' ')
  const kept = words.slice(0, titleWords).join(' ')
  const bare = kept.replace(/[.,;:،。]+$/u, '') || kept
  return words.length > titleWords ? `${bare.replace(leadingOn, '')}…` : bare
}

function cutLongest(sentences: readonly string[], count: number): readonly string[] {
  const parts = [...sentences]
  while (parts.length < count) {
    const longest = parts.reduce(
      (best, part, index) => (part.length > (parts[best] ?? '').length ? index : best),
      0,
    )
    const halves = cut(parts[longest] ?? '')
    if (!halves) break
    parts.splice(longest, 1, ...halves)
  }
  return parts
}

function cut(part: string): readonly [string, string] | undefined {
  return cutAt(part, clauseEnd) ?? cutAt(part, phraseStart) ?? cutAt(part, /\s+/u)
}

/** Cuts at the match nearest to the middle that leaves two parts long enough. */
function cutAt(part: string, pattern: RegExp): readonly [string, string] | undefined {
  const cuts = [...part.matchAll(new RegExp(pattern.source, `${pattern.flags}g`))].map(
    (match) => [part.slice(0, match.index), part.slice(match.index + match[0].length)] as const,
  )
  const fair = cuts.filter((halves) => halves.every((half) => half.length >= minPartChars))
  const unevenness = ([before, after]: readonly [string, string]) => Math.abs(before.length - after.length)
  return fair.sort((a, b) => unevenness(a) - unevenness(b))[0]
}

function joinShortest(parts: readonly string[], count: number): readonly string[] {
  const joined = [...parts]
  while (joined.length > count) {
    const lengthAt = (index: number) => (joined[index]?.length ?? 0) + (joined[index + 1]?.length ?? 0)
    let shortest = 0
    for (let index = 1; index < joined.length - 1; index++) {
      if (lengthAt(index) < lengthAt(shortest)) shortest = index
    }
    joined.splice(shortest, 2, `${joined[shortest]} ${joined[shortest + 1]}`)
  }
  return joined
}
