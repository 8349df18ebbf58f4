/** What each class of failure means and what to do about it; `docs/reference/error-classes.md` is made from this table. */
export const errorClassTable = {
  gpu_out_of_memory: {
    meaning: 'Device memory of a GPU ran out.',
    remedy:
      'Lower resolution, frames or batch, or offload; look for a leak over runs and for other processes on the GPU.',
  },
  gpu_error: {
    meaning: 'The GPU, its driver, or a library on it failed: CUDA, HIP, cuDNN, NCCL, an XID.',
    remedy: 'See `framewatch faults`; restart the worker, and when it comes back, reset or replace the GPU.',
  },
  out_of_memory: {
    meaning: 'Main memory ran out, or the limit of the container.',
    remedy: 'Raise the limit of the container, or load fewer models at once.',
  },
  nan_output: {
    meaning: 'The model computed values that are no numbers.',
    remedy: 'Use a wider type (`bf16` or `fp32`) for the part named, often the VAE; check weights and LoRAs.',
  },
  content_filter: {
    meaning: 'A filter refused the input or the output.',
    remedy:
      'Change the prompt or the image; another attempt with the same ones is refused and may be billed.',
  },
  quota: {
    meaning: 'The credit, balance or budget with a provider is used up.',
    remedy: 'Top up or raise the limit; waiting does not help.',
  },
  rate_limit: {
    meaning: 'Too many requests in a time, or at once.',
    remedy: 'Wait and try again, more slowly; ask the provider for a higher limit.',
  },
  authentication: {
    meaning: 'A key or permission is missing, wrong or expired.',
    remedy: 'Check the key, its rights, and the licence of gated models.',
  },
  timeout: {
    meaning: 'Something did not finish in its time.',
    remedy: 'Look where the time went (stages); raise the limit, or ask for less.',
  },
  network: {
    meaning: 'A connection failed: name, route, TLS, a reset.',
    remedy: 'Try again; check the address, DNS and proxies.',
  },
  provider_error: {
    meaning:
      'An engine or provider failed inside and does not say why: HTTP 5xx, an internal error, no output.',
    remedy: 'Try again later; see its logs or status page.',
  },
  invalid_input: {
    meaning: 'A parameter, workflow or input file is wrong, or not supported by the model.',
    remedy: 'Correct the request: it fails again as it is.',
  },
  model_missing: {
    meaning: 'A model, weight file, custom node or library is missing, damaged or does not fit.',
    remedy: 'Download or install what is named, whole; check the version.',
  },
  disk_full: {
    meaning: 'A disk, or the quota on it, is full.',
    remedy: 'Free space, or write elsewhere.',
  },
  output_unwritable: {
    meaning: 'The output cannot be written where it should.',
    remedy: 'Correct the path or its permissions.',
  },
  encode_failed: {
    meaning: 'The video could not be encoded or read, often by ffmpeg.',
    remedy: 'Check size (even numbers), codec, and the sessions of the hardware encoder.',
  },
  worker_crash: {
    meaning: 'The process that worked on it died.',
    remedy: 'See its last log lines; after a SIGKILL (exit code 137), whether the kernel ran out of memory.',
  },
  unknown: {
    meaning: 'Nothing was recognised.',
    remedy: 'Add a rule of your own under `errorClasses`.',
  },
} as const satisfies Record<string, { meaning: string; remedy: string }>

/** A class of failure that is built in. */
export type ErrorClass = keyof typeof errorClassTable
