import { describe, expect, test } from 'vitest'
import { defaultRules } from './default-rules.ts'
import { qualityRuleCases } from './quality-rule-cases.contract.ts'
import { type RuleCase, runRuleCase } from './rule-cases.contract.ts'

const root = { 'system.filesystem.mountpoint': '/' }
const data = { 'system.filesystem.mountpoint': '/data' }
const rootKey = 'system.filesystem.mountpoint="/"'
const dataKey = 'system.filesystem.mountpoint="/data"'

const gpuState = (id: string, state: string) => ({ 'hw.id': id, 'hw.type': 'gpu', 'hw.state': state })
const throttled = (id: string, reason: string) => ({ 'hw.id': id, 'hw.gpu.throttle_reason': reason })

const cases: Readonly<Record<string, readonly RuleCase[]>> = {
  CpuSaturated: [
    {
      title: 'fires after five minutes of saturation, not before, and resolves at once',
      series: [{ values: '0.5x2 0.99x11 0.5' }],
      expected: [
        [30, {}],
        [60, { '': 'pending' }],
        [330, { '': 'pending' }],
        [360, { '': 'firing' }],
        [390, {}],
      ],
    },
    {
      title: 'does not fire when a minute of calm interrupts the saturation',
      series: [{ values: '0.99x9 0.5x2 0.99x9' }],
      expected: [
        [240, { '': 'pending' }],
        [270, {}],
        [570, { '': 'pending' }],
      ],
    },
    {
      title: 'does not fire on one reading followed by silence',
      series: [{ values: '0.99 _x20' }],
      expected: [[600, { '': 'pending' }]],
    },
    {
      title: 'does not look at single cores',
      series: [{ attributes: { 'cpu.logical_number': '3' }, values: '1x20' }, { values: '0.3x20' }],
      expected: [[570, {}]],
    },
    {
      title: 'keeps firing while the collector gives no value',
      series: [{ values: '0.99x11 _x40' }],
      expected: [
        [300, { '': 'firing' }],
        [1500, { '': 'firing' }],
      ],
    },
  ],
  MemoryAlmostFull: [
    {
      title: 'fires after two minutes',
      series: [{ values: '0.96x5 0.95' }],
      expected: [
        [90, { '': 'pending' }],
        [120, { '': 'firing' }],
        [150, {}],
      ],
    },
  ],
  FilesystemFillingUp: [
    {
      title: 'follows each file system alone, and does not flap around the limit',
      series: [
        { attributes: { ...root, 'system.device': 'sda1' }, values: '0.5x5' },
        { attributes: { ...data, 'system.device': 'sdb1' }, values: '0.91 0.895 0.91 0.885 0.88' },
      ],
      expected: [
        [0, { [dataKey]: 'firing' }],
        [30, { [dataKey]: 'firing' }],
        [90, { [dataKey]: 'firing' }],
        [120, {}],
      ],
    },
    {
      title: 'resolves five minutes after the file system is unmounted',
      series: [{ attributes: data, values: '0.95 _x20' }],
      expected: [
        [300, { [dataKey]: 'firing' }],
        [330, {}],
      ],
    },
  ],
  FilesystemAlmostFull: [
    {
      title: 'fires above 0.97 and resolves at 0.95',
      series: [{ attributes: root, values: '0.97 0.98 0.96 0.95' }],
      expected: [
        [0, {}],
        [30, { [rootKey]: 'firing' }],
        [60, { [rootKey]: 'firing' }],
        [90, {}],
      ],
    },
  ],
  EventLoopBlocked: [
    {
      title: 'fires at the first delay over a second',
      series: [{ values: '0.02 1.4 0.03' }],
      expected: [
        [0, {}],
        [30, { '': 'firing' }],
        [60, {}],
      ],
    },
  ],
  CollectorSourceDown: [
    {
      title: 'fires for the source that has failed for two minutes',
      series: [
        { attributes: { source: 'cpu' }, values: '1x8' },
        { attributes: { source: 'disk' }, values: '1 0x5 1x2' },
      ],
      expected: [
        [120, { 'source="disk"': 'pending' }],
        [150, { 'source="disk"': 'firing' }],
        [180, {}],
      ],
    },
  ],
  GenerationStalled: [
    {
      title: 'fires at once when one stalls, and resolves when it gets on',
      series: [{ values: '0x2 1x2 0' }],
      expected: [
        [30, {}],
        [60, { '': 'firing' }],
        [120, {}],
      ],
    },
  ],
  GenerationsSilent: [
    {
      title: 'fires for the engine of which nothing is heard, and ends with its last generation',
      series: [
        { attributes: { engine: 'comfyui' }, values: '870 900 930 960 _x20' },
        { attributes: { engine: 'diffusers' }, values: '5x24' },
      ],
      expected: [
        [30, {}],
        [60, { 'engine="comfyui"': 'firing' }],
        [600, {}],
      ],
    },
  ],
  VramRunningOut: [
    {
      title: 'fires when fewer than five more jobs fit, and ends with the trend',
      series: [{ attributes: { 'hw.id': 'GPU-1', model: 'wan' }, values: '_ 5 4 3 _x20' }],
      expected: [
        [30, {}],
        [60, { 'hw.id="GPU-1",model="wan"': 'firing' }],
        [690, {}],
      ],
    },
  ],
  BudgetAlmostSpent: [
    {
      title: 'fires for a budget past nine tenths, and ends with its period',
      series: [{ attributes: { budget: 'all' }, values: '0.5 0.9 0.91 1.2 0' }],
      expected: [
        [30, {}],
        [60, { 'budget="all"': 'firing' }],
        [120, {}],
      ],
    },
  ],
  GpuLost: [
    {
      title: 'fires at once for the GPU that is lost, alone, until it is back',
      series: [
        { attributes: gpuState('GPU-1', 'failed'), values: '0 1 1 0' },
        { attributes: gpuState('GPU-1', 'ok'), values: '1 0 0 1' },
        { attributes: gpuState('GPU-2', 'failed'), values: '0x4' },
      ],
      expected: [
        [0, {}],
        [30, { 'hw.id="GPU-1"': 'firing' }],
        [60, { 'hw.id="GPU-1"': 'firing' }],
        [90, {}],
      ],
    },
  ],
  GpuDegraded: [
    {
      title: 'fires while the state is degraded',
      series: [
        { attributes: gpuState('GPU-1', 'degraded'), values: '0 1 0' },
        { attributes: gpuState('GPU-1', 'failed'), values: '0 0 1' },
      ],
      expected: [
        [30, { 'hw.id="GPU-1"': 'firing' }],
        [60, {}],
      ],
    },
  ],
  GpuFaultCritical: [
    {
      title: 'fires on critical faults, not on warnings',
      series: [
        { attributes: { 'hw.id': 'GPU-1', 'hw.gpu.xid.severity': 'critical' }, values: '0 1 1 0' },
        { attributes: { 'hw.id': 'GPU-2', 'hw.gpu.xid.severity': 'warning' }, values: '0 3 3 3' },
      ],
      expected: [
        [0, {}],
        [30, { 'hw.id="GPU-1"': 'firing' }],
        [90, {}],
      ],
    },
  ],
  GpuThermalThrottling: [
    {
      title: 'fires after five minutes of heat; the power cap of a full load is normal',
      series: [
        { attributes: throttled('GPU-1', 'hw_thermal_slowdown'), values: '0.3x11 0' },
        { attributes: throttled('GPU-2', 'sw_power_cap'), values: '1x12' },
      ],
      expected: [
        [270, { 'hw.id="GPU-1"': 'pending' }],
        [300, { 'hw.id="GPU-1"': 'firing' }],
        [330, {}],
      ],
    },
  ],
  GpuPowerBraked: [
    {
      title: 'fires after five minutes of the power brake',
      series: [{ attributes: throttled('GPU-1', 'hw_power_brake_slowdown'), values: '0.5x11 0' }],
      expected: [
        [270, { 'hw.id="GPU-1"': 'pending' }],
        [300, { 'hw.id="GPU-1"': 'firing' }],
        [330, {}],
      ],
    },
  ],
  ContainerMemoryAlmostFull: [
    {
      title: 'fires after two minutes',
      series: [{ values: '0.96x5 0.95' }],
      expected: [
        [90, { '': 'pending' }],
        [120, { '': 'firing' }],
        [150, {}],
      ],
    },
  ],
  GenerationErrorsHigh: [
    {
      title: 'looks at the five-minute window alone',
      series: [
        { attributes: { window: '5m' }, values: '0.25 0.3 0.1' },
        { attributes: { window: '1h' }, values: '0.9x3' },
      ],
      expected: [
        [0, {}],
        [30, { 'window="5m"': 'firing' }],
        [60, {}],
      ],
    },
    {
      title: 'resolves when no generation ends any more',
      series: [{ attributes: { window: '5m' }, values: '0.5 _x12' }],
      expected: [
        [300, { 'window="5m"': 'firing' }],
        [330, {}],
      ],
    },
  ],
  StoreRefusingWrites: [
    {
      title: 'fires while writes are refused, and is over when they are not',
      series: [{ attributes: {}, values: '0 1 1 0' }],
      expected: [
        [0, {}],
        [30, { '': 'firing' }],
        [60, { '': 'firing' }],
        [90, {}],
      ],
    },
  ],
  StoreDroppingData: [
    {
      title: 'fires when something was given up',
      series: [{ attributes: {}, values: '0 0 7' }],
      expected: [
        [30, {}],
        [60, { '': 'firing' }],
      ],
    },
  ],
  StoreMaintenanceFailing: [
    {
      title: 'fires when maintenance failed, until it succeeds',
      series: [{ attributes: {}, values: '0 1 0' }],
      expected: [
        [0, {}],
        [30, { '': 'firing' }],
        [60, {}],
      ],
    },
  ],
  StoreSetAside: [
    {
      title:
        'fires at the first tick of a service that began a new store, until the next service finds it sound',
      series: [{ attributes: {}, values: '1 1 0' }],
      expected: [
        [0, { '': 'firing' }],
        [30, { '': 'firing' }],
        [60, {}],
      ],
    },
  ],
  AlertRulesFailing: [
    {
      title: 'fires while a rule fails',
      series: [{ attributes: {}, values: '0 1 0' }],
      expected: [
        [30, { '': 'firing' }],
        [60, {}],
      ],
    },
  ],
  AlertsUnfollowed: [
    {
      title: 'fires while there are more alerts than are followed',
      series: [{ attributes: {}, values: '0 12 0' }],
      expected: [
        [30, { '': 'firing' }],
        [60, {}],
      ],
    },
  ],
  ...qualityRuleCases,
  RecorderDroppingEvents: [
    {
      title: 'fires at the first start or end that was dropped, not for progress',
      series: [
        { attributes: { kind: 'progress' }, values: '0 3 3' },
        { attributes: { kind: 'event' }, values: '0 0 1' },
      ],
      expected: [
        [30, {}],
        [60, { 'kind="event"': 'firing' }],
      ],
    },
  ],
}

for (const rule of defaultRules()) {
  describe(`the default rule ${rule.name}`, () => {
    test('is tested as data', () => expect(cases[rule.name]).toBeDefined())
    for (const ruleCase of cases[rule.name] ?? []) test(ruleCase.title, () => runRuleCase(rule, ruleCase))
  })
}

test('every tested default rule is shipped', () => {
  expect(Object.keys(cases).sort()).toEqual(
    defaultRules()
      .map(({ name }) => name)
      .sort(),
  )
})
