import { cpus } from 'node:os'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { linesOf } from '../../../../test/support/foreign-host.ts'
import { readOf } from '../../../../test/support/read-of.ts'
import { portableCpuSource } from './cpu.ts'

type Times = readonly [user: number, nice: number, sys: number, idle: number, irq: number]

const cpu = ([user, nice, sys, idle, irq]: Times) => ({ times: { user, nice, sys, idle, irq } })

/** A source that reads the answers in turn. */
function sourceOf(platform: NodeJS.Platform, ...answers: readonly (readonly Times[])[]) {
  let reading = -1
  const readCpus = () => {
    reading += 1
    return (answers[reading] ?? []).map(cpu)
  }
  return portableCpuSource({ platform, readCpus })
}

/** The lines of the last of so many readings. */
async function lastLines(source: ReturnType<typeof sourceOf>, readings: number) {
  for (let reading = 1; reading < readings; reading++) await source.read()
  return linesOf(await readOf(source))
}

const utilization = (lines: readonly string[]) => lines.filter((line) => line.includes('utilization'))

test('time is in seconds, by the modes that the system counts', async () => {
  const times: Times = [1500, 20, 700, 8000, 300]
  expect(await lastLines(sourceOf('darwin', [times]), 1)).toEqual([
    'system.cpu.time user 0 1.5',
    'system.cpu.time system 0 0.7',
    'system.cpu.time idle 0 8',
    'system.cpu.time nice 0 0.02',
    'system.cpu.logical.count 1',
  ])
  expect(await lastLines(sourceOf('win32', [times]), 1)).toEqual([
    'system.cpu.time user 0 1.5',
    'system.cpu.time system 0 0.4',
    'system.cpu.time idle 0 8',
    'system.cpu.time interrupt 0 0.3',
    'system.cpu.logical.count 1',
  ])
})

describe('utilisation', () => {
  test('is that since the reading before; the first has none, so nothing covers the time since boot', async () => {
    const answers: readonly (readonly Times[])[] = [
      [
        [900_000, 0, 0, 0, 0],
        [900_000, 0, 0, 0, 0],
      ],
      [
        [900_250, 0, 0, 750, 0],
        [900_000, 0, 0, 1000, 0],
      ],
    ]
    expect(utilization(await lastLines(sourceOf('darwin', ...answers), 1))).toEqual([])
    expect(utilization(await lastLines(sourceOf('darwin', ...answers), 2))).toEqual([
      'system.cpu.utilization 0 0.25',
      'system.cpu.utilization 1 0',
      'system.cpu.utilization 0.125',
    ])
  })

  test('counts interrupts once on Windows, where the time in the kernel has them in it', async () => {
    const answers: readonly (readonly Times[])[] = [[[0, 0, 0, 0, 0]], [[0, 0, 200, 800, 100]]]
    expect(utilization(await lastLines(sourceOf('win32', ...answers), 2))[0]).toBe(
      'system.cpu.utilization 0 0.2',
    )
  })

  test('is left out for a CPU whose counters wrapped, and no time passed is no utilisation', async () => {
    const wrapped: readonly (readonly Times[])[] = [
      [
        [100, 0, 0, 42_949_672_950, 0],
        [100, 0, 0, 100, 0],
      ],
      [
        [200, 0, 0, 10, 0],
        [200, 0, 0, 400, 0],
      ],
    ]
    expect(utilization(await lastLines(sourceOf('darwin', ...wrapped), 2))).toEqual([
      'system.cpu.utilization 1 0.25',
      'system.cpu.utilization 0.25',
    ])
    const still: readonly (readonly Times[])[] = [[[1, 2, 3, 4, 5]], [[1, 2, 3, 4, 5]]]
    expect(utilization(await lastLines(sourceOf('darwin', ...still), 2))).toEqual([])
  })

  test('is a ratio, and every value a number, whatever Node answers', () => {
    const number = fc.oneof(fc.integer({ min: -1, max: 2 ** 40 }), fc.constant(Number.NaN), fc.double())
    const times = fc.tuple(number, number, number, number, number)
    const answers = fc.array(fc.array(times, { maxLength: 3 }), { minLength: 2, maxLength: 4 })
    return fc.assert(
      fc.asyncProperty(answers, fc.constantFrom('darwin', 'win32', 'freebsd'), async (all, platform) => {
        const source = sourceOf(platform, ...all)
        for (const _ of all)
          for (const { name, value } of (await readOf(source)).samples) {
            expect(Number.isFinite(value)).toBe(true)
            if (name === 'system.cpu.utilization') expect(value >= 0 && value <= 1).toBe(true)
          }
      }),
    )
  })
})

test('no CPUs at all is a reading that failed', async () => {
  expect(await sourceOf('win32', []).read()).toMatchObject({ samples: [], skipped: 1 })
})

test('the CPUs are those of this machine', async () => {
  const lines = linesOf(await readOf(portableCpuSource({ platform: 'freebsd' })))
  expect(lines.at(-1)).toBe(`system.cpu.logical.count ${cpus().length}`)
})
