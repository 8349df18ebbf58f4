import { describe, expect, test } from 'vitest'
import { csv, text, xml } from '../../../../../test/support/nvidia-smi-output.ts'
import type { GpuReading } from '../gpu-reading.ts'
import { parseSmiCsv } from './smi-csv.ts'
import { gpusOf } from './smi-gpus.ts'
import { parseSmiList } from './smi-list.ts'
import { parseSmiText } from './smi-text.ts'
import { parseSmiXml } from './smi-xml.ts'

const mib = 2 ** 20

describe('the XML', () => {
  const { gpus, skipped } = gpusOf(parseSmiXml(xml))
  const gpu = gpus[0] as GpuReading

  test('is read in base units; what is no number with a known unit is left out, and counted unless it is not told', () => {
    expect(gpus).toEqual([
      {
        id: 'GPU-11111111-2222-3333-4444-555555555555',
        index: 0,
        vendor: 'nvidia',
        name: 'NVIDIA Example & Co',
        serial: undefined,
        pciAddress: '00000000:3B:00.0',
        driverVersion: '600.10',
        cudaVersion: '13.9',
        utilization: 0.57,
        memory: { totalBytes: 24564 * mib, reservedBytes: 500 * mib, freeBytes: 2048 * mib },
        temperatureCelsius: 38,
        temperatureMarginCelsius: -2,
        powerWatts: 26.78,
        powerLimitWatts: 70,
        clocksHz: { graphics: 1.98e9 },
        performanceState: 8,
        fanRatio: 1.05,
        throttleReasons: ['sw_power_cap'],
        throttledSeconds: { sw_power_cap: 1.5, hw_power_brake_slowdown: 0 },
        pcie: {
          generation: 1,
          maxGeneration: 5,
          width: 8,
          maxWidth: 16,
          transmitBytesPerSecond: 830_000,
          replays: 3,
        },
        ecc: { corrected: 1, uncorrected: 14 },
        remappedRows: { correctable: 1, uncorrectable: 0, isPending: true, hasFailed: false },
        isMigEnabled: false,
        processes: [
          { pid: 42, name: '/usr/bin/python3', usedBytes: 120 * mib },
          { pid: 43, name: 'a<b' },
        ],
      },
    ])
    // memory_util, decoder_util, jpeg_util, memory_temp, sm_clock, mem_clock.
    expect(skipped).toBe(6)
  })

  test('keeps no field that is not told, not even as undefined', () => {
    expect(Object.entries(gpu).filter(([, value]) => value === undefined)).toEqual([])
  })

  test('that was cut gives what was whole before the cut', () => {
    const cut = xml.slice(0, xml.indexOf('564 MiB'))
    expect(gpusOf(parseSmiXml(cut)).gpus[0]).toMatchObject({ fanRatio: 1.05, performanceState: 8 })
    expect(gpusOf(parseSmiXml(cut)).gpus[0]?.memory).toBeUndefined()
  })

  test('has clocks_throttle_reasons in older versions, and totals of single and double bit errors', () => {
    const old = `<nvidia_smi_log><gpu id="00000000:01:00.0"><clocks_throttle_reasons>
      <clocks_throttle_reason_hw_slowdown>Active</clocks_throttle_reason_hw_slowdown></clocks_throttle_reasons>
      <ecc_errors><volatile><single_bit><total>5</total></single_bit><double_bit><total>1</total></double_bit></volatile>
      </ecc_errors><power_readings><power_draw>9 W</power_draw><power_limit>80 W</power_limit>
      <enforced_power_limit>75 W</enforced_power_limit></power_readings><processes>N/A</processes></gpu></nvidia_smi_log>`
    expect(gpusOf(parseSmiXml(old)).gpus).toEqual([
      {
        id: '00000000:01:00.0',
        index: 0,
        vendor: 'nvidia',
        pciAddress: '00000000:01:00.0',
        powerWatts: 9,
        powerLimitWatts: 75,
        throttleReasons: ['hw_slowdown'],
        ecc: { corrected: 5, uncorrected: 1 },
      },
    ])
  })

  test.each([
    '<gpu_reset_status><reset_required>Yes</reset_required></gpu_reset_status>',
    '<fb_memory_usage><total>[GPU requires reset]</total></fb_memory_usage>',
    '<uuid>GPU is lost</uuid>',
  ])('tells of a card that must be reset or is gone: %s', (fields) => {
    const output = `<nvidia_smi_log><gpu id="00000000:01:00.0">${fields}</gpu></nvidia_smi_log>`
    expect(gpusOf(parseSmiXml(output)).gpus[0]).toMatchObject({ id: '00000000:01:00.0', isLost: true })
  })

  test('takes no name of a process for a card that is gone', () => {
    const processes =
      '<processes><process_info><pid>1</pid><process_name>GPU is lost</process_name></process_info></processes>'
    const output = `<nvidia_smi_log><gpu id="00000000:01:00.0">${processes}</gpu></nvidia_smi_log>`
    expect(gpusOf(parseSmiXml(output)).gpus[0]?.isLost).toBeUndefined()
  })

  test('without the element of the log is refused', () => {
    expect(() => parseSmiXml('No devices were found\n')).toThrow('no element "nvidia_smi_log"')
  })
})

describe('the text', () => {
  const { gpus } = gpusOf(parseSmiText(text), parseSmiList(''))

  test('is read by its indentation', () => {
    expect(gpus[0]).toEqual({
      id: 'GPU-a',
      index: 0,
      vendor: 'nvidia',
      name: 'NVIDIA Example',
      pciAddress: '00000000:06:00.0',
      driverVersion: '600.10',
      cudaVersion: '13.9',
      memory: { totalBytes: 81559 * mib },
      temperatureCelsius: 53,
      temperatureMarginCelsius: 24,
      throttleReasons: ['hw_slowdown', 'hw_thermal_slowdown'],
      throttledSeconds: { sw_power_cap: 2, hw_power_brake_slowdown: 0.25 },
      pcie: { transmitBytesPerSecond: 9_139_000, receiveBytesPerSecond: 1_000_000 },
      isMigEnabled: true,
      instances: [{ id: '2/1', memory: { totalBytes: 40448 * mib, usedBytes: 26 * mib } }],
      processes: [{ pid: 2056, name: 'C:\\Program Files\\Some Thing\\Worker.exe' }],
    })
  })

  test('tells of a card that is lost', () => {
    expect(gpus[1]).toMatchObject({ id: 'GPU-b', isLost: true, processes: [] })
  })

  test('drops a last line that was cut', () => {
    const cut = text.slice(0, text.indexOf('559 MiB'))
    expect(gpusOf(parseSmiText(cut)).gpus[0]?.memory).toBeUndefined()
  })

  test('without its header is refused', () => {
    expect(() => parseSmiText('NVIDIA-SMI has failed\n')).toThrow('no line "NVSMI LOG"')
  })
})

describe('the CSV', () => {
  test('is read with units from the values or the header; messages and cut lines are passed over', () => {
    const { gpus, skipped } = gpusOf(parseSmiCsv(csv))
    expect(gpus).toEqual([
      {
        id: 'GPU-a',
        index: 0,
        vendor: 'nvidia',
        name: 'NVIDIA Example',
        utilization: 0.08,
        memory: { totalBytes: 8192 * mib, usedBytes: 819 * mib },
        temperatureCelsius: 45,
        powerWatts: 111.5,
        performanceState: 2,
        throttleReasons: ['sw_power_cap'],
      },
      {
        id: 'GPU-b',
        index: 1,
        vendor: 'nvidia',
        name: 'NVIDIA Example',
        memory: { totalBytes: 8192 * mib, usedBytes: 819 * mib },
        performanceState: 0,
        throttleReasons: [],
      },
    ])
    expect(skipped).toBe(1)
  })

  test('without a known field is refused', () => {
    expect(() => parseSmiCsv('Field "x" is not a valid field to query.\n\n')).toThrow('no header')
  })
})

test('the list names MIG devices by their profiles', () => {
  const list = `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-a)
  MIG 3g.40gb     Device  0: (UUID: MIG-x)
  MIG 1g.10gb+me  Device  1: (UUID: MIG-y)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-b)
`
  const names = parseSmiList(list)
  expect(names.get('GPU-a')?.get(1)).toEqual({ uuid: 'MIG-y', profile: '1g.10gb+me' })
  expect(names.get('GPU-b')?.size).toBe(0)
})
