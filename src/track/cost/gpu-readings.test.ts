import { expect, test } from 'vitest'
import type { Sample } from '../../model/sample.ts'
import { gpuReadings } from './gpu-readings.ts'

function gpu(
  id: string,
  index: string,
  values: { power?: number; memory?: number; limit?: number } = {},
): Sample[] {
  const attributes = { 'hw.id': id, 'hw.type': 'gpu' }
  const info = { ...attributes, 'hw.name': 'NVIDIA L40S', 'hw.gpu.index': index }
  return [
    { name: 'hw.gpu.info', attributes: info, value: 1 },
    ...(values.power === undefined ? [] : [{ name: 'hw.power', attributes, value: values.power }]),
    ...(values.memory === undefined
      ? []
      : [{ name: 'hw.gpu.memory.usage', attributes, value: values.memory }]),
    ...(values.limit === undefined ? [] : [{ name: 'hw.gpu.memory.limit', attributes, value: values.limit }]),
  ]
}

test('a GPU is what its index says, with the power and memory that its samples say', () => {
  const cpuPower = { name: 'hw.power', attributes: { 'hw.id': 'GPU-b', 'hw.type': 'cpu' }, value: 90 }
  const samples = [
    ...gpu('GPU-a', '0', { power: 300, memory: 4e9, limit: 48e9 }),
    ...gpu('GPU-b', '1', { memory: 2e9 }),
    cpuPower,
  ]
  expect(gpuReadings(samples)).toEqual([
    {
      index: 0,
      id: 'GPU-a',
      name: 'NVIDIA L40S',
      powerWatts: 300,
      memoryUsedBytes: 4e9,
      memoryTotalBytes: 48e9,
    },
    { index: 1, id: 'GPU-b', name: 'NVIDIA L40S', memoryUsedBytes: 2e9 },
  ])
})

test('two GPUs of one index are left out: a request may mean either', () => {
  const samples = [...gpu('nvidia', '0'), ...gpu('amd', '0'), ...gpu('other', '1')]
  expect(gpuReadings(samples).map(({ index }) => index)).toEqual([1])
})

test.each(['', ' ', 'first', '1.5', 'Infinity'])('"%s" is no index', (index) => {
  expect(gpuReadings(gpu('GPU-a', index))).toEqual([])
})

test('an instance of a GPU says nothing of the whole', () => {
  const part = {
    name: 'hw.gpu.memory.usage',
    attributes: { 'hw.id': 'GPU-a', 'hw.type': 'gpu', 'hw.gpu.instance': '1' },
    value: 1e9,
  }
  expect(gpuReadings([...gpu('GPU-a', '0', { memory: 4e9 }), part])).toMatchObject([{ memoryUsedBytes: 4e9 }])
})
