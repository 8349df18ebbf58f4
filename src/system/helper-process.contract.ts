/** A helper of the tests, which does what it is told to. */
import { systemClock } from './clock.ts'
import { serveHelper } from './helper-process.ts'

const channel = serveHelper(systemClock(), {
  onMessage(message) {
    switch (message) {
      case 'echo':
        channel.send({ argument: channel.argument, nodeOptions: process.env['NODE_OPTIONS'] })
        break
      case 'hang':
        channel.send('hanging')
        // A call into native code that never returns holds the thread as this does.
        process.nextTick(() => setImmediate(hang))
        break
      case 'crash':
        process.stderr.write(`${'x'.repeat(10_000)} last words\n`)
        process.abort()
        break
      case 'grow':
        for (const kept: string[][] = []; ; ) kept.push(Array.from({ length: 100_000 }, String))
      case 'leave':
        process.exit(3)
        break
      case 'disconnect':
        process.disconnect?.()
        break
      case 'hold':
        setInterval(() => {}, 1000)
        channel.send('held')
    }
  },
})

function hang(): never {
  for (;;);
}
