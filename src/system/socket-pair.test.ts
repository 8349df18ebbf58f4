import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from './clock.ts'
import { streamExec } from './stream-exec.ts'

const run = promisify(execFile)
const place = mkdtempSync(join(tmpdir(), 'framewatch-sockets-'))
const deep = join(place, 'x'.repeat(120))
const usual = process.env['TMPDIR']

beforeEach(() => {
  process.env['TMPDIR'] = place
})
afterEach(() => {
  if (usual === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = usual
})

/** Runs a child that writes to three descriptors; what was read of each, and how it ended. */
async function readThree(program = process.execPath) {
  const read = ['', '', '']
  const end = await streamExec(
    program,
    [
      '--eval',
      `const { writeSync } = require('node:fs'); [1, 3, 4].forEach((fd) => writeSync(fd, 'to ' + fd))`,
    ],
    {
      ...{ clock: systemClock(), timeoutMs: 20_000, maxResidentBytes: 2 ** 40 },
      outputs: read.map((_, index) => (chunk) => {
        read[index] += Buffer.from(chunk).toString()
      }),
    },
  )
  return { ...end, read }
}

/**
 * In a process of its own, which lasts as long as it holds anything: what comes of a run when all but so many of 80
 * descriptors are taken, and of one that the system is not even asked for.
 */
const script = `
  import { closeSync, openSync } from 'node:fs'
  import { systemClock } from '${new URL('clock.ts', import.meta.url)}'
  import { streamExec } from '${new URL('stream-exec.ts', import.meta.url)}'
  const runOne = (...args) => streamExec('/bin/true', args, {
    ...{ clock: systemClock(), timeoutMs: 20_000, maxResidentBytes: 2 ** 40 },
    outputs: [() => {}, () => {}, () => {}],
  })
  await runOne()
  for (let free = 0; free < 16; free++) {
    const taken = []
    try {
      for (;;) taken.push(openSync('/dev/null'))
    } catch {}
    for (const fd of taken.splice(0, free)) closeSync(fd)
    const { reason } = await runOne()
    for (const fd of taken) closeSync(fd)
    console.log(reason)
  }
  console.log((await runOne('\\0')).reason)`

afterAll(() => rmSync(place, { recursive: true }))

describe('sockets to a child', () => {
  test('leave no file behind', async () => {
    expect(await readThree()).toMatchObject({ reason: 'exit', read: ['to 1', 'to 3', 'to 4'] })
    expect(await readThree('/no/such/program')).toMatchObject({ reason: 'start' })
    expect(readdirSync(place)).toEqual([])
  })

  test.each([
    ['is not there', '/no/such/folder'],
    ['has too long a name', deep],
  ])('are pipes where the place for temporary files %s', async (_, folder) => {
    mkdirSync(deep, { recursive: true })
    process.env['TMPDIR'] = folder
    expect(await readThree()).toMatchObject({ reason: 'exit', read: ['to 1', 'to 3', 'to 4'] })
  })

  test.skipIf(process.platform === 'win32')(
    'that cannot be had for want of descriptors stop nothing',
    async () => {
      const node = [process.execPath, '--input-type=module', '--eval', script]
      const { stdout } = await run('/bin/sh', ['-c', 'ulimit -n 80 && exec "$@"', 'sh', ...node], {
        env: { ...process.env, TMPDIR: tmpdir() },
        timeout: 30_000,
      })
      const ends = stdout.trim().split('\n')
      expect(ends).toHaveLength(17)
      expect(new Set(ends)).toEqual(new Set(['start', 'exit']))
    },
  )
})
