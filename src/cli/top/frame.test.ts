import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LiveView } from '../../engine/live-view.ts'
import { unknownStatus } from '../../engine/status.ts'
import { type GenerationRecord, noOutcomes } from '../../model/generation.ts'
import type { GpuVitalSigns } from '../../model/status.ts'
import { generationOf, instanceOf } from '../../store/store.fixtures.contract.ts'
import { describeActive } from '../../track/active-generation.ts'
import { drawBar } from './bar.ts'
import { columnsOf } from './fit-text.ts'
import { drawFrame } from './frame.ts'

const nowMs = Date.UTC(2026, 4, 1, 12)
const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')
const hostile = '\u001b[2J\u001b]0;x\u0007 動画 👍\u202e\ud800 \n\t'

const gpu: GpuVitalSigns = {
  id: 'GPU-1',
  name: 'NVIDIA H100 80GB HBM3',
  status: 'ok',
  utilization: 0.82,
  memoryUsedBytes: 61 * 2 ** 30,
  memoryTotalBytes: 80 * 2 ** 30,
  temperatureCelsius: 71,
  powerWatts: 680,
}

function viewOf({ text = 'wan', count = 1, alerts = 0, gpus = 1 } = {}): LiveView {
  const { performance: _, ...status } = unknownStatus({ node: 'gpu-1', baseDir: '/x' }, nowMs, `All ${text}`)
  const window = (windowSeconds: number) => ({
    windowSeconds,
    byOutcome: { ...noOutcomes(), succeeded: 9, failed: 1 },
    verified: 8,
    defective: 1,
    successRate: 0.9,
    errorRate: 0.1,
    verifiedSuccessRate: 0.8,
    videosPerMinute: 1.5,
    p50Ms: 40_000,
    p95Ms: 65_000,
  })
  const list = Array.from({ length: count }, (_, index) => index)
  return {
    ...status,
    status: 'healthy',
    metrics: { ...status.metrics, gpus: Array.from({ length: gpus }, () => gpu) },
    alerts: {
      ...status.alerts,
      firing: Array.from({ length: alerts }, () => instanceOf('k', { summary: text, rule: text })),
    },
    performance: {
      runningCount: count,
      queuedCount: 0,
      windows: { last5m: window(300), last1h: window(3600) },
      active: list.map((index) => ({
        ...describeActive(runningOf(`gen_${index}`, text), nowMs),
        stalledSinceMs: null,
        node: 'gpu-1',
        gpus: [0, 1],
      })),
      ended: list.map((index) => ({
        id: `end_${index}`,
        status: index % 2 === 0 ? 'succeeded' : 'failed',
        model: text,
        verification: 'verified',
        errorClass: index % 2 === 0 ? undefined : text,
        durationMs: 40_000,
        endedAtMs: nowMs - 1000,
      })),
    },
  }
}

function runningOf(id: string, model: string): GenerationRecord {
  const record = generationOf(id, 'running', { queuedAtMs: nowMs - 30_010, model })
  return { ...record, stage: 'denoise', completedSteps: 12, totalSteps: 30 }
}

const plain = { columns: 120, rows: 40, hasColour: false }

test('shows status, rates, alerts, what runs, GPUs and what ended', () => {
  const lines = drawFrame(viewOf({ count: 2, alerts: 1 }), { ...plain, footer: 'q quits' })
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "HEALTHY All wan
    2026-05-01T12:00:00Z  gpu-1  2 running, 0 queued  1 firing

    LAST  VIDEOS/MIN SUCCESS VERIFIED    P50       P95 OK ERRORS DEFECTIVE
    5 min        1.5  90.0 %   80.0 % 40.0 s 1 min 5 s  9      1         1
    1 h          1.5  90.0 %   80.0 % 40.0 s 1 min 5 s  9      1         1

    FIRING  RULE SUMMARY
    warning wan  wan

    ACTIVE MODEL STAGE   PROGRESS             STEPS ELAPSED LEFT GPU
    gen_0  wan   denoise ██████▍░░░░░░░░░ 40% 12/30  30.0 s    - 0,1
    gen_1  wan   denoise ██████▍░░░░░░░░░ 40% 12/30  30.0 s    - 0,1

    GPU                   BUSY                 MEMORY                                 TEMP POWER STATE
    NVIDIA H100 80GB HBM3 █████████████▏░░ 82% ████████████▎░░░ 61.0 GiB of 80.0 GiB 71 °C 680 W ok

    ENDED AT        MODEL OUTCOME               TOOK
    end_0 11:59:59Z wan   succeeded, verified 40.0 s
    end_1 11:59:59Z wan   failed: wan         40.0 s
    q quits"
  `)
})

test('leaves out what matters least in a narrow terminal, and keeps how far generations are', () => {
  const narrow = drawFrame(viewOf(), { ...plain, columns: 40 }).join('\n')
  expect(narrow).toMatch(/denoise .*40%/)
  expect(narrow).not.toContain('gen_0')
  expect(drawFrame(viewOf(), { ...plain, columns: 20 }).join('\n')).toContain('40%')
})

test('says that nothing runs', () => {
  expect(drawFrame(viewOf({ count: 0, gpus: 0 }), plain)).toContain('Nothing is running or queued.')
})

test('fits the terminal whatever its size and whatever is shown, and lets no text drive it', () => {
  const size = fc.record({
    columns: fc.integer({ min: 20, max: 250 }),
    rows: fc.integer({ min: 4, max: 90 }),
  })
  const counts = fc.record({
    count: fc.integer({ min: 0, max: 300 }),
    alerts: fc.integer({ min: 0, max: 9 }),
    gpus: fc.integer({ min: 0, max: 16 }),
    text: fc.constantFrom('wan', hostile, '模型'.repeat(60), 'x'.repeat(5000)),
  })
  fc.assert(
    fc.property(size, counts, fc.boolean(), ({ columns, rows }, shown, hasColour) => {
      const lines = drawFrame(viewOf(shown), { columns, rows, hasColour, footer: 'q quits' })
      expect(lines.length).toBeLessThanOrEqual(rows)
      for (const line of lines) {
        const text = line.replaceAll(colour, '')
        expect(columnsOf(text)).toBeLessThanOrEqual(columns)
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}]|\p{Cs}/u)
        if (!hasColour) expect(line).toBe(text)
      }
      if (rows >= 40 && shown.count > 0) {
        expect(lines.join('\n')).toContain('40%')
        expect(lines.join('\n')).toContain('OUTCOME')
      }
    }),
  )
})

test('bars are as long as they should be', () => {
  expect([drawBar(0, 4), drawBar(0.5, 4), drawBar(1, 4), drawBar(null, 4)]).toEqual([
    '░░░░',
    '██░░',
    '████',
    '····',
  ])
  fc.assert(
    fc.property(fc.double(), fc.integer({ min: 1, max: 60 }), (ratio, columns) => {
      expect(columnsOf(drawBar(ratio, columns))).toBe(columns)
    }),
  )
})
