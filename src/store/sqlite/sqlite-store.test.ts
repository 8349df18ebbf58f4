import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStoreContract } from '../store.contract.ts'
import { openSqliteStore } from './sqlite-store.ts'

const newPlace = async (options: { readonly frameTicks?: number }) => {
  const baseDir = mkdtempSync(join(tmpdir(), 'framewatch-store-'))
  return {
    open: () => openSqliteStore({ baseDir, ...options }),
    remove: async () => rmSync(baseDir, { recursive: true }),
  }
}

describeStoreContract('the SQLite store', () => newPlace({}))
describeStoreContract('the SQLite store with frames of three ticks', () => newPlace({ frameTicks: 3 }))
