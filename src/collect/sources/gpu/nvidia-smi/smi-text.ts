/** Reads `nvidia-smi -q`: lines of `key : value`, each belonging to the nearest line above that is indented less. */
import { maxDepth, SmiTree, smiKey } from './smi-tree.ts'

const headerPattern = /={3,}\s*NVSMI LOG\s*={3,}/
const gpuPattern = /^GPU ([0-9A-Fa-f:.]+)$/

/** @throws an `Error` when it is not the output of `nvidia-smi -q`. */
export function parseSmiText(text: string): SmiTree {
  const header = headerPattern.exec(text)
  if (!header) throw new Error('nvidia-smi wrote no log: there is no line "NVSMI LOG" in its output')
  const root = new SmiTree()
  const open: { readonly indent: number; readonly node: SmiTree }[] = [{ indent: -1, node: root }]
  const lines = text.slice(header.index + header[0].length).split('\n')
  // What ends in no line feed was cut, maybe within a number.
  lines.pop()
  for (const raw of lines) {
    const line = raw.trim()
    if (line === '') continue
    const indent = raw.length - raw.trimStart().length
    while (open.length > 1 && (open.at(-1)?.indent ?? 0) >= indent) open.pop()
    if (open.length > maxDepth) continue
    const { key, node } = entryOf(line)
    open.at(-1)?.node.add(key, node)
    open.push({ indent, node })
  }
  return root
}

function entryOf(line: string): { readonly key: string; readonly node: SmiTree } {
  const address = gpuPattern.exec(line)?.[1]
  if (address !== undefined) return { key: 'gpu', node: new SmiTree('', address) }
  // The value may hold a colon of its own: `C:\Windows\explorer.exe`.
  const separator = line.endsWith(' :') ? line.length - 2 : line.indexOf(' : ')
  if (separator < 0) return { key: smiKey(line), node: new SmiTree() }
  return { key: smiKey(line.slice(0, separator)), node: new SmiTree(line.slice(separator + 2).trim()) }
}
