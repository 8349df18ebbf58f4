/**
 * Reads `nvidia-smi -q -x`. The format has elements, texts and one attribute that matters; a general XML parser would
 * bring seven packages and stop at the first fault, while a driver that loses a card half-way writes XML that is cut,
 * or messages between its elements.
 */
import { maxDepth, SmiTree, smiKey } from './smi-tree.ts'

const namePattern = /^[A-Za-z_][\w.-]*/

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

interface OpenElement {
  readonly name: string
  readonly node: SmiTree
  /** Where its text begins, until it has a child. */
  textFrom: number | undefined
}

/**
 * A text is taken only from an element that is closed: one that was cut may hold the first digits of a number.
 *
 * @throws an `Error` when there is no `nvidia_smi_log` in it.
 */
export function parseSmiXml(xml: string): SmiTree {
  const start = xml.indexOf('<nvidia_smi_log')
  if (start < 0)
    throw new Error('nvidia-smi wrote no XML: there is no element "nvidia_smi_log" in its output')
  const root = new SmiTree()
  const open: OpenElement[] = [{ name: '', node: root, textFrom: undefined }]
  for (let at = start; at >= 0; ) {
    const end = xml.indexOf('>', at)
    if (end < 0) break
    // A name of a process may hold the character that begins a tag: the last one before the end is it.
    readTag(xml, open, xml.lastIndexOf('<', end), end)
    at = xml.indexOf('<', end)
  }
  return root.at('nvidia_smi_log') ?? root
}

/** @param from - of the character that begins the tag; `end` of the one that ends it. */
function readTag(xml: string, open: OpenElement[], from: number, end: number): void {
  const isClosing = xml[from + 1] === '/'
  const tag = xml.slice(from + (isClosing ? 2 : 1), end)
  const name = namePattern.exec(tag)?.[0]
  if (name === undefined) return
  if (isClosing) {
    close(xml, open, name, from)
    return
  }
  const parent = open.at(-1)
  if (parent === undefined || open.length > maxDepth) return
  parent.textFrom = undefined
  const node = parent.node.add(smiKey(name), new SmiTree('', /\sid="([^"]*)"/.exec(tag)?.[1]))
  if (!tag.endsWith('/')) open.push({ name, node, textFrom: end + 1 })
}

/** Closes what was left open within it too; a closing tag of what is not open is passed over. */
function close(xml: string, open: OpenElement[], name: string, to: number): void {
  const depth = open.findLastIndex((element) => element.name === name)
  const element = open[depth]
  if (depth < 1 || element === undefined) return
  if (element.textFrom !== undefined) element.node.text = unescaped(xml.slice(element.textFrom, to)).trim()
  open.length = depth
}

function unescaped(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|([a-z]{2,4}));/g, (whole, number: string | undefined, name: string) => {
    if (number === undefined) return entities[name] ?? whole
    const code = Number(number)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
