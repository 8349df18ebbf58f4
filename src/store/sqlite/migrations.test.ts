import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Database } from './database.ts'
import { migrate, migrations, schemaVersionOf } from './migrations.ts'

let folder: string
let database: Database
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'framewatch-schema-'))
  database = new Database(join(folder, 'a.sqlite'), { readOnly: false })
})
afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

const tables = () =>
  database.all<{ name: string }>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)

test('an empty file is brought to the newest version, and stays there', () => {
  expect(schemaVersionOf(database)).toBe(0)
  migrate(database)
  expect(schemaVersionOf(database)).toBe(migrations.length)
  const made = tables()
  migrate(database)
  expect(tables()).toEqual(made)
})

test('only the steps that are missing are taken, and data is kept', () => {
  const first = 'CREATE TABLE a (value)'
  migrate(database, [first])
  database.run('INSERT INTO a VALUES (:value)', { value: 'kept' })
  migrate(database, [first, 'ALTER TABLE a ADD COLUMN unit; CREATE TABLE b (value)'])
  expect(schemaVersionOf(database)).toBe(2)
  expect(database.all('SELECT value, unit FROM a')).toEqual([{ value: 'kept', unit: null }])
})

test('a step that fails leaves the version before it, whole', () => {
  const steps = ['CREATE TABLE a (value)', 'CREATE TABLE b (value); CREATE TABLE a (value)']
  expect(() => migrate(database, steps)).toThrow('already exists')
  expect(schemaVersionOf(database)).toBe(1)
  expect(tables()).toEqual([{ name: 'a' }])
})
