/** A host of the tests: a thread of it starts a helper that hangs, tells its process id, and all is let go. */
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { systemClock } from './clock.ts'
import { startHelper } from './helper-process.ts'

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) })
  worker.once('message', (pid) => {
    process.stdout.write(`${pid}\n`)
    worker.unref()
  })
} else {
  // What keeps a thread waiting for its host, as the engine does.
  parentPort?.on('message', () => {})
  const helper = startHelper({
    clock: systemClock(),
    entry: new URL('./helper-process.contract.ts', import.meta.url),
    argument: null,
    onMessage: () => parentPort?.postMessage(helper.pid),
    onExit: () => {},
  })
  helper.send(process.argv[2] ?? 'echo')
}
