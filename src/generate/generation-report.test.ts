import { expect, test } from 'vitest'
import { manualClock } from '../../test/support/manual-clock.ts'
import { type GenerationProgress, GenerationReport } from './generation-report.ts'

function makeReport() {
  const clock = manualClock()
  const told: GenerationProgress[] = []
  const onProgress = (progress: GenerationProgress) => void told.push(progress)
  return {
    clock,
    told,
    report: new GenerationReport({ request: {}, monitor: undefined, onProgress, clock, ownId: 'gen_1' }),
  }
}

test('a report times each stage until the next one, and the last until now', async () => {
  const { clock, report } = makeReport()
  await clock.advance(5)
  report.stage('load')
  await clock.advance(10)
  report.stage('render')
  await clock.advance(20)
  expect(report.timings()).toEqual({
    totalMs: 35,
    stages: [
      { name: 'load', durationMs: 10 },
      { name: 'render', durationMs: 20 },
    ],
  })
})

test('a step of the wall clock does not change the timings', async () => {
  const { clock, report } = makeReport()
  report.stage('load')
  clock.stepWall(-60_000)
  await clock.advance(10)
  expect(report.timings().totalMs).toBe(10)
})

test('steps are told with their stage; before any stage there is nothing to tell', () => {
  const { told, report } = makeReport()
  report.progress(1, 2)
  report.stage('render')
  report.progress(1, 2)
  expect(told).toEqual([{ stage: 'render' }, { stage: 'render', completedSteps: 1, totalSteps: 2 }])
})
