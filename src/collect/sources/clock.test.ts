import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type KernelTree,
  kernelTree,
  readingOf,
  readNow,
  valuesOf,
} from '../../../test/support/kernel-tree.ts'
import { type ManualClock, manualClock } from '../../../test/support/manual-clock.ts'
import { timeSource } from './clock.ts'

let tree: KernelTree
let clock: ManualClock
beforeEach(() => {
  clock = manualClock()
  tree = kernelTree({ 'proc/uptime': '12927.39 20000.01\n', 'proc/stat': 'cpu 1\nbtime 1418183276\n' })
})
afterEach(() => tree.remove())

const at = (path: string) => join(tree.root, path)
const source = () => timeSource({ procRoot: at('proc'), clock, runRoot: at('run'), stateRoot: at('lib') })
const synchronization = () => {
  const { 'system.uptime': _, 'system.linux.boot_time': __, ...others } = valuesOf(readNow(source()))
  return others
}
/** Writes the file of a time service as it was written so long ago. */
function touched(path: string, secondsAgo: number): void {
  tree.write({ [path]: '' })
  const seconds = clock.nowMs() / 1000 - secondsAgo
  utimesSync(at(path), seconds, seconds)
}

test('tells uptime and boot, and nothing of the clock where no time service runs', () => {
  expect(valuesOf(readNow(source()))).toEqual({
    'system.uptime': 12927.39,
    'system.linux.boot_time': 1418183276,
  })
})

test('takes the time from the file that timesyncd touches', () => {
  touched('run/systemd/timesync/synchronized', 90)
  expect(synchronization()).toEqual({ 'system.linux.clock.synchronization.age': 90 })
})

test('a service that runs but never set the clock gives no age', () => {
  tree.write({ 'run/systemd/timesync': undefined })
  expect(synchronization()).toEqual({})
})

test.each(['lib/chrony/chrony.drift', 'lib/chrony/drift'])('takes the time from chronyd in %s', (path) => {
  tree.write({ 'run/chrony': undefined })
  expect(synchronization()).toEqual({})
  touched(path, 3000)
  expect(synchronization()).toMatchObject({ 'system.linux.clock.synchronization.age': 3000 })
})

test('a clock that was stepped back gives no negative age', () => {
  touched('run/systemd/timesync/synchronized', 0)
  clock.stepWall(-5000)
  expect(synchronization()).toMatchObject({ 'system.linux.clock.synchronization.age': 0 })
})

test('counts what is garbage, cut or unreadable, and is absent without either file', () => {
  tree.write({ 'proc/uptime': '129', 'proc/stat': 'btime never\n' })
  expect(readingOf(readNow(source()))).toMatchObject({ samples: [], skipped: 2 })
  tree.spoil('proc/uptime')
  expect(readingOf(readNow(source()))).toMatchObject({ samples: [], skipped: 2 })
  tree.take('proc')
  expect(readNow(source())).toHaveProperty('absent')
})
