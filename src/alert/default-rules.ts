/** The rules every installation has unless it says otherwise. Few, and each one asks for an action. */
import { type AlertRuleInput, alertRulesSchema } from './rule.ts'
import type { AlertRule } from './rules.ts'

const mountpoint = 'system.filesystem.mountpoint'

const definitions: readonly AlertRuleInput[] = [
  {
    name: 'CpuSaturated',
    metric: 'system.cpu.utilization',
    // The series over all cores is the one that names no core.
    attributes: { 'cpu.logical_number': '' },
    above: 0.95,
    for: '5m',
    summary: 'CPU utilization over all cores is {{value}} (limit {{threshold}}) for 5 minutes',
  },
  {
    name: 'MemoryAlmostFull',
    metric: 'system.memory.utilization',
    above: 0.95,
    for: '2m',
    level: 'error',
    summary: 'Memory utilization is {{value}} (limit {{threshold}}) for 2 minutes: processes may be killed',
  },
  {
    name: 'FilesystemFillingUp',
    metric: 'system.filesystem.utilization',
    by: [mountpoint],
    above: 0.9,
    clear: 0.88,
    // A file system that is unmounted is no longer filling up.
    noData: 'ok',
    summary: `File system {{attribute.${mountpoint}}} is {{value}} full (limit {{threshold}})`,
  },
  {
    name: 'FilesystemAlmostFull',
    metric: 'system.filesystem.utilization',
    by: [mountpoint],
    above: 0.97,
    clear: 0.95,
    level: 'critical',
    noData: 'ok',
    summary: `File system {{attribute.${mountpoint}}} is {{value}} full (limit {{threshold}}): writes will fail`,
  },
  {
    name: 'EventLoopBlocked',
    metric: 'nodejs.eventloop.delay.max',
    above: 1,
    noData: 'ok',
    summary: 'The event loop of the monitored process was blocked for {{value}} s (limit {{threshold}} s)',
  },
  {
    name: 'CollectorSourceDown',
    metric: 'framewatch.collector.success',
    by: ['source'],
    below: 1,
    for: '2m',
    noData: 'ok',
    summary: 'Collector source {{attribute.source}} has failed for 2 minutes: its metrics are missing',
  },
  {
    name: 'GpuLost',
    metric: 'hw.status',
    attributes: { 'hw.type': 'gpu', 'hw.state': 'failed' },
    by: ['hw.id'],
    above: 0,
    level: 'critical',
    noData: 'ok',
    summary:
      'GPU {{attribute.hw.id}} cannot be reached any more: see `framewatch faults`, reset it or restart the machine',
  },
  {
    name: 'GpuDegraded',
    metric: 'hw.status',
    attributes: { 'hw.type': 'gpu', 'hw.state': 'degraded' },
    by: ['hw.id'],
    above: 0,
    noData: 'ok',
    summary:
      'GPU {{attribute.hw.id}} has errors of its memory that it could not mend, or mends only at a reset: plan one',
  },
  {
    name: 'GpuFaultCritical',
    metric: 'hw.gpu.xid.recent',
    attributes: { 'hw.gpu.xid.severity': 'critical' },
    by: ['hw.id'],
    above: 0,
    level: 'critical',
    noData: 'ok',
    summary:
      'GPU {{attribute.hw.id}} reported {{value}} critical faults (XIDs) in the last 10 minutes: `framewatch faults` says which, and what ran',
  },
  {
    name: 'GpuThermalThrottling',
    metric: 'hw.gpu.throttled',
    attributes: { 'hw.gpu.throttle_reason': 'hw_thermal_slowdown' },
    by: ['hw.id'],
    above: 0.1,
    for: '5m',
    noData: 'ok',
    summary:
      'GPU {{attribute.hw.id}} is too hot: slowed down {{value}} of the time for 5 minutes (limit {{threshold}})',
  },
  {
    name: 'GpuPowerBraked',
    metric: 'hw.gpu.throttled',
    attributes: { 'hw.gpu.throttle_reason': 'hw_power_brake_slowdown' },
    by: ['hw.id'],
    above: 0.1,
    for: '5m',
    noData: 'ok',
    summary:
      'GPU {{attribute.hw.id}} is slowed down {{value}} of the time by the power supply for 5 minutes (limit {{threshold}})',
  },
  {
    name: 'GenerationStalled',
    metric: 'video_generation.stalled',
    above: 0,
    level: 'error',
    noData: 'ok',
    summary:
      '{{value}} generations have stopped to get on: `framewatch top` says which and for how long; restart their worker if it hangs',
  },
  {
    name: 'GenerationsSilent',
    metric: 'video_generation.silence',
    by: ['engine'],
    above: 900,
    noData: 'ok',
    summary:
      'Nothing was heard for {{value}} s of the generations that run on {{attribute.engine}} (limit {{threshold}} s): their events may be lost',
  },
  {
    name: 'VramRunningOut',
    metric: 'video_generation.vram.jobs_to_oom',
    by: ['hw.id', 'model'],
    below: 5,
    noData: 'ok',
    summary:
      'Device memory of {{attribute.hw.id}} grows with every job of {{attribute.model}}: {{value}} more fit (limit {{threshold}}); restart the worker before it fails',
  },
  {
    name: 'BudgetAlmostSpent',
    metric: 'video_generation.budget.ratio',
    by: ['budget'],
    above: 0.9,
    noData: 'ok',
    summary: 'Budget {{attribute.budget}} is spent to {{value}} (limit {{threshold}})',
  },
  {
    name: 'ContainerMemoryAlmostFull',
    metric: 'container.memory.utilization',
    above: 0.95,
    for: '2m',
    level: 'error',
    noData: 'ok',
    summary:
      'Memory of the container is {{value}} of its limit (limit {{threshold}}) for 2 minutes: its processes may be killed',
  },
  {
    name: 'GenerationErrorsHigh',
    metric: 'video_generation.error.ratio',
    attributes: { window: '5m' },
    above: 0.25,
    level: 'error',
    // No ratio means that no generation ended in the window: nothing fails any more.
    noData: 'ok',
    summary: '{{value}} of the generations of the last 5 minutes failed (limit {{threshold}})',
  },
  {
    name: 'DefectsHigh',
    metric: 'video_generation.defect.ratio',
    attributes: { window: '15m' },
    by: ['model', 'version'],
    above: 0.1,
    clear: 0.05,
    level: 'error',
    // No ratio means that too few were checked to tell.
    noData: 'ok',
    summary:
      '{{value}} of the outputs of {{attribute.model}} that were checked in the last 15 minutes are defective (limit {{threshold}}): their records say what is wrong',
  },
  {
    name: 'QualityDropped',
    metric: 'video_generation.quality.shift',
    attributes: { score: 'qualityScore' },
    by: ['model'],
    // With the fewest outputs that are compared, 10 and 30, chance alone gets there less than once in 5000 (t test, 29 degrees).
    below: -1.5,
    clear: -1,
    noData: 'ok',
    summary:
      'The quality of {{attribute.model}} in the last hour is {{value}} standard deviations from that of the day before (limit {{threshold}}): look at what was changed',
  },
  {
    name: 'ChecksBehind',
    metric: 'video_generation.check.wait',
    above: 600,
    clear: 60,
    for: '1m',
    noData: 'ok',
    summary:
      'An output has waited {{value}} s for its check (limit {{threshold}} s): more are made than are checked; raise `quality.concurrency`, or choose a quicker profile',
  },
  {
    name: 'ChecksFailing',
    metric: 'video_generation.check.unverified.ratio',
    above: 0.5,
    noData: 'ok',
    summary:
      '{{value}} of the outputs of the last 15 minutes could not be checked (limit {{threshold}}): the `check.reason` of their records says why; a missing ffmpeg is the common cause',
  },
  {
    name: 'RecorderDroppingEvents',
    metric: 'framewatch.recorder.dropped',
    // Progress is meant to be dropped first; a start or an end is not.
    attributes: { kind: 'event' },
    above: 0,
    summary:
      '{{value}} starts or ends of generations were dropped since the service started: their records are incomplete',
  },
  {
    name: 'StoreRefusingWrites',
    metric: 'framewatch.store.failing',
    above: 0,
    level: 'critical',
    summary:
      'The store refuses writes: what happens waits in memory and is written when it can be. `framewatch status` says why; a full disk is the common cause',
  },
  {
    name: 'StoreDroppingData',
    metric: 'framewatch.store.dropped',
    above: 0,
    level: 'error',
    summary:
      '{{value}} ticks and records were given up since the service started, because the store refused writes for too long',
  },
  {
    name: 'StoreMaintenanceFailing',
    metric: 'framewatch.store.maintenance_failing',
    above: 0,
    level: 'error',
    summary:
      'Old history can be neither summarised nor deleted, so the store grows: `framewatch store check` looks for damage',
  },
  {
    name: 'StoreSetAside',
    metric: 'framewatch.store.set_aside',
    above: 0,
    level: 'error',
    summary:
      'The store was damaged: it was set aside, and a new one begun without its history. `framewatch status --json` names the file, `framewatch store repair` saves what can be read of one',
  },
  {
    name: 'AlertRulesFailing',
    metric: 'framewatch.alert.failed_rules',
    above: 0,
    noData: 'ok',
    summary: '{{value}} alert rules could not be evaluated',
  },
  {
    name: 'AlertsUnfollowed',
    metric: 'framewatch.alert.unfollowed',
    above: 0,
    noData: 'ok',
    summary:
      '{{value}} alerts are not followed, because their rule has too many instances: narrow it with attributes or by',
  },
]

/** The shipped rules, normalised. */
export function defaultRules(): readonly AlertRule[] {
  return alertRulesSchema().parse(definitions)
}
