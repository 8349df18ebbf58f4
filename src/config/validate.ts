/**
 * Options, validated at the door: a value and the schema of the component that owns it flow in; typed options
 * or one error that names every wrong key, its value and what was expected flow out. It knows no component.
 */
import type { z } from 'zod'
import { FramewatchError } from '../model/errors.ts'

/** Where the options came from, for the error message. */
export interface OptionSource {
  /** What the user calls it: `MonitoringService options`, or the path of a file. */
  readonly label: string
  /** The place of a key in a file; undefined when it has none. */
  readonly locate?: (
    path: readonly PropertyKey[],
  ) => { readonly line: number; readonly column: number } | undefined
}

interface Complaint {
  readonly path: readonly PropertyKey[]
  readonly text: string
  /** What it complains of must not be shown. */
  readonly isSecret?: boolean
}

/**
 * Validates options once.
 *
 * @throws FramewatchError `CONFIG_INVALID`; details hold `key`, `value`, and for files `file`, `line`, `column`
 *   of the first wrong key; the message lists all of them.
 */
export function parseOptions<T>(schema: z.ZodType<T>, value: unknown, source: OptionSource): T {
  const parsed = schema.safeParse(value, { reportInput: true })
  if (parsed.success) return parsed.data
  const complaints = parsed.error.issues.flatMap((issue) => complaintsOf(issue, value))
  const [first] = complaints
  const place = first && source.locate?.(first.path)
  const lines = complaints.map((complaint) => {
    const at = source.locate?.(complaint.path)
    return `${source.label}${at ? `:${at.line}:${at.column}` : ''}: ${complaint.text}`
  })
  throw new FramewatchError('CONFIG_INVALID', lines.join('; '), {
    details: {
      source: source.label,
      key: first && pathText(first.path),
      value: first && !first.isSecret ? valueText(valueAt(value, first.path)) : undefined,
      ...(place && { file: source.label, ...place }),
    },
  })
}

function complaintsOf(issue: z.core.$ZodIssue, root: unknown): Complaint[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key]
      return { path, text: `unknown key \`${pathText(path)}\`` }
    })
  }
  const key = issue.path.length === 0 ? 'the options' : `\`${pathText(issue.path)}\``
  if (isSecret(issue)) return [{ path: issue.path, text: `${key}: ${issue.message}`, isSecret: true }]
  const value = valueAt(root, issue.path)
  const given = value === undefined ? 'nothing' : `\`${valueText(value)}\` (${typeName(value)})`
  return [{ path: issue.path, text: `${key}: ${issue.message}, got ${given}` }]
}

/** A schema marks what it complains of as secret with `params: { isSecret: true }`: no message shows it then. */
function isSecret(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'custom' && issue.params?.['isSecret'] === true
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, key)
  }
  return value
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('')
}

function valueText(value: unknown): string {
  let text: string | undefined
  try {
    text = typeof value === 'string' ? value : JSON.stringify(value)
  } catch {
    text = undefined
  }
  text ??= String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
