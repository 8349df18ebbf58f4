import { afterEach, beforeEach, expect, test } from 'vitest'
import { type KernelTree, kernelTree, readingOf, valuesOf } from '../../../test/support/kernel-tree.ts'
import { type ManualClock, manualClock } from '../../../test/support/manual-clock.ts'
import { KernelText } from '../kernel/kernel-file.ts'
import { filesystemSource, type SpaceAnswer } from './filesystem.ts'
import { parseMounts } from './mounts.ts'

const space: SpaceAnswer = { bsize: 4096, blocks: 1000, bfree: 400, bavail: 300, files: 100, ffree: 30 }
let proc: KernelTree
let clock: ManualClock
beforeEach(() => {
  clock = manualClock()
  proc = kernelTree({ 'self/mounts': '/dev/sda / ext4 rw,relatime 0 0\n' })
})
afterEach(() => proc.remove())

const sourceOf = (answer: SpaceAnswer) =>
  filesystemSource({ procRoot: proc.root, clock, readSpace: async () => answer })
const root = 'system.device="/dev/sda",system.filesystem.mountpoint="/"'

test('counts inodes in use and free', async () => {
  const values = valuesOf(await sourceOf(space).read())
  const inodes = (state: string) =>
    values[
      `system.filesystem.inodes.usage{${root},system.filesystem.state="${state}",system.filesystem.type="ext4"}`
    ]
  expect([inodes('used'), inodes('free')]).toEqual([70, 30])
})

test('tells of no inodes where the file system makes them as needed', async () => {
  const { samples, skipped } = readingOf(await sourceOf({ ...space, files: 0, ffree: 0 }).read())
  expect(samples.map(({ name }) => name)).not.toContain('system.filesystem.inodes.usage')
  expect(skipped).toBe(0)
})

test('tells when the kernel turned a file system read-only after an error', async () => {
  const source = sourceOf(space)
  const key = `system.filesystem.readonly{${root},system.filesystem.type="ext4"}`
  expect(valuesOf(await source.read())[key]).toBe(0)
  proc.write({ 'self/mounts': '/dev/sda / ext4 ro,relatime 0 0\n' })
  expect(valuesOf(await source.read())[key]).toBe(1)
})

test('reads the flag from the first option alone', () => {
  const { mounts } = parseMounts(
    KernelText.of('/dev/sda /a ext4 ro 0 0\n/dev/sdb /b ext4 rw,errors=remount-ro 0 0\n/dev/sdc /c ext4\n'),
  )
  expect(mounts.map(({ isReadOnly }) => isReadOnly)).toEqual([true, false, false])
})

test('reuses the attributes of a mount from reading to reading', async () => {
  const source = sourceOf(space)
  const [first, second] = [readingOf(await source.read()), readingOf(await source.read())]
  expect(
    second.samples.every(({ attributes }, index) => attributes === first.samples[index]?.attributes),
  ).toBe(true)
})
