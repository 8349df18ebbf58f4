import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { isAlive } from '../../../../test/support/is-alive.ts'
import { systemClock } from '../../../system/clock.ts'
import type { Source, SourceReading } from '../../source.ts'
import { gpuSource } from './gpu-source.ts'

const testEntry = new URL('./gpu-helper.contract.ts', import.meta.url)

type Mode = 'answer' | 'hang' | 'crash' | 'leave'

function modeFile(mode: Mode) {
  const folder = mkdtempSync(join(tmpdir(), 'framewatch-gpu-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'mode')
  const set = (next: Mode) => writeFileSync(path, next)
  set(mode)
  return { path, set }
}

/** A source with a real process. Its clock can be put forward. */
function setUp(mode: Mode, entry: URL | 'default' = testEntry) {
  const { path, set } = modeFile(mode)
  const clock = systemClock()
  let aheadMs = 0
  const source = gpuSource({
    clock: { ...clock, monotonicMs: () => clock.monotonicMs() + aheadMs },
    detect: () => ({ vendors: ['nvidia'] }),
    describeXid: () => ({ severity: 'info', message: '' }),
    settings: { sysRoot: path, devRoot: '/dev' },
    answerDeadlineMs: mode === 'hang' ? 500 : 30_000,
    ...(entry !== 'default' && { entry }),
  })
  onTestFinished(() => source.close?.())
  const advance = (ms: number) => {
    aheadMs += ms
  }
  return { source, set, advance }
}

/** The process id, which the helper of the tests gives as its power. */
async function pidOf(source: Source): Promise<number | undefined> {
  const { samples } = (await source.read()) as SourceReading
  return samples.find(({ name }) => name === 'hw.power')?.value
}

describe('a real process that reads GPUs', () => {
  test('answers again and again, is another one, and ends when the source is closed', async () => {
    const { source } = setUp('answer')
    const pid = await pidOf(source)
    expect(pid).not.toBe(process.pid)
    expect(await pidOf(source)).toBe(pid)
    source.close?.()
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000 })
  })

  test('that hangs fails at its deadline, and then at once', async () => {
    const { source } = setUp('hang')
    await expect(async () => source.read()).rejects.toThrow('has not answered for')
    expect(() => source.read()).toThrow('has not answered for')
    source.close?.()
    await expect(async () => source.read()).rejects.toThrow('closed')
  })

  test('that crashes says how, with its last words, and is started again later', async () => {
    const { source, set, advance } = setUp('crash')
    await expect(async () => source.read()).rejects.toThrow(/SIG\w+ ended it: .*the driver’s last words/s)
    expect(() => source.read()).toThrow('started again in 5 s')
    set('answer')
    advance(5000)
    expect(await pidOf(source)).toBeGreaterThan(0)
  })

  test('that leaves says so, and is started again later', async () => {
    const { source, set, advance } = setUp('leave')
    await expect(async () => source.read()).rejects.toThrow('it ended with exit code 4')
    set('answer')
    advance(5000)
    expect(await pidOf(source)).toBeGreaterThan(0)
  })

  test('is by default that of the package, which answers', async () => {
    const { source } = setUp('answer', 'default')
    await expect(async () => source.read()).rejects.toThrow(/cannot be opened|no way to read these GPUs/)
  })
})

describe('a process that monitors GPUs', () => {
  test.each<[Mode, RegExp]>([
    ['answer', /^read$/],
    ['hang', /has not answered for/],
    ['crash', /ended it/],
  ])('exits by itself though the one that reads them does this: %s', async (mode, output) => {
    const { path } = modeFile(mode)
    const host = spawn(process.execPath, [join(import.meta.dirname, 'gpu-host.contract.ts'), path])
    onTestFinished(() => void host.kill('SIGKILL'))
    let text = ''
    host.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    const [exitCode] = await once(host, 'close')
    expect(exitCode).toBe(0)
    expect(text).toMatch(output)
    // One that hangs in a call does not notice that its host is gone.
    const pid = Number(readFileSync(`${path}.pid`, 'utf8'))
    if (mode === 'hang') process.kill(pid, 'SIGKILL')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000 })
  })
})
