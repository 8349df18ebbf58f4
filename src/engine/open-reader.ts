import { openSqliteReader } from '../store/sqlite/sqlite-store.ts'
import type { StoreReader } from '../store/store.ts'

/**
 * Opens the store of a `baseDir` for reading, while a service may be writing.
 *
 * @throws FramewatchError `STORE_NOT_FOUND`, `STORE_DAMAGED`, `STORE_NEWER_SCHEMA`.
 */
export function openReader(baseDir: string): Promise<StoreReader> {
  return openSqliteReader({ baseDir })
}
