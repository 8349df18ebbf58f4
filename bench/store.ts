/**
 * The store beside two time-series servers that are fed the same samples: durable ingestion of ticks, size on disk,
 * and three questions; and, of ours alone, opening, maintenance and a million generation records. How the peers are
 * set, and what is counted: docs/reference/benchmarks.md.
 */
import { join } from 'node:path'
import type { Benchmark, Subject } from './measure.ts'
import { runOnOneCore, temporaryDirectory } from './server.ts'
import type { PhaseResult } from './store-child.ts'
import { countKinds } from './store-data.ts'
import type { PeerFeed } from './store-peers.ts'
import {
  type Answer,
  dayOfTicks,
  makePlan,
  type Plan,
  percentile,
  type QuestionName,
  requireSame,
} from './store-plan.ts'

/** Each in a fresh process: a service opens its store once. */
const openings = 5

async function runPhase(phase: string, baseDir: string, plan: Plan): Promise<PhaseResult> {
  const child = join(import.meta.dirname, 'store-child.ts')
  return JSON.parse(
    await runOnOneCore([process.execPath, child, phase, baseDir, JSON.stringify(plan)]),
  ) as PhaseResult
}

/** Remembers the first answer to each question; the others must be the same. */
function answerCheck(): PeerFeed['check'] {
  const first = new Map<QuestionName, { readonly who: string; readonly answer: Answer }>()
  return (question, who, answer) => {
    const expected = first.get(question)
    if (expected) requireSame(question, who, answer, expected.who, expected.answer)
    else first.set(question, { who, answer })
  }
}

function framewatch(plan: Plan, check: PeerFeed['check']): Subject {
  const history = temporaryDirectory()
  let historyMetrics: PhaseResult['metrics'] | undefined
  return {
    name: 'framewatch',
    async run() {
      const [samples, generations] = [temporaryDirectory(), temporaryDirectory()]
      try {
        const day = await runPhase('samples', samples.path, plan)
        for (const [name, answer] of Object.entries(day.answers))
          check(name as QuestionName, 'framewatch', answer)
        historyMetrics ??= (await runPhase('history', history.path, plan)).metrics
        const opened: PhaseResult['metrics'][] = []
        for (let count = 0; count < openings; count++)
          opened.push((await runPhase('opening', history.path, plan)).metrics)
        const median = (metric: string) =>
          percentile(
            opened.map((metrics) => metrics[metric] ?? Number.NaN),
            0.5,
          )
        return {
          ...day.metrics,
          ...historyMetrics,
          openingMs: median('openingMs'),
          firstTickMs: median('firstTickMs'),
          ...(await runPhase('generations', generations.path, plan)).metrics,
        }
      } finally {
        samples.remove()
        generations.remove()
      }
    },
    close: async () => history.remove(),
  }
}

async function peers(plan: Plan, check: PeerFeed['check']): Promise<readonly Subject[]> {
  try {
    const { encodeTicks } = await import('./remote-write.ts')
    const { openPeers } = await import('./store-peers.ts')
    const bodies = encodeTicks(dayOfTicks(plan))
    const seriesCount = Object.values(countKinds()).reduce((sum, count) => sum + count, 0)
    return openPeers({ plan, bodies, sampleCount: bodies.length * seriesCount, check })
  } catch (error) {
    console.error(`The peers cannot be fed, their ratios are left out: ${error}`)
    return []
  }
}

export const benchmark: Benchmark = {
  name: 'store',
  about:
    'The store: 500 series of a GPU node for 24 hours, a tick of 10 s a write; and a million generations.',
  units: {
    samplesPerSecond: '/s',
    bytesPerSample: 'B',
    bytesPerSampleWithLog: 'B',
    p99TickMs: 'ms',
    worstTickMs: 'ms',
    worstMaintainMs: 'ms',
    historyBytes: 'B',
    openingMs: 'ms',
    firstTickMs: 'ms',
    seriesDayMs: 'ms',
    seriesDayReaderMs: 'ms',
    groupHourMs: 'ms',
    groupHourReaderMs: 'ms',
    quantileDayMs: 'ms',
    quantileDayReaderMs: 'ms',
    insertsPerSecond: '/s',
    promptlessInsertsPerSecond: '/s',
    bytesPerRecord: 'B',
    jsonBytesPerRecord: 'B',
    p95ByModelMs: 'ms',
    errorRateByHourMs: 'ms',
    failuresPageMs: 'ms',
    byIdMs: 'ms',
    promptSearchMs: 'ms',
  },
  ratios: ['samplesPerSecond', 'bytesPerSample', 'seriesDayMs', 'groupHourMs', 'quantileDayMs'],
  goals: [
    { metric: 'samplesPerSecond', atLeast: 3, times: ['victoria-metrics'] },
    { metric: 'samplesPerSecond', atLeast: 8, times: ['prometheus'] },
    { metric: 'bytesPerSample', atMost: 0.9, times: ['victoria-metrics'] },
    { metric: 'bytesPerSample', atMost: 0.35, times: ['prometheus'] },
    { metric: 'worstTickMs', atMost: 20 },
    { metric: 'worstMaintainMs', atMost: 20 },
    { metric: 'openingMs', atMost: 50 },
    { metric: 'seriesDayMs', atMost: 0.5, times: ['prometheus', 'victoria-metrics'] },
    { metric: 'groupHourMs', atMost: 0.8, times: ['prometheus', 'victoria-metrics'] },
    { metric: 'quantileDayMs', atMost: 0.5, times: ['prometheus', 'victoria-metrics'] },
    { metric: 'insertsPerSecond', atLeast: 40_000 },
    { metric: 'p95ByModelMs', atMost: 5 },
    { metric: 'errorRateByHourMs', atMost: 8 },
    { metric: 'failuresPageMs', atMost: 1 },
    { metric: 'byIdMs', atMost: 0.1 },
    { metric: 'promptSearchMs', atMost: 5 },
  ],
  // Every run starts servers and processes anew: there is nothing to warm up.
  runs: { quick: 1, full: 3, warmUp: 0 },
  async open({ quick }) {
    const plan = makePlan({ quick })
    const mix = Object.entries(countKinds()).map(([kind, count]) => `${count} ${kind}`)
    console.error(`The series: ${mix.join(', ')}.`)
    if (quick) console.error('With --quick there is so little data that the figures say only that it runs.')
    const check = answerCheck()
    return [framewatch(plan, check), ...(await peers(plan, check))]
  },
}
