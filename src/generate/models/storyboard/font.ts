import { FramewatchError } from '../../../model/errors.ts'

/**
 * The metrics of a TrueType font: which characters it can draw and how wide each is. Tables as in the OpenType
 * specification, chapters `head`, `hhea`, `hmtx` and `cmap` (subtable format 12).
 */
export class Font {
  readonly #advances: ReadonlyMap<number, number>

  private constructor(advances: ReadonlyMap<number, number>) {
    this.#advances = advances
  }

  /** @throws FramewatchError `GENERATION_FAILED` when the bytes are no font with a format 12 character map. */
  static parse(bytes: Uint8Array): Font {
    try {
      return new Font(readAdvances(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)))
    } catch (cause) {
      throw new FramewatchError('GENERATION_FAILED', 'The font for the text cards cannot be read', { cause })
    }
  }

  canDraw(character: string): boolean {
    return this.#advances.has(character.codePointAt(0) ?? 0)
  }

  /** Width of a line in em, without kerning; characters that cannot be drawn count as nothing. */
  widthOf(text: string): number {
    let width = 0
    for (const character of text) width += this.#advances.get(character.codePointAt(0) ?? 0) ?? 0
    return width
  }
}

function readAdvances(view: DataView): Map<number, number> {
  const tables = readTables(view)
  const table = (name: string): number => {
    const offset = tables.get(name)
    if (offset === undefined) throw new RangeError(`table "${name}" is missing`)
    return offset
  }
  const unitsPerEm = view.getUint16(table('head') + 18)
  const lastMetric = view.getUint16(table('hhea') + 34) - 1
  const metrics = table('hmtx')
  const advances = new Map<number, number>()
  for (const [codePoint, glyph] of readCharacterMap(view, table('cmap'))) {
    // Glyphs past the last metric share its width.
    advances.set(codePoint, view.getUint16(metrics + Math.min(glyph, lastMetric) * 4) / unitsPerEm)
  }
  return advances
}

function readTables(view: DataView): Map<string, number> {
  const tables = new Map<string, number>()
  const count = view.getUint16(4)
  for (let index = 0; index < count; index++) {
    const entry = 12 + index * 16
    const name = String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(entry + offset)))
    tables.set(name, view.getUint32(entry + 8))
  }
  return tables
}

function* readCharacterMap(view: DataView, cmap: number): Generator<readonly [number, number]> {
  const subtable = findFormat12(view, cmap)
  const groups = view.getUint32(subtable + 12)
  for (let index = 0; index < groups; index++) {
    const group = subtable + 16 + index * 12
    const first = view.getUint32(group)
    const last = Math.min(view.getUint32(group + 4), 0x10ffff)
    const glyph = view.getUint32(group + 8)
    for (let codePoint = first; codePoint <= last; codePoint++) yield [codePoint, glyph + codePoint - first]
  }
}

function findFormat12(view: DataView, cmap: number): number {
  const count = view.getUint16(cmap + 2)
  for (let index = 0; index < count; index++) {
    const offset = cmap + view.getUint32(cmap + 4 + index * 8 + 4)
    if (view.getUint16(offset) === 12) return offset
  }
  throw new RangeError('no character map of format 12')
}
