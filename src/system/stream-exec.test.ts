import { getPriority } from 'node:os'
import { describe, expect, test } from 'vitest'
import { systemClock } from './clock.ts'
import { type StreamExecOptions, streamExec } from './stream-exec.ts'

function run(script: string, options: Partial<StreamExecOptions> = {}) {
  return streamExec(process.execPath, ['--eval', script], {
    ...{ clock: systemClock(), timeoutMs: 20_000, maxResidentBytes: 2 ** 40, outputs: [] },
    ...options,
  })
}

describe('a child process with several outputs', () => {
  test('is read from each of them to its end', async () => {
    const read = ['', '', '']
    const outputs = read.map((_, index) => (chunk: Uint8Array) => {
      read[index] += Buffer.from(chunk).toString()
    })
    const script = `const { writeSync } = require('node:fs'); [1, 3, 4].forEach((fd) => writeSync(fd, 'to ' + fd))`
    expect(await run(script, { outputs })).toEqual({ reason: 'exit', exitCode: 0, stderr: '' })
    expect(read).toEqual(['to 1', 'to 3', 'to 4'])
  })

  test('that fails is no exception, but an exit code and last words', async () => {
    expect(await run('console.error("broken"); process.exit(3)')).toEqual({
      ...{ reason: 'exit', exitCode: 3, stderr: 'broken\n' },
    })
  })

  test('that cannot be started says so', async () => {
    const end = await streamExec('/no/such/program', [], {
      ...{ clock: systemClock(), timeoutMs: 1000, maxResidentBytes: 2 ** 40, outputs: [] },
    })
    expect(end).toMatchObject({ reason: 'start', stderr: expect.stringContaining('ENOENT') })
  })

  test('that somebody else kills is told from one that crashes', async () => {
    for (const signal of ['SIGKILL', 'SIGTERM'])
      expect(await run(`process.kill(process.pid, '${signal}')`)).toMatchObject({ reason: 'killed' })
    expect(await run('process.abort()')).toMatchObject({ reason: 'exit', exitCode: null })
  })

  test('is killed at its deadline, when it grows, and when the signal aborts', async () => {
    expect(await run('for (;;);', { timeoutMs: 100 })).toMatchObject({ reason: 'timeout' })
    const growing = 'const kept = []; for (;;) kept.push(Buffer.alloc(1e6, 1))'
    const maxResidentBytes = 200e6
    if (process.platform === 'linux')
      expect(await run(growing, { maxResidentBytes })).toMatchObject({ reason: 'memory' })
    const controller = new AbortController()
    const outputs = [() => controller.abort()]
    const script = 'console.log("ready"); setInterval(() => {}, 1000)'
    expect(await run(script, { outputs, signal: controller.signal })).toMatchObject({ reason: 'abort' })
  })

  test('ends with the exception of an output that throws', async () => {
    const outputs = [
      () => {
        throw new RangeError('too many frames')
      },
    ]
    await expect(run('console.log("x"); setInterval(() => {}, 1000)', { outputs })).rejects.toThrow(
      'too many frames',
    )
  })

  test('runs at the lowest priority', async () => {
    const niceness: Uint8Array[] = []
    const script = `setTimeout(() => console.log(require('node:os').getPriority()), 50)`
    await run(script, { outputs: [(chunk) => niceness.push(chunk)] })
    expect(Number(Buffer.concat(niceness))).toBeGreaterThan(getPriority())
  })
})
