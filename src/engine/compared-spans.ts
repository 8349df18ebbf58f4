/** The sides of a comparison, read from the store: statistics that a snapshot holds, or of the records of any time. */
import type { PerformanceGroups } from '../model/performance-group.ts'
import type { Snapshot } from '../model/status.ts'
import type { StoreReader } from '../store/store.ts'
import { GroupTallies } from '../track/groups/group-tallies.ts'
import { endedSince } from './last-day.ts'

const pageLength = 500
/** The names of groups are the callers': no more than this are told apart. */
const maxGroups = 200
/** A snapshot tells of the hour before it: one that is older tells nothing of a moment. */
const maxSnapshotAgeMs = 3_600_000

/** The generations that ended from `fromMs` until before `toMs`, by group. */
export async function readGroups(
  reader: StoreReader,
  fromMs: number,
  toMs: number,
): Promise<PerformanceGroups> {
  const tallies = new GroupTallies(maxGroups)
  // What ended before then was requested before then.
  for await (const { records } of endedSince(reader, fromMs, toMs))
    for (const record of records) if ((record.endedAtMs ?? toMs) < toMs) tallies.add(record)
  return tallies.summarize({ fromMs, toMs }, maxGroups)
}

/** The newest snapshot at or before a time, when it is at most an hour older. */
export async function snapshotAt(reader: StoreReader, timeMs: number): Promise<Snapshot | undefined> {
  const [snapshot] = await reader.listSnapshots(1, timeMs)
  return snapshot && snapshot.timestampMs >= timeMs - maxSnapshotAgeMs ? snapshot : undefined
}

/** The snapshot of an id, looked for from the newest on. */
export async function snapshotOfId(reader: StoreReader, id: string): Promise<Snapshot | undefined> {
  for (let toMs: number | undefined, limit = pageLength; ; ) {
    const page = await reader.listSnapshots(limit, toMs)
    const found = page.find((snapshot) => snapshot.id === id)
    const lastMs = page.at(-1)?.timestampMs
    if (found || page.length < limit || lastMs === undefined) return found
    // A page of one time is asked for again, twice as long.
    limit = page[0]?.timestampMs === lastMs ? limit * 2 : pageLength
    toMs = lastMs
  }
}
