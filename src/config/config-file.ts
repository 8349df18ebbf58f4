import type * as yaml from 'yaml'
import type { z } from 'zod'
import { type ErrorDetails, FramewatchError, messageOf } from '../model/errors.ts'
import { readFileSync } from '../system/files.ts'
import { lazyModule } from '../system/lazy-module.ts'
import { type OptionSource, parseOptions } from './validate.ts'

/** Takes about 25 ms to load, and most services are configured in code. */
const loadYaml = lazyModule<typeof yaml>('yaml')

/** What a file says, and where each key stands in it. */
export interface ConfigFile {
  readonly value: object
  readonly source: OptionSource
}

/**
 * Reads a YAML file and validates it.
 *
 * @throws FramewatchError `CONFIG_FILE_NOT_FOUND`; `CONFIG_SYNTAX` with `line` and `column`; `CONFIG_INVALID`
 *   with `file`, `line`, `key` and `value`.
 */
export function loadConfigFile<T>(path: string, schema: z.ZodType<T>): T {
  const { value, source } = readConfigFile(path)
  return parseOptions(schema, value, source)
}

/**
 * Reads a YAML file. An empty file is an empty mapping.
 *
 * @throws FramewatchError `CONFIG_FILE_NOT_FOUND`; `CONFIG_SYNTAX` with `line` and `column`.
 */
export function readConfigFile(path: string): ConfigFile {
  const { LineCounter, parseDocument } = loadYaml()
  const lines = new LineCounter()
  const document = parseDocument(readText(path), {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  })
  const [error] = document.errors
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    throw syntaxError(`${path}:${line}:${col}`, error, { file: path, line, column: col })
  }
  const value = toValue(document, path)
  return { value, source: { label: path, locate: (keys) => locate(document, lines, keys) } }
}

/** Aliases are resolved only here: one that is unknown, or expands without bound, fails here. */
function toValue(document: yaml.Document, path: string): object {
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {}
  } catch (error) {
    throw syntaxError(path, error, { file: path })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw syntaxError(path, 'expected a mapping of keys to values', { file: path })
}

function syntaxError(place: string, cause: unknown, details: ErrorDetails): FramewatchError {
  return new FramewatchError('CONFIG_SYNTAX', `${place}: ${messageOf(cause).replace(/\.$/, '')}`, {
    details,
    cause,
  })
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new FramewatchError('CONFIG_FILE_NOT_FOUND', `Cannot read the configuration file "${path}"`, {
      details: { file: path },
      cause,
    })
  }
}

/** The place of the deepest key of the path that is in the file. */
function locate(document: yaml.Document, lines: yaml.LineCounter, keys: readonly PropertyKey[]) {
  for (let depth = keys.length; depth > 0; depth--) {
    const offset = offsetOf(document, keys.slice(0, depth))
    if (offset === undefined) continue
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  return undefined
}

function offsetOf(document: yaml.Document, keys: readonly PropertyKey[]): number | undefined {
  const { isMap, isNode } = loadYaml()
  const parent = keys.length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true)
  const last = keys[keys.length - 1]
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isNode(item.key) && String(item.key) === String(last))
    return isNode(pair?.key) ? pair.key.range?.[0] : undefined
  }
  const node = document.getIn(keys, true)
  return isNode(node) ? node.range?.[0] : undefined
}
