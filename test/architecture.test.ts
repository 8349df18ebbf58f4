/** The rules of ARCHITECTURE.md, read from the source itself: levels, cycles, lengths, banned globals. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const src = join(root, 'src')

/** A folder imports only from lower levels. */
const levels: Record<string, number> = {
  model: 0,
  system: 1,
  config: 2,
  store: 2,
  media: 3,
  collect: 4,
  track: 4,
  quality: 4,
  detect: 4,
  alert: 4,
  notify: 4,
  generate: 4,
  scale: 4,
  http: 5,
  engine: 6,
  cli: 7,
  'index.ts': 7,
}

const maxFunctionLines = 70
const maxFileLines = 400
const bannedGlobals = new Set(['setTimeout', 'setInterval', 'setImmediate'])
const bannedMembers = new Set(['Date.now', 'Math.random', 'performance.now', 'process.hrtime'])
const bannedModules = /^(node:)?(child_process|fs|fs\/promises|timers|timers\/promises)$/

interface SourceFile {
  readonly path: string
  readonly text: string
  readonly imports: readonly { readonly specifier: string; readonly target: string | undefined }[]
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(src, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

function load(path: string): SourceFile {
  const text = readFileSync(join(src, path), 'utf8')
  const { module, program } = parseSync(path, text)
  const specifiers = [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.staticExports.flatMap((entry) => entry.entries.flatMap((e) => e.moduleRequest?.value ?? [])),
  ]
  new Visitor({
    ImportExpression(node) {
      if (node.source.type === 'Literal' && typeof node.source.value === 'string')
        specifiers.push(node.source.value)
    },
  }).visit(program)
  return {
    path,
    text,
    imports: specifiers.map((specifier) => ({
      specifier,
      target: specifier.startsWith('.') ? posix.join(dirname(path), specifier) : undefined,
    })),
  }
}

const allFiles = listFiles(src).map(load)
const files = allFiles.filter((file) => !/\.(test|contract)\.ts$/.test(file.path))
const folderOf = (path: string): string => path.split('/')[0] ?? path
const lineCount = (text: string): number => text.split('\n').length - 1

function functionsOf(file: SourceFile): { name: string; lines: number }[] {
  const found: { name: string; lines: number }[] = []
  const { program } = parseSync(file.path, file.text)
  const note = (node: { start: number; end: number }, name: string) =>
    found.push({ name, lines: file.text.slice(node.start, node.end).split('\n').length })
  new Visitor({
    FunctionDeclaration: (node) => note(node, node.id?.name ?? 'function'),
    FunctionExpression: (node) => note(node, node.id?.name ?? 'method'),
    ArrowFunctionExpression: (node) => note(node, 'arrow'),
  }).visit(program)
  return found
}

function bannedUses(file: SourceFile): string[] {
  const found = file.imports
    .filter((entry) => bannedModules.test(entry.specifier))
    .map((entry) => entry.specifier)
  new Visitor({
    CallExpression({ callee }) {
      if (callee.type === 'Identifier' && bannedGlobals.has(callee.name)) found.push(callee.name)
    },
    MemberExpression(node) {
      if (node.object.type !== 'Identifier' || node.property.type !== 'Identifier') return
      const name = `${node.object.name}.${node.property.name}`
      if (bannedMembers.has(name)) found.push(name)
    },
    NewExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date') found.push('new Date')
    },
  }).visit(parseSync(file.path, file.text).program)
  return found
}

function findCycle(): string[] | undefined {
  const graph = new Map(files.map((file) => [file.path, file.imports.flatMap((entry) => entry.target ?? [])]))
  const done = new Set<string>()
  const walk = (path: string, trail: string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return undefined
    for (const next of graph.get(path) ?? []) {
      const cycle = walk(next, [...trail, path])
      if (cycle) return cycle
    }
    done.add(path)
    return undefined
  }
  for (const path of graph.keys()) {
    const cycle = walk(path, [])
    if (cycle) return cycle
  }
  return undefined
}

describe('the source tree', () => {
  test('has only the folders of the architecture', () => {
    expect(
      [...new Set(files.map((file) => folderOf(file.path)))].filter((folder) => !(folder in levels)),
    ).toEqual([])
  })

  test('imports only from lower levels, type imports included', () => {
    const breaches = files.flatMap((file) =>
      file.imports
        .filter(({ target }) => target !== undefined && folderOf(target) !== folderOf(file.path))
        .filter(({ target = '' }) => (levels[folderOf(target)] ?? 99) >= (levels[folderOf(file.path)] ?? -1))
        .map(({ target }) => `${file.path} → ${target}`),
    )
    expect(breaches).toEqual([])
  })

  test('sees of the store only its port, except where the whole is composed', () => {
    const breaches = files
      .filter((file) => !['store', 'engine'].includes(folderOf(file.path)))
      .flatMap((file) => file.imports.map((entry) => ({ file: file.path, target: entry.target ?? '' })))
      .filter(({ target }) => folderOf(target) === 'store' && target !== 'store/store.ts')
    expect(breaches).toEqual([])
  })

  test('has no import cycle', () => {
    expect(findCycle()).toBeUndefined()
  })

  test('has no dangling relative import', () => {
    const known = new Set(allFiles.map((file) => file.path))
    const dangling = files.flatMap((file) =>
      file.imports.flatMap(({ target }) =>
        target && !known.has(target) ? [`${file.path} → ${target}`] : [],
      ),
    )
    expect(dangling).toEqual([])
  })

  test(`has no function over ${maxFunctionLines} lines`, () => {
    const long = files.flatMap((file) =>
      functionsOf(file)
        .filter(({ lines }) => lines > maxFunctionLines)
        .map(({ name, lines }) => `${file.path} ${name}: ${lines}`),
    )
    expect(long).toEqual([])
  })

  test(`has no file over ${maxFileLines} lines, tests included`, () => {
    expect(allFiles.filter((file) => lineCount(file.text) > maxFileLines).map((file) => file.path)).toEqual(
      [],
    )
  })

  test('takes time, chance, timers, files and processes only through src/system', () => {
    const breaches = files
      .filter((file) => folderOf(file.path) !== 'system')
      .flatMap((file) => bannedUses(file).map((use) => `${file.path}: ${use}`))
    expect(breaches).toEqual([])
  })

  test('has no default export and no `any`', () => {
    const breaches = files.filter((file) => /^export default|: any\b|<any>|as any\b/m.test(file.text))
    expect(breaches.map((file) => file.path)).toEqual([])
  })
})
