/** A peer's server: started on a free port of the loopback, on one core, in a directory of its own, and always ended. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** What ends with this process, however that ends. */
const leftovers = new Set<() => void>()
process.once('exit', () => {
  for (const end of leftovers) end()
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** A directory that is removed with the process, at the latest. */
export function temporaryDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'framewatch-bench-'))
  const end = () => rmSync(path, { recursive: true, force: true })
  leftovers.add(end)
  return {
    path,
    remove() {
      end()
      leftovers.delete(end)
    },
  }
}

/** The words before a command that keep it on one core; none where there is no `taskset`. */
export function onOneCore(): readonly string[] {
  const core = availableParallelism() > 1 ? '1' : '0'
  return spawnSync('taskset', ['-c', core, 'true']).status === 0 ? ['taskset', '-c', core] : []
}

/** Runs a command to its end on one core. @returns what it printed. @throws Error when it fails. */
export async function runOnOneCore(words: readonly string[]): Promise<string> {
  const [command = '', ...args] = [...onOneCore(), ...words]
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const end = () => child.kill('SIGKILL')
  leftovers.add(end)
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  const [code] = await once(child, 'close')
  leftovers.delete(end)
  if (code !== 0) throw new Error(`"${words.join(' ')}" failed`)
  return text
}

/** Bytes of all files of a directory, but for those in the folders named. */
export function directoryBytes(path: string, except: readonly string[] = []): number {
  return readdirSync(path, { withFileTypes: true }).reduce((sum, entry) => {
    if (except.includes(entry.name)) return sum
    const inner = join(path, entry.name)
    return sum + (entry.isDirectory() ? directoryBytes(inner, except) : statSync(inner).size)
  }, 0)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('There is no free port')
  return address.port
}

/** How long a server may take to start, to come to rest, or to stop. */
const patienceMs = 120_000

/** Asks again until the answer is yes. @throws Error when patience is at its end. */
export async function waitUntil(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + patienceMs
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`Waited ${patienceMs / 1000} s in vain: ${what}`)
    await wait(250)
  }
}

export class Server {
  readonly #child: ChildProcess
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #kill: () => void

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.#port = port
    this.#kill = () => child.kill('SIGKILL')
    leftovers.add(this.#kill)
  }

  /** @param readyPath - answers 200 from when the server can be used. */
  static async start(words: (address: string) => readonly string[], readyPath: string): Promise<Server> {
    const port = await freePort()
    const [command = '', ...args] = [...onOneCore(), ...words(`127.0.0.1:${port}`)]
    const env = { ...process.env, GOMAXPROCS: '1' }
    const server = new Server(spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env }), port)
    try {
      await waitUntil(`${command} is ready`, async () => {
        if (server.#child.exitCode !== null) throw new Error(`${args.join(' ')} ended at its start`)
        return server.get(readyPath).then(
          () => true,
          () => false,
        )
      })
    } catch (error) {
      await server.stop('SIGKILL')
      throw error
    }
    return server
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The body of the answer. @throws Error when the answer is not a success. */
  get(path: string): Promise<string> {
    return this.#send('GET', path)
  }

  async pushRemoteWrite(body: Buffer): Promise<void> {
    await this.#send('POST', '/api/v1/write', body)
  }

  /** Waits for the end; kills it when it takes too long. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    this.#agent.destroy()
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit')
      this.#child.kill(signal)
      const timer = setTimeout(this.#kill, patienceMs)
      await ended
      clearTimeout(timer)
    }
    leftovers.delete(this.#kill)
  }

  #send(method: 'GET' | 'POST', path: string, body?: Buffer): Promise<string> {
    const headers = body && {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'content-length': body.length,
      'x-prometheus-remote-write-version': '0.1.0',
    }
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.#port, agent: this.#agent, method, path, headers }
      const sent = request(options, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(parts).toString()
          const { statusCode = 0 } = response
          if (statusCode >= 200 && statusCode < 300) resolve(text)
          else reject(new Error(`${method} ${path} answered ${statusCode}: ${text}`))
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
}
