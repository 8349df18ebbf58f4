import { expect, test } from 'vitest'
import { runtimeSource } from './runtime.ts'

test('gives the delay in seconds, and utilisation only when the runtime tells it', async () => {
  const reading = { eventLoopDelayMaxMs: 250, rssBytes: 1024 }
  expect(await runtimeSource({ readRuntime: () => reading }).read()).toMatchObject({
    samples: [
      { name: 'nodejs.eventloop.delay.max', value: 0.25 },
      { name: 'process.memory.usage', value: 1024 },
    ],
  })
  const readRuntime = () => ({ ...reading, eventLoopUtilization: 0.5 })
  expect(await runtimeSource({ readRuntime }).read()).toMatchObject({
    samples: [{}, { name: 'nodejs.eventloop.utilization', value: 0.5 }, {}],
  })
})
