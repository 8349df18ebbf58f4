import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openAmdgpuReader } from './amdgpu-sysfs.ts'

const card = {
  vendor: '0x1002\n',
  unique_id: '2150e7d042a1124\n',
  product_name: 'AMD INSTINCT MI210\n',
  serial_number: '692231000123\n',
  gpu_busy_percent: '57\n',
  mem_busy_percent: '3\n',
  mem_info_vram_total: '68702699520\n',
  mem_info_vram_used: '11079680\n',
  current_link_speed: '16.0 GT/s PCIe\n',
  max_link_speed: '32.0 GT/s PCIe\n',
  current_link_width: '16\n',
  max_link_width: '16\n',
  pcie_replay_count: '4\n',
  'ras/umc_err_count': 'ue: 1\nce: 20\n',
  'ras/gfx_err_count': 'ue: 0\nce: 3\n',
  'hwmon/hwmon7/temp1_label': 'edge\n',
  'hwmon/hwmon7/temp1_input': '39000\n',
  'hwmon/hwmon7/temp2_label': 'junction\n',
  'hwmon/hwmon7/temp2_input': '40500\n',
  'hwmon/hwmon7/temp3_label': 'mem\n',
  'hwmon/hwmon7/temp3_input': '92000\n',
  'hwmon/hwmon7/freq1_label': 'sclk\n',
  'hwmon/hwmon7/freq1_input': '1700000000\n',
  'hwmon/hwmon7/freq2_label': 'mclk\n',
  'hwmon/hwmon7/freq2_input': '1600000000\n',
  'hwmon/hwmon7/power1_average': '41000000\n',
  'hwmon/hwmon7/power1_cap': '300000000\n',
  'hwmon/hwmon7/energy1_input': '7000000\n',
  'hwmon/hwmon7/fan1_input': '682\n',
  'hwmon/hwmon7/pwm1': '51\n',
  'hwmon/hwmon7/pwm1_max': '255\n',
} as const

type Files = Readonly<Record<string, string>>

describe.skipIf(process.platform === 'win32')('cards of amdgpu in sysfs', () => {
  let sysRoot: string
  beforeEach(() => {
    sysRoot = mkdtempSync(join(tmpdir(), 'framewatch-sys-'))
    mkdirSync(join(sysRoot, 'class/drm/card0-DP-1'), { recursive: true })
  })
  afterEach(() => rmSync(sysRoot, { recursive: true }))

  const write = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const put = (number: number, address: string, files: Files, driver = 'amdgpu') => {
    const device = join(sysRoot, 'devices/pci0000:00', address)
    for (const [name, text] of Object.entries(files)) write(join(device, name), text)
    symlinkSync(join(sysRoot, 'bus/pci/drivers', driver), join(device, 'driver'))
    mkdirSync(join(sysRoot, `class/drm/card${number}`))
    symlinkSync(device, join(sysRoot, `class/drm/card${number}/device`))
    return device
  }

  test('give all their files tell, in base units', async () => {
    put(0, '0000:04:00.0', card)
    write(join(sysRoot, 'module/amdgpu/version'), '6.10.5\n')
    const reader = openAmdgpuReader({ sysRoot })
    expect(await reader.read()).toEqual({
      gpus: [
        {
          id: '02150e7d042a1124',
          index: 0,
          vendor: 'amd',
          name: 'AMD INSTINCT MI210',
          serial: '692231000123',
          pciAddress: '0000:04:00.0',
          driverVersion: '6.10.5',
          utilization: 0.57,
          memoryUtilization: 0.03,
          memory: { totalBytes: 68702699520, usedBytes: 11079680 },
          temperatureCelsius: 39,
          hotspotTemperatureCelsius: 40.5,
          memoryTemperatureCelsius: 92,
          powerWatts: 41,
          powerLimitWatts: 300,
          energyJoules: 7,
          clocksHz: { graphics: 1.7e9, memory: 1.6e9 },
          fanRpm: 682,
          fanRatio: 0.2,
          pcie: { generation: 4, maxGeneration: 5, width: 16, maxWidth: 16, replays: 4 },
          ecc: { corrected: 23, uncorrected: 1 },
        },
      ],
      xids: [],
      skipped: 0,
    })
    await reader.close()
  })

  test('are those of this vendor and driver, in the order of their numbers', async () => {
    put(10, '0000:0a:00.0', { vendor: '0x1002' })
    put(2, '0000:02:00.0', { vendor: '0x1002' })
    put(1, '0000:01:00.0', { vendor: '0x10de' }, 'nvidia')
    put(3, '0000:03:00.0', { vendor: '0x1002' }, 'vfio-pci')
    const { gpus } = await openAmdgpuReader({ sysRoot }).read()
    expect(gpus).toEqual([
      { id: '0000:02:00.0', index: 0, vendor: 'amd', pciAddress: '0000:02:00.0' },
      { id: '0000:0a:00.0', index: 1, vendor: 'amd', pciAddress: '0000:0a:00.0' },
    ])
  })

  test('may have one sensor without a label, and power as an instant', async () => {
    const files = { 'hwmon/hwmon0/temp1_input': '45000', 'hwmon/hwmon0/power1_input': '9000000' }
    put(0, '0000:04:00.0', { vendor: '0x1002', ...files })
    expect((await openAmdgpuReader({ sysRoot }).read()).gpus[0]).toMatchObject({
      temperatureCelsius: 45,
      powerWatts: 9,
    })
  })

  test('leave out and count what is no number that can be', async () => {
    const device = put(0, '0000:04:00.0', card)
    const reader = openAmdgpuReader({ sysRoot })
    write(join(device, 'gpu_busy_percent'), '101\n')
    write(join(device, 'mem_info_vram_used'), '18446744073709551615\n')
    write(join(device, 'hwmon/hwmon7/temp1_input'), '-1\n')
    write(join(device, 'hwmon/hwmon7/power1_average'), 'garbage')
    write(join(device, 'current_link_speed'), 'Unknown\n')
    write(join(device, 'ras/umc_err_count'), '\0\0')
    const { gpus, skipped } = await reader.read()
    const { utilization, temperatureCelsius, powerWatts } = gpus[0] ?? {}
    expect([utilization, temperatureCelsius, powerWatts]).toEqual([undefined, undefined, undefined])
    expect(gpus[0]).toMatchObject({
      memory: { totalBytes: 68702699520 },
      ecc: { corrected: 3, uncorrected: 0 },
    })
    expect(gpus[0]?.pcie?.generation).toBeUndefined()
    expect(skipped).toBe(4)
  })

  test('that sleep are not woken', async () => {
    put(0, '0000:04:00.0', { ...card, 'power/runtime_status': 'suspended\n' })
    const { gpus } = await openAmdgpuReader({ sysRoot }).read()
    expect(gpus[0]?.id).toBe('02150e7d042a1124')
    expect(gpus[0]?.utilization).toBeUndefined()
  })

  test('may go away and come back as others', async () => {
    put(0, '0000:04:00.0', card)
    put(1, '0000:05:00.0', { vendor: '0x1002' })
    const reader = openAmdgpuReader({ sysRoot })
    expect((await reader.read()).gpus).toHaveLength(2)
    unlinkSync(join(sysRoot, 'class/drm/card0/device'))
    rmSync(join(sysRoot, 'class/drm/card0'), { recursive: true })
    rmSync(join(sysRoot, 'devices/pci0000:00/0000:04:00.0'), { recursive: true })
    expect((await reader.read()).gpus.map(({ id }) => id)).toEqual(['0000:05:00.0'])
    put(0, '0000:09:00.0', { vendor: '0x1002', gpu_busy_percent: '1' })
    expect((await reader.read()).gpus.map(({ id }) => id)).toEqual(['0000:09:00.0', '0000:05:00.0'])
  })

  test('that are parts of one have their addresses for ids', async () => {
    put(0, '0000:04:00.0', { vendor: '0x1002', unique_id: 'ab' })
    put(1, '0000:04:00.1', { vendor: '0x1002', unique_id: 'ab' })
    const { gpus } = await openAmdgpuReader({ sysRoot }).read()
    expect(gpus.map(({ id }) => id)).toEqual(['00000000000000ab', '0000:04:00.1'])
  })

  test('may be none', () => {
    expect(() => openAmdgpuReader({ sysRoot })).toThrow('no card of the driver amdgpu')
    expect(() => openAmdgpuReader({ sysRoot: join(sysRoot, 'none') })).toThrow('no card of the driver amdgpu')
  })
})
