/** Checks of real videos, by the real service on its thread, in a real process. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { GenerationRecord, MonitoringServiceOptions } from '../src/index.ts'
import { MonitoringService } from '../src/index.ts'
import { framewatch } from './support/command.ts'
import { hasFfmpeg } from './support/ffmpeg.ts'
import { isAlive } from './support/is-alive.ts'
import { startScript, temporaryDirectory } from './support/service-process.ts'
import { makeBlackVideo, makeVideo, pictureSize, processesOf } from './support/videos.ts'

const patience = { timeout: 60_000, interval: 20 }
const isLinux = process.platform === 'linux'

async function start(options: MonitoringServiceOptions = {}) {
  const baseDir = temporaryDirectory()
  const service = new MonitoringService({ baseDir, collectionInterval: 0.5, ...options })
  onTestFinished(async () => void (await service.stop()))
  await service.start()
  return { baseDir, service }
}

/** The record once its check is made. */
function checked(service: MonitoringService, id: string): Promise<GenerationRecord> {
  return vi.waitFor(async () => {
    const record = await service.getGeneration(id)
    if (!record?.check || record.check.verdict === 'pending') throw new Error('not checked yet')
    return record
  }, patience)
}

/** The ffmpeg that reads a file, once there is one. */
function decoderOf(path: string) {
  return vi.waitFor(() => {
    const [decoder] = processesOf('ffmpeg', `file:${path}`)
    return decoder ?? expect.unreachable('it is not decoded yet')
  }, patience)
}

function isGone(pid: number): Promise<void> {
  return vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000, interval: 20 })
}

describe.skipIf(!hasFfmpeg)('the video of a success (needs ffmpeg: apt-get install ffmpeg)', () => {
  test('is verified, with measures and pictures, or found out', { timeout: 120_000 }, async () => {
    const { service, baseDir } = await start()
    const path = (name: string) => join(baseDir, `${name}.mp4`)
    makeVideo(path('good'), 3)
    makeBlackVideo(path('black'), 3)
    writeFileSync(path('cut-off'), readFileSync(path('good')).subarray(0, 20_000))
    const names = ['good', 'black', 'cut-off', 'missing']
    const handles = names.map((name) => {
      const handle = service.startGeneration({ model: 'wan', durationSeconds: 3, ...pictureSize })
      handle.complete({ outputPath: path(name) })
      return handle
    })
    const [good, black, cutOff, missing] = await Promise.all(handles.map(({ id }) => checked(service, id)))
    expect(good).toMatchObject({
      verification: 'verified',
      defects: [],
      check: { verdict: 'ok', profile: 'default', decoder: expect.stringMatching(/^\S+$/), defects: [] },
    })
    expect(good?.check).toHaveProperty('metrics.spatialInformation', expect.any(Number))
    expect(good?.quality?.['qualityScore']).toBeGreaterThan(0.5)
    const pictures = await service.getThumbnails(good?.id ?? '')
    expect(pictures).toHaveLength(6)
    // The signature of JPEG files.
    for (const picture of pictures) expect([...readFileSync(picture).subarray(0, 2)]).toEqual([0xff, 0xd8])
    expect(black).toMatchObject({ verification: 'defective', defects: expect.arrayContaining(['black']) })
    expect(cutOff).toMatchObject({ verification: 'defective', defects: ['unreadable'] })
    expect(missing).toMatchObject({
      verification: 'unverified',
      check: { verdict: 'unverified', reason: 'There is no such file' },
    })
    const shown = async (id = '') =>
      (await framewatch('generations', 'show', id, '--base-dir', baseDir)).stdout
    expect(await shown(black?.id)).toMatch(
      /^check +defective \(profile default, in .*\n^defect +black \(major\) 0 s/m,
    )
    expect(await shown(missing?.id)).toMatch(/^check +unverified .*: There is no such file$/m)
    expect((await service.getSystemStatus()).performance.windows.last5m).toMatchObject({
      verified: 1,
      defective: 2,
      pending: 0,
      verifiedSuccessRate: 0.25,
    })
  })

  test('is not opened when checks are off', async () => {
    const { service, baseDir } = await start({ quality: { enabled: false } })
    makeVideo(join(baseDir, 'a.mp4'), 1)
    const handle = service.startGeneration()
    handle.complete({ outputPath: join(baseDir, 'a.mp4') })
    await vi.waitFor(async () => {
      expect(await service.getGeneration(handle.id)).toMatchObject({ status: 'succeeded' })
    }, patience)
    expect(await service.getGeneration(handle.id)).not.toHaveProperty('check')
    expect(existsSync(join(baseDir, 'thumbnails'))).toBe(false)
  })

  test('is judged by the profile of its model, also one of a file', { timeout: 60_000 }, async () => {
    const profile = join(temporaryDirectory(), 'nights.yaml')
    writeFileSync(profile, 'off: [black, frozen]\n')
    const { service, baseDir } = await start({ quality: { profile: { 'night*': profile } } })
    const path = join(baseDir, 'black.mp4')
    makeBlackVideo(path, 2)
    const handle = service.startGeneration({ model: 'night-1' })
    handle.complete({ outputPath: path })
    const record = await checked(service, handle.id)
    expect(record.defects).not.toContain('black')
    expect(record.check).toMatchObject({ profile })
  })
})

describe.skipIf(!hasFfmpeg || !isLinux)(
  'a check under way (needs Linux, and ffmpeg: apt-get install ffmpeg)',
  () => {
    async function startLongCheck() {
      const { service, baseDir } = await start()
      const path = join(baseDir, 'long.mp4')
      makeVideo(path, 60)
      const handle = service.startGeneration()
      handle.complete({ outputPath: path })
      return { service, baseDir, id: handle.id, decoder: await decoderOf(path) }
    }

    test('whose process is killed fails with the reason, leaves no ffmpeg, and the next one is made', {
      timeout: 120_000,
    }, async () => {
      const { service, baseDir, id, decoder } = await startLongCheck()
      expect(decoder.nice).toBe(19)
      process.kill(decoder.parentPid, 'SIGKILL')
      expect(await checked(service, id)).toMatchObject({
        verification: 'unverified',
        check: { reason: 'The check failed: the process that checks videos is gone, SIGKILL ended it' },
      })
      await isGone(decoder.pid)
      makeVideo(join(baseDir, 'next.mp4'), 2)
      const next = service.startGeneration()
      next.complete({ outputPath: join(baseDir, 'next.mp4') })
      expect(await checked(service, next.id)).toMatchObject({ verification: 'verified' })
    })

    test('is the first thing that starts its process', { timeout: 60_000 }, async () => {
      const { service, baseDir } = await start()
      const processes = () =>
        processesOf('node', 'check-process').filter(({ parentPid }) => parentPid === process.pid)
      service.startGeneration().complete({ quality: { sharpness: 0.5 } })
      service.startGeneration().complete({ outputPath: 'https://example.com/a.mp4' })
      service.startGeneration().fail(new Error('out of memory'))
      await vi.waitFor(async () => {
        const { records } = await service.listGenerations()
        expect(records.filter(({ endedAtMs }) => endedAtMs !== undefined)).toHaveLength(3)
      }, patience)
      expect(processes()).toEqual([])
      const handle = service.startGeneration()
      handle.complete({ outputPath: join(baseDir, 'missing.mp4') })
      await checked(service, handle.id)
      expect(processes()).toMatchObject([{ nice: 19 }])
    })

    test('holds no stop, which leaves neither ffmpeg nor the process', { timeout: 120_000 }, async () => {
      const { service, decoder } = await startLongCheck()
      const startMs = performance.now()
      expect(await service.stop()).toEqual([])
      expect(performance.now() - startMs).toBeLessThan(5000)
      await isGone(decoder.pid)
      await isGone(decoder.parentPid)
    })

    test('of a host that is killed leaves nothing behind, and is made after the restart', {
      timeout: 180_000,
    }, async () => {
      const baseDir = temporaryDirectory()
      const path = join(baseDir, 'long.mp4')
      makeVideo(path, 60)
      const host = startScript(
        `import { MonitoringService } from './src/index.ts'
      const [baseDir, outputPath] = process.argv.slice(1)
      const service = new MonitoringService({ baseDir })
      await service.start()
      const handle = service.startGeneration({ model: 'wan' })
      handle.complete({ outputPath })
      while ((await service.getGeneration(handle.id))?.check === undefined) await new Promise(setImmediate)
      console.log(handle.id)
      setInterval(() => {}, 1000)`,
        ...[baseDir, path],
      )
      const decoder = await decoderOf(path)
      const id = await vi.waitFor(() => {
        expect(host.stdout()).toContain('\n')
        return host.stdout().trim()
      }, patience)
      host.child.kill('SIGKILL')
      await host.exited
      await isGone(decoder.pid)
      await isGone(decoder.parentPid)
      const { service } = await start({ baseDir })
      expect((await checked(service, id)).verification).not.toBe('unverified')
    })
  },
)

test.each([
  ['that there is not', 'no-such-profile', 'quality.profile'],
  ['by pattern that there is not', { 'wan*': 'no-such-profile' }, 'quality.profile.wan*'],
])('a profile %s is refused by name', (_, profile, key) => {
  const options: MonitoringServiceOptions = { quality: { profile: profile as string } }
  expect(() => new MonitoringService(options)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/default, static-scene/),
      details: expect.objectContaining({ key }),
    }),
  )
})

test.each([
  ['is not there', undefined, 'Cannot read'],
  ['has an unknown threshold', 'thresholds: { black: { odd: 1 } }\n', 'thresholds.black.odd'],
])('a file of a profile that %s keeps the service from starting', async (_, text, complaint) => {
  const profile = join(temporaryDirectory(), 'own.yaml')
  if (text !== undefined) writeFileSync(profile, text)
  const service = new MonitoringService({ baseDir: temporaryDirectory(), quality: { profile } })
  onTestFinished(async () => void (await service.stop()))
  await expect(service.start()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(complaint),
    details: { key: 'quality.profile', value: profile },
  })
})
