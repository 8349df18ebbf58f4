/**
 * A process of its own for the tests of crashes and locks: `node store-child.contract.ts <mode> <baseDir> [first]`.
 * It says each thing it has done in one line, written before it goes on, until it is killed.
 */
import { writeSync } from 'node:fs'
import { isFramewatchError } from '../../model/errors.ts'
import { eventOf, generationOf, sampleOf } from '../store.fixtures.contract.ts'
import type { WriteBatch } from '../store.ts'
import { isWriterAlive, openSqliteStore } from './sqlite-store.ts'

export const samplesPerTick = 20

/** The n-th write: a tick, a generation and an alert event that belong together. */
export function batchOf(index: number): WriteBatch {
  const samples = Array.from({ length: samplesPerTick }, (_, gpu) =>
    sampleOf('hw.gpu.utilization', index, { gpu: String(gpu) }),
  )
  return {
    tick: { timestampMs: index, samples },
    generations: [generationOf(`g${index}`, 'succeeded', { queuedAtMs: index })],
    alertEvents: [eventOf(`e${index}`, index)],
  }
}

const say = (line: string) => writeSync(1, `${line}\n`)

async function writeForEver(baseDir: string, first: number): Promise<void> {
  say('opening')
  const store = await openSqliteStore({ baseDir })
  await store.saveWriter({ pid: process.pid, node: 'child', startedAtMs: 0, collectionIntervalMs: 1000 })
  for (let index = first; ; index++) {
    await store.write(batchOf(index))
    say(String(index))
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
  else if (mode === 'probe') probeForEver(baseDir)
  else await openOnce(baseDir)
}
