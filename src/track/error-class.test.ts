import { expect, test } from 'vitest'
import { classifyError } from './error-class.ts'

test.each([
  ['torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.25 GiB', undefined, 'gpu_out_of_memory'],
  ['HIP out of memory. Tried to allocate 512.00 MiB', undefined, 'gpu_out_of_memory'],
  ['CUDA error: device-side assert triggered', undefined, 'gpu_error'],
  ['RuntimeWarning: invalid value encountered in cast', undefined, 'nan_output'],
  ['Cannot allocate memory', 'ENOMEM', 'out_of_memory'],
  ['NSFW content detected. Try running it again', undefined, 'content_filter'],
  ['Request failed with status 429: Too Many Requests', undefined, 'rate_limit'],
  ['ENOSPC: no space left on device, write', 'ENOSPC', 'disk_full'],
  ['The operation timed out', undefined, 'timeout'],
  ['connect ECONNREFUSED 127.0.0.1:8188', 'ECONNREFUSED', 'network'],
  ['Cannot write "/proc/x.mp4"', 'OUTPUT_UNWRITABLE', 'output_unwritable'],
  ['Expected `width` to be even, got 3', 'GENERATION_INVALID', 'invalid_input'],
  ['worker exited with SIGKILL', undefined, 'worker_crash'],
  ['something else', undefined, 'unknown'],
  ['', undefined, 'unknown'],
])('%s (%s) is %s', (message, code, errorClass) => {
  expect(classifyError({ message, code })).toBe(errorClass)
})

test('the class given by the caller wins', () => {
  expect(classifyError({ message: 'CUDA out of memory', errorClass: 'mine' })).toBe('mine')
})
