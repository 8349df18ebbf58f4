/**
 * A process of its own for the tests of crashes and locks: `node store-child.contract.ts <mode> <baseDir> [first]`.
 * It says each thing it has done in one line, written before it goes on, until it is killed.
 */
import { writeSync } from 'node:fs'
import { isFramewatchError } from '../../model/errors.ts'
import { eventOf, generationOf, sampleOf, startMs } from '../store.fixtures.contract.ts'
import type { WriteBatch } from '../store.ts'
import { isWriterAlive, openSqliteStore } from './sqlite-store.ts'

export const samplesPerTick = 20
/** So that frames are begun and finished all the time. */
export const tinyFrames = { frameTicks: 7 }
/** Keeps all there is, and wants summaries. */
const policy = {
  samplesMs: 1e14,
  samples1mMs: 1e15,
  samples10mMs: 1e15,
  generationsMs: 1e15,
  alertEventsMs: 1e15,
  snapshotsMs: 1e15,
}

/** When the n-th write is, as the clock of its data says: a thousand are half a day. */
export const timeOf = (index: number): number => startMs + index * 43_200

/** The n-th write: a tick, a generation and an alert event that belong together. */
export function batchOf(index: number) {
  const samples = Array.from({ length: samplesPerTick }, (_, gpu) =>
    sampleOf('hw.gpu.utilization', index, { gpu: String.fromCharCode(97 + gpu) }),
  )
  return {
    tick: { timestampMs: timeOf(index), samples },
    generations: [generationOf(`g${index}`, 'succeeded', { queuedAtMs: timeOf(index) })],
    alertEvents: [eventOf(`e${index}`, timeOf(index))],
  } satisfies WriteBatch
}

const say = (line: string) => writeSync(1, `${line}\n`)

async function writeForEver(baseDir: string, first: number): Promise<void> {
  say('opening')
  const store = await openSqliteStore({ baseDir, ...tinyFrames })
  await store.saveWriter({ pid: process.pid, node: 'child', startedAtMs: 0, collectionIntervalMs: 1000 })
  for (let index = first; ; index++) {
    await store.write(batchOf(index))
    say(String(index))
    await store.maintain(policy, timeOf(index))
  }
}

/** Opens, writes once and closes, without end. */
async function openForEver(baseDir: string, first: number): Promise<void> {
  say('opening')
  for (let index = first; ; index++) {
    const store = await openSqliteStore({ baseDir, ...tinyFrames })
    await store.write(batchOf(index))
    say(String(index))
    await store.close()
  }
}

/** Looks as fast as it can; says so now and then. */
function probeForEver(baseDir: string): void {
  for (let count = 0; ; count++) {
    isWriterAlive(baseDir)
    if (count % 200 === 0) say('probed')
  }
}

async function openOnce(baseDir: string): Promise<void> {
  try {
    await openSqliteStore({ baseDir })
    say('opened')
  } catch (error) {
    say(isFramewatchError(error) ? error.code : String(error))
  }
}

const [, script, mode, baseDir = '', first = '0'] = process.argv
if (script === import.meta.filename) {
  if (mode === 'write') await writeForEver(baseDir, Number(first))
  else if (mode === 'cycle') await openForEver(baseDir, Number(first))
  else if (mode === 'probe') probeForEver(baseDir)
  else await openOnce(baseDir)
}
