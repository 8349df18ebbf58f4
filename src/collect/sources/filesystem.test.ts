import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ManualClock, manualClock } from '../../../test/support/manual-clock.ts'
import { readOf } from '../../../test/support/read-of.ts'
import { KernelText } from '../kernel/kernel-file.ts'
import { filesystemSource, type SpaceAnswer } from './filesystem.ts'
import { parseMounts } from './mounts.ts'

const space: SpaceAnswer = { bsize: 4096, frsize: 1024, blocks: 1000, bfree: 400, bavail: 300 }

let procRoot: string
let clock: ManualClock
beforeEach(() => {
  procRoot = mkdtempSync(join(tmpdir(), 'proc-'))
  clock = manualClock()
})
afterEach(() => rmSync(procRoot, { recursive: true }))

function mounted(...lines: readonly string[]): void {
  mkdirSync(join(procRoot, 'self'), { recursive: true })
  writeFileSync(join(procRoot, 'self/mounts'), lines.join('\n'))
}

test('takes storage, the root whatever it is, and no kernel view, memory, image or bind mount', () => {
  const { mounts } = parseMounts(
    KernelText.of(`proc /proc proc rw 0 0
overlay / overlay rw 0 0
tmpfs /dev/shm tmpfs rw 0 0
/dev/nvme0n1p1 /data ext4 rw 0 0
/dev/nvme0n1p1 /etc/hosts ext4 rw 0 0
/dev/loop3 /snap/core/1 squashfs ro 0 0
filer:/videos /mnt/out\\040put nfs4 rw 0 0
bucket /mnt/models fuse.s3fs rw 0 0
lxcfs /var/lib/lxcfs fuse.lxcfs rw 0 0
tank/home /home zfs rw 0 0
`),
  )
  expect(mounts.map(({ mountpoint, isRemote }) => [mountpoint, isRemote])).toEqual([
    ['/', false],
    ['/data', false],
    ['/mnt/out put', true],
    ['/mnt/models', true],
    ['/home', false],
  ])
})

test('undoes every escape of the kernel, and counts cut lines', () => {
  expect(parseMounts(KernelText.of('/dev/sda /a\\011b\\012c\\134d ext4 rw 0 0')).mounts[0]?.mountpoint).toBe(
    '/a\tb\nc\\d',
  )
  expect(parseMounts(KernelText.of('/dev/sda /a'))).toEqual({ mounts: [], skipped: 1 })
})

test('measures use as df does, in fragments where the file system has them', async () => {
  mounted('/dev/sda / ext4 rw 0 0')
  const reading = await readOf(filesystemSource({ procRoot, clock, readSpace: async () => space }))
  const values = reading.samples.map(({ name, attributes, value }) => [
    name.replace('system.filesystem.', ''),
    attributes['system.filesystem.state'],
    value,
  ])
  expect(values).toEqual([
    ['usage', 'used', 600 * 1024],
    ['usage', 'free', 300 * 1024],
    ['usage', 'reserved', 100 * 1024],
    ['limit', undefined, 1000 * 1024],
    ['utilization', undefined, 600 / 900],
    ['readonly', undefined, 0],
  ])
})

test('counts a mount that cannot be asked and goes on to the next', async () => {
  mounted('/dev/sda /private ext4 rw 0 0', '/dev/sdb /data ext4 rw 0 0')
  const readSpace = async (mountpoint: string) => {
    if (mountpoint === '/private') throw new Error('EACCES')
    return space
  }
  const reading = await readOf(filesystemSource({ procRoot, clock, readSpace }))
  const mountpoints = reading.samples.map(({ attributes }) => attributes['system.filesystem.mountpoint'])
  expect([new Set(mountpoints), reading.skipped]).toEqual([new Set(['/data']), 1])
})

test('asks local mounts first, and no remote one while one hangs', async () => {
  mounted('filer:/a /a nfs rw 0 0', 'filer:/b /b nfs rw 0 0', '/dev/sda / ext4 rw 0 0')
  const asked: string[] = []
  const { promise, resolve } = Promise.withResolvers<SpaceAnswer>()
  const readSpace = (mountpoint: string) => {
    asked.push(mountpoint)
    return mountpoint === '/a' ? promise : Promise.resolve(space)
  }
  const source = filesystemSource({ procRoot, clock, readSpace })

  const first = source.read()
  await clock.advance(0)
  await clock.advance(1000)
  expect(await first).toMatchObject({ skipped: 2 })
  expect(asked).toEqual(['/', '/a'])

  expect(await source.read()).toMatchObject({ skipped: 2 })
  expect(asked).toEqual(['/', '/a', '/'])

  resolve(space)
  await clock.advance(0)
  expect(await source.read()).toMatchObject({ skipped: 0 })
  expect(asked).toEqual(['/', '/a', '/', '/', '/a', '/b'])
})

test('is absent where the kernel lists no mounts', async () => {
  expect(await filesystemSource({ procRoot: join(procRoot, 'nowhere'), clock }).read()).toMatchObject({
    absent: expect.stringContaining('self/mounts'),
  })
})
