import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStoreContract } from '../store.contract.ts'
import { openSqliteStore } from './sqlite-store.ts'

describeStoreContract('the SQLite store', async () => {
  const baseDir = mkdtempSync(join(tmpdir(), 'framewatch-store-'))
  return {
    open: () => openSqliteStore({ baseDir }),
    remove: async () => rmSync(baseDir, { recursive: true }),
  }
})
