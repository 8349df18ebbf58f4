/** `framewatch compare` and `snapshots`, on a store of generations that are known and on that of a service. */
import { expect, onTestFinished, test } from 'vitest'
import { main } from '../src/cli/main.ts'
import { type GenerationRecord, MonitoringService } from '../src/index.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { generationOf, snapshotOf } from '../src/store/store.fixtures.contract.ts'
import { seededRandom } from '../src/system/random.ts'
import { GroupWindow } from '../src/track/groups/group-window.ts'
import { framewatch } from './support/command.ts'
import { temporaryDirectory } from './support/service-process.ts'

const hourMs = 3_600_000
const firstMs = Date.UTC(2026, 10, 24, 10)
const secondMs = Date.UTC(2026, 10, 25, 10)

/** An hour of generations of two models on two nodes, one every half minute of each. */
function hourOf(fromMs: number, factor: (node: string) => number, seed: number): readonly GenerationRecord[] {
  const random = seededRandom(seed)
  return ['gpu-1', 'gpu-2'].flatMap((node) =>
    ['wan', 'ltx'].flatMap((model) =>
      Array.from({ length: 118 }, (_, index) => {
        const queuedAtMs = fromMs + index * 30_000
        const durationMs = 20_000 * factor(node) * (0.9 + 0.2 * random.next())
        return {
          ...generationOf(`${fromMs}-${node}-${model}-${index}`, 'succeeded', { queuedAtMs, model }),
          node,
          durationMs,
          endedAtMs: queuedAtMs + Math.round(durationMs),
          quality: { sharpness: 0.7 + 0.1 * random.next() },
        }
      }),
    ),
  )
}

/** The day before, and today: gpu-2 is 30 % slower. With the snapshots that a service makes at the end of each hour. */
async function twoDays(): Promise<string> {
  const baseDir = temporaryDirectory()
  const store = await openSqliteStore({ baseDir })
  const sides = [
    { id: 'snap_before', fromMs: firstMs, factor: () => 1, seed: 1 },
    { id: 'snap_after', fromMs: secondMs, factor: (node: string) => (node === 'gpu-2' ? 1.3 : 1), seed: 2 },
  ]
  for (const { id, fromMs, factor, seed } of sides) {
    const generations = hourOf(fromMs, factor, seed)
    const window = new GroupWindow()
    const nowMs = fromMs + hourMs - 1
    for (const record of generations) window.add(record, nowMs)
    const snapshot = { ...snapshotOf(id, nowMs), groups: window.summarize(nowMs) }
    await store.write({ generations, snapshots: [snapshot] })
  }
  await store.write({ snapshots: [snapshotOf('snap_old', firstMs - 48 * hourMs)] })
  await store.close()
  return baseDir
}

async function run(baseDir: string, ...args: readonly string[]) {
  const out: string[] = []
  const errors: string[] = []
  const code = await main(['node', 'framewatch', ...args, '--base-dir', baseDir], {
    out: (text) => void out.push(text),
    write: async (chunk) => void out.push(String(chunk)),
    error: (text) => void errors.push(text),
  })
  return { code, out: out.join('\n'), error: errors.join('\n') }
}

const before = '2026-11-24T10:00Z/2026-11-24T11:00Z'
const after = '2026-11-25T10:00Z/2026-11-25T11:00Z'

test('names the node that became slower over all models, by how much, from the records of two hours', async () => {
  const { code, out } = await run(await twoDays(), 'compare', before, after)
  expect(`\n${out}\n`).toMatchInlineSnapshot(`
    "
    A  2026-11-24T10:00:00Z to 2026-11-24T11:00:00Z: 472 generations
    B  2026-11-25T10:00:00Z to 2026-11-25T11:00:00Z: 472 generations

    REGRESSED  1 regressed, 0 improved: 4 groups on both sides, 27 tests

               WHAT      WHERE       BY       95 % INTERVAL       A        B        N OF A  N OF B
    regressed  run time  node gpu-2  +30.8 %  +29.5 % to +32.2 %  19.82 s  25.93 s  236     236
    "
  `)
  expect(code).toBe(1)
})

test('compares snapshots by id or by time, as JSON; the other way round it is an improvement', async () => {
  const baseDir = await twoDays()
  const { code, out } = await run(baseDir, 'compare', 'snap_before', 'snap_after', '--json')
  expect(code).toBe(1)
  const answer = JSON.parse(out)
  expect(answer).toMatchObject({
    a: { snapshotId: 'snap_before', fromMs: firstMs, generations: 472 },
    b: { snapshotId: 'snap_after', fromMs: secondMs, generations: 472 },
    verdict: 'regressed',
    findings: [{ kind: 'run', verdict: 'regressed', scope: { node: 'gpu-2' }, effect: 'ratio', groups: 2 }],
    appeared: [],
    vanished: [],
  })
  const verdicts = answer.groups.map(({ name, verdict }: { name: { node: string }; verdict: string }) => [
    name.node,
    verdict,
  ])
  expect(verdicts.sort()).toEqual([
    ['gpu-1', 'unchanged'],
    ['gpu-1', 'unchanged'],
    ['gpu-2', 'regressed'],
    ['gpu-2', 'regressed'],
  ])
  const back = await run(baseDir, 'compare', '2026-11-25T11:30:00Z', '2026-11-24T11:30:00Z', '--json')
  expect(back.code).toBe(0)
  expect(JSON.parse(back.out)).toMatchObject({
    a: { snapshotId: 'snap_after' },
    b: { snapshotId: 'snap_before' },
    verdict: 'improved',
  })
})

test('the snapshot of an hour and the records of that hour tell the same', async () => {
  const baseDir = await twoDays()
  const bySnapshot = JSON.parse((await run(baseDir, 'compare', 'snap_before', 'snap_after', '--json')).out)
  const byRange = JSON.parse((await run(baseDir, 'compare', before, after, '--json')).out)
  expect(bySnapshot.groups).toEqual(byRange.groups)
  expect(bySnapshot.findings).toEqual(byRange.findings)
})

test('says that nothing changed where nothing did, and exits with 0', async () => {
  const halves = ['2026-11-24T10:00Z/2026-11-24T10:30Z', '2026-11-24T10:30Z/2026-11-24T11:00Z']
  const { code, out } = await run(await twoDays(), 'compare', ...halves)
  expect(code).toBe(0)
  expect(out).toMatch(
    /^UNCHANGED {2}no change beyond chance that matters: 4 groups on both sides, \d+ tests$/m,
  )
})

test('what cannot be compared is said, with the exit code 2', async () => {
  const baseDir = await twoDays()
  const refusals = [
    [[before, 'yesterday'], 'Expected a time'],
    [[before, '2026-11-24T12:00Z/2026-11-24T11:00Z'], 'the earlier first'],
    [[before, '-1h/-2h/-3h'], 'the earlier first'],
    [[before, '--jsno'], 'Expected a time'],
    [[before], "missing required argument 'B'"],
    [[before, after, after], 'too many arguments'],
    [[before, '2026-11-24T10:30Z/2026-11-24T11:30Z'], 'A and B overlap'],
    [[before, 'snap_none'], 'No snapshot "snap_none" is stored'],
    [[before, '2026-11-25T12:30Z'], 'No snapshot in the hour before 2026-11-25T12:30:00Z'],
    [['snap_old', after], 'told no groups apart'],
  ] as const
  for (const [args, reason] of refusals) {
    const { code, error, out } = await run(baseDir, 'compare', ...args)
    expect([code, out], args.join(' ')).toEqual([2, ''])
    expect(error).toContain(reason)
  }
  const nothing = await run(baseDir, 'compare', '2020-01-01/2020-01-02', after)
  expect(nothing.code).toBe(2)
  expect(nothing.out).toContain('NOT ENOUGH DATA  0 groups on both sides, 0 tests')
  expect(nothing.out).toContain('New in B: model ltx, 720p, node gpu-1; model ltx')
  const noStore = await run(temporaryDirectory(), 'compare', before, after)
  expect(noStore.code).toBe(2)
  expect(noStore.error).toContain('STORE_NOT_FOUND')
})

test('names with control characters do not reach the terminal', async () => {
  const baseDir = temporaryDirectory()
  const store = await openSqliteStore({ baseDir })
  const nasty = (record: GenerationRecord) => ({ ...record, id: `${record.id}x`, node: 'gpu\u001b[2J\n9' })
  const generations = [
    ...hourOf(firstMs, () => 1, 3),
    ...hourOf(firstMs, () => 1, 4).map(nasty),
    ...hourOf(secondMs, () => 1, 5),
    ...hourOf(secondMs, () => 2, 6).map(nasty),
  ]
  await store.write({ generations })
  await store.close()
  const { out } = await run(baseDir, 'compare', before, after)
  expect(out).toContain('node gpu [2J 9')
  expect(out).not.toContain('\u001b')
})

test('a running service stores snapshots with groups, and they are listed', async () => {
  const baseDir = temporaryDirectory()
  const service = new MonitoringService({ baseDir, snapshotInterval: 1, node: 'gpu-7' })
  onTestFinished(async () => void (await service.stop()))
  await service.start()
  for (let count = 0; count < 3; count++)
    service
      .startGeneration({ model: 'wan', width: 1280, height: 720 })
      .complete({ output: { path: '/videos/a.mp4' }, quality: { sharpness: 0.5 + count / 10 } })
  service.startGeneration({ model: 'wan', width: 1280, height: 720 }).fail(new Error('CUDA out of memory'))
  await new Promise<void>((resolve) => {
    service.on('snapshot', ({ groups }) => groups?.groups.length === 1 && resolve())
  })
  const [snapshot] = (await framewatch('snapshots', '--base-dir', baseDir, '--json')).json()
  expect(snapshot.groups.groups).toMatchObject([
    {
      name: { model: 'wan', resolution: '720p', node: 'gpu-7' },
      byOutcome: { succeeded: 3, failed: 1 },
      quality: { sharpness: [3, 0.6, 0.01] },
    },
  ])
  const list = await framewatch('snapshots', 'list', '--base-dir', baseDir)
  expect(list.stdout).toMatch(new RegExp(`${snapshot.id} .* 75.0 % +1\n`))
  const compared = await framewatch('compare', '-2h/-1h', '-1h/0s', '--base-dir', baseDir)
  expect(compared.code).toBe(2)
  expect(compared.stdout).toContain('New in B: model wan, 720p, node gpu-7')
})
