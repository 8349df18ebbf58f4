import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { detectGpus, type GpuDetectionOptions } from './gpu-detection.ts'

/** A machine with these files. */
function detect(files: Record<string, string>, options: Partial<GpuDetectionOptions> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'framewatch-gpu-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return detectGpus({
    platform: 'linux',
    procRoot: join(root, 'proc'),
    sysRoot: join(root, 'sys'),
    devRoot: join(root, 'dev'),
    wslLibraryRoot: join(root, 'wsl'),
    windowsRoot: join(root, 'Windows'),
    ...options,
    nvmlLibrary: options.nvmlLibrary && join(root, options.nvmlLibrary),
  })
}

const vendorFile = (card: string) => `sys/class/drm/${card}/device/vendor`

describe('the search for GPUs', () => {
  test.each<[string, Record<string, string>, Partial<GpuDetectionOptions>, readonly string[]]>([
    ['nothing on a machine without any', { [vendorFile('card0')]: '0x8086\n' }, {}, []],
    ['nothing on a machine without sysfs', {}, {}, []],
    ['NVIDIA by its device', { 'dev/nvidiactl': '' }, {}, ['nvidia']],
    [
      'NVIDIA under Windows, in a Linux guest',
      { 'dev/dxg': '', 'wsl/libnvidia-ml.so.1': '' },
      {},
      ['nvidia'],
    ],
    ['nothing in a Linux guest of Windows without NVIDIA’s library', { 'dev/dxg': '' }, {}, []],
    [
      'NVIDIA by its library on Windows',
      { 'Windows/System32/nvml.dll': '' },
      { platform: 'win32' },
      ['nvidia'],
    ],
    [
      'no Linux files on Windows',
      { 'dev/nvidiactl': '', 'sys/module/amdgpu/x': '' },
      { platform: 'win32' },
      [],
    ],
    ['nothing on macOS', { 'dev/nvidiactl': '' }, { platform: 'darwin' }, []],
    ['NVIDIA by the library named', { 'opt/nvml.so': '' }, { nvmlLibrary: 'opt/nvml.so' }, ['nvidia']],
    ['nothing by a library that is not there', {}, { nvmlLibrary: 'opt/nvml.so' }, []],
    [
      'AMD by its card',
      { [vendorFile('card1')]: '0x1002\n', [vendorFile('card0')]: '0x10de\n' },
      {},
      ['amd'],
    ],
    ['AMD by its driver', { 'sys/module/amdgpu/refcnt': '1' }, {}, ['amd']],
    ['no card by what a connector says', { [vendorFile('card1-DP-1')]: '0x1002' }, {}, []],
    ['both', { 'dev/nvidiactl': '', 'sys/module/amdgpu/refcnt': '1' }, {}, ['nvidia', 'amd']],
  ])('finds %s', (_, files, options, vendors) => {
    expect(detect(files, options)).toEqual({ vendors })
  })

  test('has its doubts where only the kernel tells of NVIDIA, as in a container that was given no GPU', () => {
    const files = { 'proc/driver/nvidia/version': 'NVRM version: …' }
    expect(detect(files)).toMatchObject({
      vendors: ['nvidia'],
      doubt: expect.stringContaining('/dev/nvidiactl'),
    })
    expect(detect({ ...files, 'dev/nvidiactl': '' })).toEqual({ vendors: ['nvidia'] })
    expect(detect({ ...files, 'sys/module/amdgpu/refcnt': '1' })).toEqual({ vendors: ['nvidia', 'amd'] })
  })
})
