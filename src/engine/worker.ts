/** The engine's thread: messages in, messages out. Started by `MonitoringService` and by nothing else. */
import { parentPort, workerData } from 'node:worker_threads'
import { FramewatchError, messageOf, type PlainError } from '../model/errors.ts'
import { openEngine } from './compose.ts'
import type { Engine } from './engine.ts'
import type { EngineParts } from './engine-parts.ts'
import { type EngineMessage, type HostMessage, monitoringEventNames, type WorkerInput } from './protocol.ts'
import { isListenedTo } from './shared-probe.ts'

const port = parentPort
if (!port) throw new Error('This module is the entry of a worker thread')

function send(message: EngineMessage): void {
  port?.postMessage(message)
}

function toPlain(error: unknown): PlainError {
  if (error instanceof FramewatchError) return error.toPlain()
  return new FramewatchError('ENGINE_FAILED', messageOf(error), { cause: error }).toPlain()
}

async function answer(engine: Engine, message: Extract<HostMessage, { type: 'query' }>): Promise<void> {
  const { requestId, method, argument } = message
  try {
    // The caller's side types method and argument together.
    const value = await (engine[method] as (argument: unknown) => Promise<unknown>).call(engine, argument)
    send({ type: 'answer', requestId, value })
  } catch (error) {
    send({ type: 'refusal', requestId, error: toPlain(error) })
  }
}

async function stop(engine: Engine): Promise<void> {
  const failures = await engine.stop().catch((error: unknown) => [error])
  send({ type: 'stopped', failures: failures.map(toPlain) })
  port?.close()
}

try {
  const input = workerData as WorkerInput
  const emit: EngineParts['emit'] = (name, tell) => {
    if (isListenedTo(input.probe, monitoringEventNames.indexOf(name)))
      send({ type: 'event', name, payload: tell() })
  }
  const engine = await openEngine(input, emit, { onUpgrade: () => send({ type: 'upgrading' }) })
  port.on('message', (message: HostMessage) => {
    if (message.type === 'query') void answer(engine, message)
    else void stop(engine)
  })
  send({ type: 'ready' })
  engine.start()
} catch (error) {
  send({ type: 'failed', error: toPlain(error) })
  port.close()
}
