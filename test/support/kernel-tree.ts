/** Trees of kernel files for tests of collector sources: real files in a temporary directory. */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isAbsent, type Source, type SourceAnswer, type SourceReading } from '../../src/collect/source.ts'
import { seriesKey } from '../../src/model/sample.ts'

/** What a `/proc` or `/sys` holds, by path: the text of each file; undefined for an empty directory. */
export type TreeFiles = Readonly<Record<string, string | undefined>>

export interface KernelTree {
  readonly root: string
  /** Writes files over those that are there. */
  write(files: TreeFiles): void
  /** Makes a symbolic link, its target as given. */
  link(path: string, target: string): void
  /** Takes a file or a directory away. */
  take(path: string): void
  /** Puts a directory in the place of a file: it can be opened, but not read, by the superuser either. */
  spoil(path: string): void
  remove(): void
}

export function kernelTree(files: TreeFiles = {}): KernelTree {
  const root = mkdtempSync(join(tmpdir(), 'kernel-'))
  const take = (path: string) => rmSync(join(root, path), { recursive: true, force: true })
  const tree: KernelTree = {
    root,
    take,
    write(more) {
      for (const [path, text] of Object.entries(more)) {
        mkdirSync(text === undefined ? join(root, path) : dirname(join(root, path)), { recursive: true })
        if (text !== undefined) writeFileSync(join(root, path), text)
      }
    },
    link(path, target) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      symlinkSync(target, join(root, path))
    },
    spoil(path) {
      take(path)
      mkdirSync(join(root, path), { recursive: true })
    },
    remove: () => rmSync(root, { recursive: true }),
  }
  tree.write(files)
  return tree
}

/** Copies a tree in which symbolic links were stored as files that hold their target; `isLink` tells by the path. */
export function copyTree(from: string, tree: KernelTree, isLink: (path: string) => boolean, at = ''): void {
  for (const name of readdirSync(join(from, at))) {
    const path = join(at, name)
    if (lstatSync(join(from, path)).isDirectory()) copyTree(from, tree, isLink, path)
    else {
      const text = readFileSync(join(from, path), 'latin1')
      if (isLink(path)) tree.link(path, text)
      else tree.write({ [path]: text })
    }
  }
}

/** The answer of a source that never waits. */
export function readNow(source: Source): SourceAnswer {
  const answer = source.read()
  if (answer instanceof Promise) throw new Error(`${source.name} waits`)
  return answer
}

/** The reading of a source that must not be absent. */
export function readingOf(answer: SourceAnswer): SourceReading {
  if (isAbsent(answer)) throw new Error(`absent: ${answer.absent}`)
  return answer
}

/** The values of a reading by series, `name{a="1"}`; throws when a series is there twice. */
export function valuesOf(answer: SourceAnswer): Readonly<Record<string, number>> {
  const values: Record<string, number> = {}
  for (const sample of readingOf(answer).samples) {
    const key = seriesKey(sample)
    if (key in values) throw new Error(`${key} is there twice`)
    values[key] = sample.value
  }
  return values
}
