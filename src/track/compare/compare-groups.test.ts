import { expect, test } from 'vitest'
import type { Comparison } from '../../model/comparison.ts'
import type { GenerationOutcome, GenerationRecord } from '../../model/generation.ts'
import type { PerformanceGroups } from '../../model/performance-group.ts'
import { type Random, seededRandom } from '../../system/random.ts'
import { GroupTallies } from '../groups/group-tallies.ts'
import { compareGroups } from './compare-groups.ts'

/** What generations of one group are like. */
interface Nature {
  readonly model: string
  readonly node: string
  readonly height: number
  readonly runs: number
  readonly seconds: number
  readonly success: number
  readonly sharpness: number
  readonly verified: number
}

const models = ['wan', 'ltx', 'hunyuan', 'cogvideo', 'mochi']
const nodes = ['gpu-1', 'gpu-2']

/** Ten groups: five models on two nodes. */
function tenGroups(change: (nature: Nature) => Partial<Nature> = () => ({})): readonly Nature[] {
  return models.flatMap((model, index) =>
    nodes.map((node) => {
      const nature = {
        model,
        node,
        height: 720,
        runs: 30,
        seconds: 40 + 30 * index,
        success: 0.98,
        sharpness: 0.7,
        verified: 0.95,
      }
      return { ...nature, ...change(nature) }
    }),
  )
}

/** Times vary by 15 % from run to run. */
const logDeviation = 0.15

function sideOf(natures: readonly Nature[], random: Random): PerformanceGroups {
  const tallies = new GroupTallies(32)
  for (const nature of natures)
    for (let run = 0; run < nature.runs; run++) tallies.add(recordOf(nature, random))
  return tallies.summarize({ fromMs: 0, toMs: 1 }, 20)
}

function recordOf(nature: Nature, random: Random): GenerationRecord {
  const status: GenerationOutcome = random.next() < nature.success ? 'succeeded' : 'failed'
  const durationMs = 1000 * nature.seconds * Math.exp(logDeviation * normal(random))
  return {
    id: 'g',
    node: nature.node,
    status,
    request: { model: nature.model, width: (nature.height * 16) / 9, height: nature.height },
    attempt: 1,
    queuedAtMs: 0,
    endedAtMs: 1,
    queueMs: 4000 * Math.exp(0.8 * normal(random)),
    durationMs,
    stages: [{ name: 'denoise', startedAtMs: 0, durationMs: durationMs * 0.9, steps: 30 }],
    lastEventAtMs: 1,
    verification: random.next() < nature.verified ? 'verified' : 'defective',
    defects: [],
    quality: { sharpness: nature.sharpness + 0.1 * normal(random), motion: 0.5 + 0.2 * normal(random) },
  }
}

/** Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}

/** The share of seeded comparisons of which `holds`. */
function shareOf(
  count: number,
  before: readonly Nature[],
  after: readonly Nature[],
  holds: (comparison: Comparison) => boolean,
): number {
  const random = seededRandom(7)
  let held = 0
  for (let index = 0; index < count; index++)
    if (holds(compareGroups(sideOf(before, random), sideOf(after, random)))) held++
  return held / count
}

const regressed = (kind: string) => (comparison: Comparison) =>
  comparison.findings.some((finding) => finding.kind === kind && finding.verdict === 'regressed')

test('with no true change, at most one comparison in twenty tells of any', { timeout: 60_000 }, () => {
  expect(shareOf(500, tenGroups(), tenGroups(), ({ findings }) => findings.length > 0)).toBeLessThanOrEqual(
    0.05,
  )
})

const slowBy = (factor: number, is: (nature: Nature) => boolean, runs = 30) =>
  tenGroups((nature) => ({ runs, ...(is(nature) && { seconds: nature.seconds * factor }) }))
const onNode = ({ node }: Nature) => node === 'gpu-2'
const ofModel = ({ model }: Nature) => model === 'ltx'
const one = (nature: Nature) => onNode(nature) && ofModel(nature)

test('a slowdown of 20 % of a node or a model, 30 runs in each group, is told', { timeout: 60_000 }, () => {
  for (const is of [onNode, ofModel])
    expect(shareOf(100, tenGroups(), slowBy(1.2, is), regressed('run'))).toBeGreaterThanOrEqual(0.95)
  // Of one group alone, 30 runs are just enough among all that is looked at.
  expect(shareOf(100, tenGroups(), slowBy(1.2, one), regressed('run'))).toBeGreaterThanOrEqual(0.8)
  const fifty = tenGroups(() => ({ runs: 50 }))
  expect(shareOf(100, fifty, slowBy(1.2, one, 50), regressed('run'))).toBeGreaterThanOrEqual(0.95)
})

test('a fall of success from 98 % to 85 % of a node or a model, 100 runs in each group, is told', {
  timeout: 60_000,
}, () => {
  const hundred = tenGroups(() => ({ runs: 100 }))
  for (const is of [onNode, ofModel]) {
    const after = hundred.map((nature) => (is(nature) ? { ...nature, success: 0.85 } : nature))
    expect(shareOf(100, hundred, after, regressed('success'))).toBeGreaterThanOrEqual(0.95)
  }
})

test('a slowdown of 2 % is not told, however certain', () => {
  const many = tenGroups(() => ({ runs: 2000 }))
  const [comparison] = [
    compareGroups(sideOf(many, seededRandom(1)), sideOf(slowBy(1.02, onNode, 2000), seededRandom(2))),
  ]
  const certain = comparison.groups.flatMap(({ changes }) =>
    changes.filter(({ chance, kind }) => kind === 'run' && chance < 1e-3),
  )
  expect(certain.length).toBeGreaterThan(0)
  expect(comparison.findings.filter(({ kind }) => kind === 'run' || kind === 'step')).toEqual([])
})

test('names the node that is slower over all models, once, and not each model on it', {
  timeout: 60_000,
}, () => {
  const share = shareOf(100, tenGroups(), slowBy(1.2, onNode), ({ findings }) => {
    const slower = findings.filter(({ kind, verdict }) => kind === 'run' && verdict === 'regressed')
    return slower.length === 1 && JSON.stringify(slower[0]?.scope) === '{"node":"gpu-2"}'
  })
  expect(share).toBeGreaterThanOrEqual(0.9)
})

test('names all when all is slower, a model when it is that model, and one group when it is that alone', () => {
  const scopes = [() => true, ofModel, one].map((is) => {
    const comparison = compareGroups(
      sideOf(slowBy(1, is, 100), seededRandom(3)),
      sideOf(slowBy(1.4, is, 100), seededRandom(4)),
    )
    return comparison.findings.filter(({ kind }) => kind === 'run').map(({ scope }) => scope)
  })
  expect(scopes).toEqual([[{}], [{ model: 'ltx' }], [{ model: 'ltx', node: 'gpu-2' }]])
})

test('tells by how much, with an interval, and how many runs were compared', () => {
  const { verdict, findings, groups } = compareGroups(
    sideOf(slowBy(1, onNode, 100), seededRandom(5)),
    sideOf(slowBy(1.4, onNode, 100), seededRandom(6)),
  )
  expect(verdict).toBe('regressed')
  const slower = findings.find(({ kind }) => kind === 'run')
  expect(slower).toMatchObject({ effect: 'ratio', verdict: 'regressed', groups: 5, isRest: false })
  expect(slower?.low).toBeLessThan(1.4)
  expect(slower?.high).toBeGreaterThan(1.4)
  expect((slower?.after ?? 0) / (slower?.before ?? 1)).toBeCloseTo(slower?.change ?? 0, 9)
  for (const count of slower?.counts ?? []) expect(count).toBeGreaterThan(450)
  for (const { name, verdict } of groups) expect(verdict === 'regressed').toBe(name.node === 'gpu-2')
})

test('when one group gets faster while its model gets slower elsewhere, both are told', () => {
  const change = (nature: Nature) => (one(nature) ? 0.6 : ofModel(nature) ? 1.5 : 1)
  const three = (factor: (nature: Nature) => number) =>
    ['gpu-1', 'gpu-2', 'gpu-3'].flatMap((node) =>
      tenGroups()
        .filter((nature) => nature.node === 'gpu-1')
        .map((nature) => ({ ...nature, node, runs: 100 }))
        .map((nature) => ({ ...nature, seconds: nature.seconds * factor(nature) })),
    )
  const { findings } = compareGroups(
    sideOf(
      three(() => 1),
      seededRandom(8),
    ),
    sideOf(three(change), seededRandom(9)),
  )
  expect(findings.filter(({ kind }) => kind === 'run')).toMatchObject([
    { verdict: 'regressed', scope: { model: 'ltx' }, isRest: true, groups: 2 },
    { verdict: 'improved', scope: { model: 'ltx', node: 'gpu-2' }, isRest: false, groups: 1 },
  ])
})

test('another mix of models is no change: more of the slow ones does not make anything slower', () => {
  const mix = (slow: number) =>
    tenGroups((nature) => ({ runs: nature.seconds > 100 ? slow : 200 - slow, verified: 1 }))
  const { findings } = compareGroups(sideOf(mix(20), seededRandom(10)), sideOf(mix(180), seededRandom(11)))
  expect(findings).toEqual([])
})

test('names the groups that are new and those that are gone, unless they may be among the rest', () => {
  const wan = tenGroups().filter(({ model }) => model === 'wan')
  const ltx = tenGroups().filter(({ model }) => model === 'ltx')
  const [a, b] = [sideOf(wan, seededRandom(12)), sideOf(ltx, seededRandom(13))]
  const comparison = compareGroups(a, b)
  expect(comparison).toMatchObject({ verdict: 'not enough data', findings: [], groups: [], tests: 0 })
  expect(comparison.appeared.map(({ model, node }) => `${model} ${node}`).sort()).toEqual([
    'ltx gpu-1',
    'ltx gpu-2',
  ])
  expect(comparison.vanished.map(({ model }) => model)).toEqual(['wan', 'wan'])
  const [rest] = b.groups
  expect(compareGroups(a, { ...b, ...(rest && { other: rest }) }).vanished).toEqual([])
})

test('a few runs, or none, are not enough data', () => {
  const few = tenGroups(() => ({ runs: 3 })).slice(0, 1)
  expect(compareGroups(sideOf(few, seededRandom(14)), sideOf(few, seededRandom(15))).verdict).toBe(
    'not enough data',
  )
  const none = { fromMs: 0, toMs: 1, groups: [] }
  expect(compareGroups(none, none)).toMatchObject({ verdict: 'not enough data', groups: [], tests: 0 })
})

test('a group without a model is a group of its own, and its change is not that of all', () => {
  const named = tenGroups(() => ({ runs: 100 })).slice(0, 2)
  const nature = { ...named[0], model: '' } as Nature
  const slow = { ...nature, seconds: nature.seconds * 1.5 }
  const { findings } = compareGroups(
    sideOf([...named, nature], seededRandom(16)),
    sideOf([...named, slow], seededRandom(17)),
  )
  expect(findings.find(({ kind }) => kind === 'run')?.scope).toMatchObject({ model: '' })
})

test('times that are all alike differ when they differ, and the answer holds no number that JSON does not', () => {
  const alike = (seconds: number) => {
    const tallies = new GroupTallies(1)
    const random = seededRandom(18)
    for (let run = 0; run < 10; run++)
      tallies.add({
        ...recordOf({ ...(tenGroups()[0] as Nature), success: 1 }, random),
        durationMs: seconds * 1000,
      })
    return tallies.summarize({ fromMs: 0, toMs: 1 }, 20)
  }
  const { findings } = compareGroups(alike(10), alike(20))
  expect(findings.find(({ kind }) => kind === 'run')).toMatchObject({ verdict: 'regressed', chance: 0 })
  expect(compareGroups(alike(10), alike(10)).findings.filter(({ kind }) => kind === 'run')).toEqual([])
  const numbers = findings.flatMap((finding) =>
    Object.values(finding).filter((value) => typeof value === 'number'),
  )
  for (const number of numbers) expect(Number.isFinite(number)).toBe(true)
})

test('a model that fails is named alone, where the others never failed', () => {
  const natures = (success: (model: string) => number) =>
    tenGroups(({ model }) => ({ runs: 100, success: success(model) }))
  const before = sideOf(
    natures(() => 1),
    seededRandom(21),
  )
  const after = sideOf(
    natures((model) => (model === 'mochi' ? 0.8 : 1)),
    seededRandom(22),
  )
  const findings = compareGroups(before, after).findings.filter(({ kind }) => kind === 'success')
  expect(findings).toMatchObject([{ verdict: 'regressed', scope: { model: 'mochi' } }])
  expect(findings[0]?.scope.node).toBeUndefined()
})
