import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

const isInCi = process.env['CI'] === 'true'

/** The program, where the system has it. In CI it must be there: the tests that need it then fail, not skip. */
export const nodeExporter =
  ['prometheus-node-exporter', 'node_exporter'].find(
    (name) => spawnSync(name, ['--version']).error === undefined,
  ) ?? (isInCi ? 'prometheus-node-exporter' : undefined)

/** The exporter knows no port 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

/** Starts a real one on the loopback. */
export async function startNodeExporter() {
  const address = `127.0.0.1:${await freePort()}`
  const child = spawn(nodeExporter ?? '', [`--web.listen-address=${address}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error('node_exporter ended')))
    // The lines are read to the end of the tests: a full pipe would stop the exporter.
    createInterface({ input: child.stderr }).on('line', (line) => line.includes('Listening on') && resolve())
  })
  return {
    url: `http://${address}/metrics`,
    async stop(): Promise<void> {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}
