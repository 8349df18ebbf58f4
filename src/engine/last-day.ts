/** What the store knows of the last 24 hours: what windows and alert counts are made of again after a restart. */
import type { AlertManagerOptions } from '../alert/alert-manager.ts'
import type { GenerationPage, StoreReader } from '../store/store.ts'
import { dayMs } from '../system/clock.ts'

/** The generations that ended since, page by page. @param toMs - requested at or before. @default no end */
export async function* endedSince(
  store: StoreReader,
  endedFromMs: number,
  toMs?: number,
): AsyncGenerator<GenerationPage> {
  let cursor: string | undefined
  do {
    const page = await store.listGenerations({ endedFromMs, toMs, limit: 500, cursor })
    yield page
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

/** The live alerts, and what fired in the last 24 hours. */
export async function alertHistory(
  store: StoreReader,
  nowMs: number,
): Promise<Required<Pick<AlertManagerOptions, 'restored' | 'recentEvents'>>> {
  const fired = { transition: 'firing', fromMs: nowMs - dayMs, limit: 10_000 } as const
  return { recentEvents: await store.listAlertEvents(fired), restored: await store.loadAlertInstances() }
}
