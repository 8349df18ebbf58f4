/** The care of a store from another process than the service: for the command line, which sees no engine of the port. */
export { backUpStore, restoreStore } from '../store/sqlite/backup.ts'
export { checkStore } from '../store/sqlite/check.ts'
export { type Repair, repairFile, repairStore } from '../store/sqlite/repair.ts'
export { readStoreStats, type StoreStats } from '../store/sqlite/stats.ts'
