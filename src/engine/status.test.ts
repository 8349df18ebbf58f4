import { describe, expect, test } from 'vitest'
import type { AlertInstance, AlertLevel } from '../model/alert.ts'
import { assessStatus, type StatusEvidence, unknownStatus } from './status.ts'

const nowMs = 1_760_000_000_000
const { performance } = unknownStatus({ node: 'n', baseDir: '/b' }, nowMs, '')

function firing(level: AlertLevel, rule: string): AlertInstance {
  return { level, rule, summary: `${rule} is wrong` } as AlertInstance
}

function assess(evidence: Partial<StatusEvidence> & { firing?: readonly AlertInstance[] } = {}) {
  return assessStatus({
    nowMs,
    lastTickMs: nowMs - 1000,
    collectionIntervalMs: 30_000,
    alerts: {
      firing: evidence.firing ?? [],
      pending: [],
      firedLast24h: 0,
      firedByLevelLast24h: { info: 0, warning: 0, error: 0, critical: 0 },
    },
    collectors: [],
    recorder: { droppedProgress: 0, droppedEvents: 0, invalidEvents: 0 },
    performance,
    storeError: null,
    ...evidence,
  })
}

describe('the status', () => {
  test('is healthy when nothing is wrong, info alerts and dropped progress included', () => {
    expect(assess({ firing: [firing('info', 'Note')] }).status).toBe('healthy')
    expect(assess({ recorder: { droppedProgress: 9, droppedEvents: 0, invalidEvents: 0 } }).status).toBe(
      'healthy',
    )
  })

  test.each<[string, Parameters<typeof assess>[0], string, string]>([
    ['a warning', { firing: [firing('warning', 'A')] }, 'degraded', 'warning alert A: A is wrong'],
    ['an error', { firing: [firing('error', 'A')] }, 'degraded', 'error alert A'],
    [
      'a critical alert',
      { firing: [firing('warning', 'A'), firing('critical', 'B')] },
      'critical',
      'critical alert B: B is wrong (and 1 more: warning alert A',
    ],
    ['a store that refuses writes', { storeError: 'The disk is full' }, 'critical', 'The disk is full'],
    [
      'a broken source',
      { collectors: [{ source: 'disk', state: 'timed_out', durationMs: 1, skipped: 0 }] },
      'degraded',
      'collector source "disk" timed out',
    ],
    [
      'dropped ends',
      { recorder: { droppedProgress: 0, droppedEvents: 2, invalidEvents: 0 } },
      'degraded',
      '2 starts or ends',
    ],
    ['no tick yet', { lastTickMs: undefined }, 'unknown', 'No metrics have been collected yet'],
    ['an old tick', { lastTickMs: nowMs - 91_000 }, 'unknown', 'for 91 s'],
    ['a clean stop', { stoppedAtMs: nowMs - 5 }, 'unknown', 'stopped at 2025-10-09T'],
  ])('with %s', (_, evidence, status, message) => {
    const assessed = assess(evidence)
    expect(assessed.status).toBe(status)
    expect(assessed.statusMessage).toContain(message)
  })

  test('tolerates a tick that is late by less than a minute, or less than three intervals', () => {
    expect(assess({ lastTickMs: nowMs - 59_000, collectionIntervalMs: 1000 }).status).toBe('healthy')
    expect(assess({ lastTickMs: nowMs - 800_000, collectionIntervalMs: 300_000 }).status).toBe('healthy')
  })

  test('is unknown with an empty but whole answer when there is no one to ask', () => {
    const status = unknownStatus({ node: 'n', baseDir: '/b' }, nowMs, 'Not started')
    expect(status).toMatchObject({
      status: 'unknown',
      statusMessage: 'Not started',
      metrics: { cpuUtilization: null },
    })
    expect(status.performance.windows.last1h).toMatchObject({ windowSeconds: 3600, successRate: null })
  })
})
