import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Database } from './database.ts'
import { applyWriteSettings } from './write-settings.ts'

test.each([
  ['normal', 1],
  ['full', 2],
] as const)(
  'a write of %s durability is synchronised as SQLite numbers it: %d',
  (durability, synchronous) => {
    const folder = mkdtempSync(join(tmpdir(), 'framewatch-settings-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const database = new Database(join(folder, 'a.sqlite'), { readOnly: false })
    applyWriteSettings(database, durability)
    expect(database.get('PRAGMA synchronous')).toEqual({ synchronous })
    expect(database.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' })
    database.close()
  },
)
