import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { isAlive } from '../../test/support/is-alive.ts'
import { systemClock } from './clock.ts'
import { type HelperExit, startHelper } from './helper-process.ts'

const defaultEntry = new URL('./helper-process.contract.ts', import.meta.url)

function start(argument: unknown = null, entry = defaultEntry) {
  const exited = Promise.withResolvers<HelperExit>()
  const answers: unknown[] = []
  const waiting: ((message: unknown) => void)[] = []
  const onExit = vi.fn(exited.resolve)
  const helper = startHelper({
    clock: systemClock(),
    entry,
    argument,
    maxHeapMb: 64,
    onMessage: (message) => (waiting.shift() ?? ((late: unknown) => answers.push(late)))(message),
    onExit,
  })
  onTestFinished(() => helper.kill())
  const answer = () => new Promise((resolve) => waiting.push(resolve))
  return { helper, exited: exited.promise, onExit, answer, answers }
}

describe('a helper process', () => {
  test('answers, knows its argument, and has no preloads of the host', async () => {
    vi.stubEnv('NODE_OPTIONS', '--no-warnings')
    onTestFinished(() => void vi.unstubAllEnvs())
    const { helper, answer } = start({ text: 'a "b" ü', list: [1, null] })
    helper.send('echo')
    expect(await answer()).toEqual({ argument: { text: 'a "b" ü', list: [1, null] } })
    expect(helper.pid).not.toBe(process.pid)
  })

  test('that crashes says how, with its last words and no more of them than 4 KiB', async () => {
    const { helper, exited, onExit } = start()
    helper.send('crash')
    const { reason, stderr } = await exited
    expect(reason).toMatch(/SIG(ABRT|TRAP|ILL) ended it/)
    expect(stderr).toContain('last words')
    expect(stderr.length).toBeLessThanOrEqual(4096)
    helper.send('echo')
    helper.kill()
    expect(onExit).toHaveBeenCalledTimes(1)
  })

  test('that takes more memory than it may ends', async () => {
    const { helper, exited } = start()
    helper.send('grow')
    expect((await exited).stderr).toContain('heap')
  })

  test('that leaves says with which code', async () => {
    const { helper, exited } = start()
    helper.send('leave')
    expect(await exited).toEqual({ reason: 'it ended with exit code 3', stderr: '' })
  })

  test('that is not there is an exit, told after the start has returned', async () => {
    const { exited } = start(null, new URL('./no-such-entry.contract.ts', import.meta.url))
    const { reason, stderr } = await exited
    expect(reason).toBe('it ended with exit code 1')
    expect(stderr).toContain('no-such-entry')
  })

  test('that the system cannot start is an exit too', async () => {
    vi.spyOn(process, 'execPath', 'get').mockReturnValue('/no/such/node')
    onTestFinished(() => void vi.restoreAllMocks())
    const { helper, exited, onExit } = start()
    expect(onExit).not.toHaveBeenCalled()
    helper.send('echo')
    expect((await exited).reason).toMatch(/^it could not be started: .*ENOENT/)
    expect(helper.pid).toBeUndefined()
  })

  test('that hangs is killed', async () => {
    const { helper, answer, exited } = start()
    helper.send('hang')
    expect(await answer()).toBe('hanging')
    helper.kill()
    expect((await exited).reason).toBe('SIGKILL ended it')
    expect(isAlive(helper.pid)).toBe(false)
  })

  test('that closes the channel ends, whatever it still holds', async () => {
    const { helper, answer, exited } = start()
    helper.send('hold')
    expect(await answer()).toBe('held')
    helper.send('disconnect')
    expect((await exited).reason).toBeTruthy()
  })
})

describe('the host of a helper', () => {
  /** Runs a host to its end: its exit code, and the helper it had. */
  async function runHost(command: string) {
    const host = spawn(process.execPath, [join(import.meta.dirname, 'helper-host.contract.ts'), command])
    onTestFinished(() => void host.kill('SIGKILL'))
    let output = ''
    host.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
    const [exitCode] = await once(host, 'close')
    const pid = Number(output)
    onTestFinished(() => void (isAlive(pid) && process.kill(pid, 'SIGKILL')))
    return { exitCode, pid }
  }

  test('exits while its helper hangs', async () => {
    const { exitCode, pid } = await runHost('hang')
    expect(exitCode).toBe(0)
    expect(pid).toBeGreaterThan(0)
  })

  test('takes its helper along, though that has work of its own', async () => {
    const { exitCode, pid } = await runHost('hold')
    expect(exitCode).toBe(0)
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000 })
  })
})
