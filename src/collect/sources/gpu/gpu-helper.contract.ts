/** A process of the tests in the place of the one that reads GPUs. The file named by `sysRoot` says what it does. */
import { readFileSync, writeFileSync } from 'node:fs'
import { systemClock } from '../../../system/clock.ts'
import { serveHelper } from '../../../system/helper-process.ts'
import type { GpuRequest } from './gpu-protocol.ts'
import type { GpuReaderSettings } from './gpu-readers.ts'

const channel = serveHelper(systemClock(), {
  onMessage(message) {
    const { id } = message as GpuRequest
    const { sysRoot: modeFile } = channel.argument as GpuReaderSettings
    const mode = readFileSync(modeFile, 'utf8')
    writeFileSync(`${modeFile}.pid`, String(process.pid))
    if (mode === 'hang') for (;;);
    if (mode === 'leave') process.exit(4)
    if (mode === 'crash') {
      process.stderr.write('the driver’s last words\n')
      process.abort()
    }
    const gpus = [{ id: 'GPU-1', index: 0, vendor: 'nvidia', powerWatts: process.pid }]
    channel.send({ id, answer: { gpus, xids: [], skipped: 0 }, readers: [], problems: [], unread: [] })
  },
})
