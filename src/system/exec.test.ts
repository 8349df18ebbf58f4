import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from './clock.ts'
import { type ExecOptions, exec } from './exec.ts'

function run(script: string, options: Partial<ExecOptions> = {}) {
  return exec(process.execPath, ['--eval', script], { clock: systemClock(), timeoutMs: 20_000, ...options })
}

describe('a child process', () => {
  test('gives what it wrote', async () => {
    expect(await run('console.log("out"); console.error("err")')).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
    })
  })

  test('gives each line as it comes, the last one too when it has no end', async () => {
    const lines: string[] = []
    await run('process.stdout.write("a\\nb\\nc")', { onLine: (line) => lines.push(line) })
    expect(lines).toEqual(['a', 'b', 'c'])
  })

  test('that fails is an error with its exit code and last words', async () => {
    await expect(run('console.error("broken pipe"); process.exit(3)')).rejects.toMatchObject({
      code: 'PROCESS_FAILED',
      message: expect.stringContaining('broken pipe'),
      details: { exitCode: 3, reason: 'exit' },
    })
  })

  test('that cannot be started is an error', async () => {
    await expect(
      exec('/no/such/program', [], { clock: systemClock(), timeoutMs: 1000 }),
    ).rejects.toMatchObject({
      code: 'PROCESS_FAILED',
      cause: expect.objectContaining({ code: 'ENOENT' }),
    })
  })

  test('is killed at its time limit, and past its output limit', async () => {
    await expect(run('while (true);', { timeoutMs: 200 })).rejects.toMatchObject({
      details: { reason: 'timeout', signal: 'SIGKILL' },
    })
    const endless = 'setInterval(() => process.stdout.write("x".repeat(10000)), 1)'
    await expect(run(endless, { maxStdoutBytes: 50_000 })).rejects.toMatchObject({
      details: { reason: 'output limit' },
    })
  })

  test('is killed by its signal, with the reason of the signal', async () => {
    const abort = new AbortController()
    const running = run('console.log("up"); setInterval(() => {}, 1000)', {
      signal: abort.signal,
      onLine: () => abort.abort(new Error('enough')),
    })
    await expect(running).rejects.toThrow('enough')
    await expect(run('', { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before')
  })

  test('sees its arguments as they are: there is no shell', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'framewatch-exec-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const hostile = `; touch ${join(folder, 'made')} $(touch ${join(folder, 'made')})`
    const { stdout } = await exec(process.execPath, ['--eval', 'console.log(process.argv[1])', hostile], {
      clock: systemClock(),
      timeoutMs: 20_000,
    })
    expect(stdout).toBe(`${hostile}\n`)
    expect(existsSync(join(folder, 'made'))).toBe(false)
  })
})
