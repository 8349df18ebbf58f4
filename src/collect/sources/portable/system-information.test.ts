import { describe, expect, test } from 'vitest'
import { askForeignHost, linesOf } from '../../../../test/support/foreign-host.ts'
import { manualClock } from '../../../../test/support/manual-clock.ts'
import { ask, known, type SystemInformation } from './system-information.ts'

/** A package that counts its calls, and answers when it is let. */
function slowPackage() {
  const waiting: { resolve: (all: number) => void; reject: (error: Error) => void }[] = []
  const information = {
    processes: () =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve: (all) => resolve({ all }), reject })
      }),
  } as unknown as SystemInformation
  const clock = manualClock()
  const door = { clock, platform: 'darwin', loadSystemInformation: async () => information } as const
  return { waiting, clock, count: () => ask(door, 'processes', (asked) => asked.processes()) }
}

const settle = async () => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

test('who asks while an answer is made, or just was, shares it', async () => {
  const { waiting, clock, count } = slowPackage()
  const both = Promise.all([count(), count()])
  await settle()
  expect(waiting).toHaveLength(1)
  waiting[0]?.resolve(3)
  expect(await both).toEqual([{ all: 3 }, { all: 3 }])
  await clock.advance(999)
  expect(await count()).toEqual({ all: 3 })
  await clock.advance(1)
  const later = count()
  await settle()
  waiting[1]?.resolve(4)
  expect(await later).toEqual({ all: 4 })
})

test('a failure is told to all who asked, and not kept', async () => {
  const { waiting, count } = slowPackage()
  const both = Promise.allSettled([count(), count()])
  await settle()
  waiting[0]?.reject(new Error('no shell'))
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const later = count()
  await settle()
  waiting[1]?.resolve(5)
  expect(await later).toEqual({ all: 5 })
})

test('a package that cannot be loaded is a failure, and is loaded again the next time', async () => {
  const loads = [Promise.reject(new Error('Cannot find package')), Promise.resolve({} as SystemInformation)]
  const loadSystemInformation = () => loads.shift() as Promise<SystemInformation>
  const door = { clock: manualClock(), platform: 'win32', loadSystemInformation } as const
  await expect(ask(door, 'any', async () => 1)).rejects.toThrow('Cannot find package')
  expect(await ask(door, 'any', async () => 1)).toBe(1)
})

test('what is no count is no number', () => {
  const odd = [null, undefined, -1, '', '12', Number.NaN, true]
  expect(odd.map(known)).toEqual(odd.map(() => Number.NaN))
  expect([0, 12.5].map(known)).toEqual([0, 12.5])
})

describe.skipIf(process.platform === 'win32')(
  'on recorded commands (needs a POSIX shell)',
  { timeout: 30_000 },
  () => {
    test('two readings at once of the real package are the same, and start its commands once', async () => {
      const sources = ['memory', 'swap', 'network', 'disk', 'processes']
      const { answers, calls } = await askForeignHost('darwin', { sources, atOnce: 2 })
      for (const source of sources) {
        const [first, second] = answers[source] ?? []
        expect(first?.samples.length).toBeGreaterThan(0)
        expect(second).toEqual(first)
      }
      for (const command of ['vm_stat', 'sysctl-vm.swapusage', 'netstat-en0', 'ps'])
        expect(
          calls.filter((call) => call === command),
          command,
        ).toHaveLength(1)
    })

    test('the package itself answers a second question at once with zeros for errors, which no source shows', async () => {
      const question = ['networkStats', 'en0'] as const
      const { answers, packageAnswer } = await askForeignHost('darwin', { sources: ['network'], question })
      expect(packageAnswer).toMatchObject([{ rx_bytes: 11_902_425_614, rx_errors: 0 }])
      expect(linesOf(answers['network']?.[0] ?? { samples: [] })).toContain(
        'system.network.errors en0 receive 2',
      )
    })
  },
)
