import type { ReportedError } from './generation-event.ts'

/**
 * Classes of failure, recognised from the messages and codes of real engines; the first match wins, so that the
 * specific stand before the general. Messages as printed by: PyTorch (`torch.OutOfMemoryError: CUDA out of
 * memory`, `HIP out of memory`), CUDA (`CUDA error: out of memory`, XIDs in `CUDA error: …`), Node system error
 * codes, HTTP status texts of hosted models.
 */
const classes: readonly (readonly [errorClass: string, pattern: RegExp])[] = [
  [
    'gpu_out_of_memory',
    /\b(CUDA|HIP|MPS|GPU|VRAM|torch\.?)\b.{0,40}\bout of memory\b|OutOfMemoryError|CUBLAS_STATUS_ALLOC_FAILED/i,
  ],
  [
    'gpu_error',
    /\bCUDA error\b|\bHIP error\b|\bcuDNN error\b|device-side assert|unspecified launch failure/i,
  ],
  ['out_of_memory', /\bout of memory\b|\bENOMEM\b|Cannot allocate memory|oom-?kill/i],
  ['nan_output', /\bNaN\b|not a number|invalid value encountered/i],
  [
    'content_filter',
    /\bNSFW\b|content (policy|filter|moderation)|safety (system|filter|checker)|moderation/i,
  ],
  ['rate_limit', /\b429\b|rate.?limit|too many requests|quota exceeded/i],
  ['disk_full', /\bENOSPC\b|no space left on device|disk (is )?full|\bEDQUOT\b/i],
  ['timeout', /\bETIMEDOUT\b|\btimed? ?out\b|\btimeout\b|deadline exceeded/i],
  [
    'network',
    /\bE(CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|PIPE|AI_AGAIN)\b|\bENOTFOUND\b|socket hang up|fetch failed|bad gateway|service unavailable/i,
  ],
  ['output_unwritable', /\bOUTPUT_UNWRITABLE\b|\bE(ACCES|PERM|ROFS|NOTDIR|ISDIR)\b/i],
  [
    'invalid_input',
    /\bGENERATION_INVALID\b|\binvalid\b|\bvalidation\b|\bunsupported\b|must be (a|an|one|at)\b|\bENOENT\b/i,
  ],
  [
    'worker_crash',
    /\bSIG(KILL|SEGV|ABRT|BUS|TERM)\b|worker (died|exited|crashed)|process (died|crashed)|\bPROCESS_FAILED\b/i,
  ],
]

/** The class of a reported error; `unknown` when nothing is recognised. */
export function classifyError(error: ReportedError): string {
  if (error.errorClass) return error.errorClass
  const text = `${error.code ?? ''} ${error.message}`
  return classes.find(([, pattern]) => pattern.test(text))?.[0] ?? 'unknown'
}
