import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ManualClock, manualClock } from '../../../../../test/support/manual-clock.ts'
import { openRocmSmiReader } from './rocm-smi-reader.ts'

describe.skipIf(process.platform === 'win32')('the tools of ROCm, played by scripts of the shell', () => {
  let folder: string
  let clock: ManualClock
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'framewatch-rocm-'))
    clock = manualClock()
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const path = (name: string) => join(folder, name)
  const script = (name: string, ...lines: readonly string[]) => {
    writeFileSync(path(name), ['#!/bin/sh', `echo "${name} $@" >> '${path('calls')}'`, ...lines].join('\n'))
    chmodSync(path(name), 0o755)
  }
  const open = () => openRocmSmiReader({ clock, amdSmi: path('amd-smi'), rocmSmi: path('rocm-smi') })
  const calls = () => readFileSync(path('calls'), 'utf8').trim().split('\n')

  test('amd-smi is asked first, for what never changes only once, and at most every ten seconds', async () => {
    const fixed = `echo '[{"gpu": 0, "bus": {"bdf": "0000:05:00.0"}}]'`
    script('amd-smi', `if [ $1 = static ]; then ${fixed}; else echo '[{"gpu": 0, "pcie": {"width": 8}}]'; fi`)
    script('rocm-smi', 'exit 1')
    const reader = await open()
    expect(reader.name).toBe('amd-smi')
    await reader.read()
    await clock.advance(10_000)
    const pcie = { width: 8 }
    const gpu = { id: '0000:05:00.0', index: 0, vendor: 'amd', pciAddress: '0000:05:00.0', pcie }
    expect(await reader.read()).toEqual({ gpus: [gpu], xids: [], skipped: 0 })
    expect(calls()).toEqual(['amd-smi metric --json', 'amd-smi static --json', 'amd-smi metric --json'])
  })

  test('rocm-smi is asked where amd-smi is not there or tells nothing', async () => {
    script('rocm-smi', `echo 'WARNING: x'; echo '{"card0": {"GPU use (%)": "5"}}'; exit 2`)
    const alone = await open()
    expect(alone.name).toBe('rocm-smi')
    expect((await alone.read()).gpus).toEqual([{ id: 'index 0', index: 0, vendor: 'amd', utilization: 0.05 }])
    script('amd-smi', 'exit 1')
    expect((await open()).name).toBe('rocm-smi')
  })

  test('says what to install, or what the tool that is there answers', async () => {
    await expect(open()).rejects.toThrow('install amd-smi-lib or rocm-smi-lib')
    script('rocm-smi', 'echo "no driver" >&2; exit 3')
    await expect(open()).rejects.toThrow(/exit code 3: .*no driver/)
  })
})
