/** Messages as engines and machines give them, shortened, by where they come from. */
import { describe, expect, test } from 'vitest'
import { classifyError } from './error-class.ts'
import type { ErrorClass } from './error-class-table.ts'

type Example = readonly [source: string, message: string, code?: string]

const examples: Readonly<Partial<Record<ErrorClass, readonly Example[]>>> = {
  gpu_out_of_memory: [
    [
      'PyTorch',
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.25 GiB. GPU 0 has a total capacity of 47.50 GiB',
    ],
    [
      'PyTorch < 2.5',
      'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 14.75 GiB total capacity)',
    ],
    [
      'PyTorch on ROCm',
      'HIP out of memory. Tried to allocate 512.00 MiB. GPU 0 has a total capacity of 15.98 GiB',
    ],
    [
      'PyTorch on Apple',
      'RuntimeError: MPS backend out of memory (MPS allocated: 17.87 GB, other allocations: 352.00 KB, max allowed: 18.13 GB)',
    ],
    [
      'CUDA, Wan2GP #96',
      'RuntimeError: CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported at some other API call',
    ],
    ['ComfyUI #4852', 'torch.OutOfMemoryError: Allocation on device '],
    ['ComfyUI #5511', '!!! Exception during processing !!! Allocation on device'],
    [
      'ComfyUI',
      'Allocation on device 0 would exceed allowed memory. (out of memory)\nCurrently allocated     : 21.30 GiB',
    ],
    [
      'SGLang diffusion, gpustack #4002',
      'RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)',
    ],
    ['SGLang', 'RuntimeError: Not enough memory. Please try to increase --mem-fraction-static.'],
    [
      'vLLM',
      'ValueError: Free memory on device (3.21/23.64 GiB) on startup is less than desired GPU memory utilization (0.9, 21.28 GiB)',
    ],
    ['vLLM', 'ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization`'],
    [
      'TensorRT, BEVDet #132',
      '[virtualMemoryBuffer.cpp::resizePhysical::144] Error Code 2: OutOfMemory (no further information)',
    ],
    ['TensorRT #840', 'ERROR: ../rtSafe/safeRuntime.cpp (25) - Cuda Error in allocate: 2 (out of memory)'],
    ['CUDA driver API', 'cuMemAlloc failed', 'CUDA_ERROR_OUT_OF_MEMORY'],
    [
      'Replicate cog #939',
      'CUDA out of memory. Tried to allocate 5.92 GiB (GPU 0; 14.76 GiB total capacity)',
      'PREDICTION_FAILED',
    ],
    ['an HTTP engine', 'CUDA out of memory. Tried to allocate 1.50 GiB', '500'],
  ],
  gpu_error: [
    ['PyTorch', 'RuntimeError: CUDA error: device-side assert triggered'],
    ['PyTorch', 'RuntimeError: CUDA error: an illegal memory access was encountered'],
    ['PyTorch', 'RuntimeError: CUDA error: no kernel image is available for execution on the device'],
    ['PyTorch', 'RuntimeError: No CUDA GPUs are available'],
    ['PyTorch', 'AssertionError: Torch not compiled with CUDA enabled'],
    [
      'PyTorch',
      'RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU',
    ],
    ['cuDNN', 'RuntimeError: cuDNN error: CUDNN_STATUS_EXECUTION_FAILED'],
    ['cuBLAS', 'RuntimeError: CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasGemmEx`'],
    [
      'NCCL',
      'torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:1970, unhandled system error',
    ],
    [
      'NCCL, BasicSR #737',
      '[Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=808, OpType=ALLREDUCE, Timeout(ms)=600000) ran for 600020 milliseconds before timing out.',
    ],
    [
      'ROCm, open-oasis #27',
      'RuntimeError: HIP error: invalid device function\nHIP kernel errors might be asynchronously reported',
    ],
    [
      'ROCm #2804',
      'Memory access fault by GPU node-2 (Agent handle: 0x5640a8bb1980) on address 0x7feea09c5000. Reason: Page not present or supervisor privilege.',
    ],
    ['MIOpen', 'RuntimeError: miopenStatusUnknownError'],
    ['NVIDIA driver', 'NVRM: Xid (PCI:0000:c1:00): 31, pid=2646416, name=python, MMU Fault: ENGINE GRAPHICS'],
    ['NVIDIA driver', 'NVRM: GPU 0000:01:00.0: GPU has fallen off the bus.'],
    [
      'TensorRT #4372',
      'DefaultAllocator::deallocate::61] Error Code 1: Cuda Runtime (unspecified launch failure)',
    ],
    ['NVML', 'Failed to initialize NVML: Driver/library version mismatch'],
  ],
  out_of_memory: [
    ['libc', 'OSError: [Errno 12] Cannot allocate memory'],
    ['Node', 'spawn ENOMEM', 'ENOMEM'],
    ['Node', 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'],
    [
      'Node worker',
      'Worker terminated due to reaching memory limit: JS heap out of memory',
      'ERR_WORKER_OUT_OF_MEMORY',
    ],
    [
      'PyTorch on a CPU',
      "[enforce fail at alloc_cpu.cpp:114] DefaultCPUAllocator: can't allocate memory: you tried to allocate 6442450944 bytes.",
    ],
    [
      'NumPy',
      'numpy.core._exceptions._ArrayMemoryError: Unable to allocate 5.93 GiB for an array with shape (81, 3, 720, 1280)',
    ],
    ['Linux', 'Memory cgroup out of memory: Killed process 2133 (python) total-vm:98304kB'],
    ['Kubernetes', 'Last State: Terminated\n  Reason: OOMKilled\n  Exit Code: 137'],
    ['Kubernetes', 'container terminated', 'OOMKilled'],
    ['Ray', 'ray.exceptions.OutOfMemoryError: Task was killed due to the node running low on memory.'],
    ['Windows', 'OSError: The paging file is too small for this operation to complete. (os error 1455)'],
  ],
  nan_output: [
    [
      'NumPy, in diffusers',
      'RuntimeWarning: invalid value encountered in cast\n  images = (images * 255).round().astype("uint8")',
    ],
    [
      'stable-diffusion-webui',
      "NansException: A tensor with all NaNs was produced in VAE. This could be because there's not enough precision",
    ],
    ['PyTorch', 'RuntimeError: probability tensor contains either `inf`, `nan` or element < 0'],
    ['PyTorch anomaly mode', "RuntimeError: Function 'MulBackward0' returned nan values in its 0th output."],
  ],
  invalid_input: [
    [
      'ComfyUI #4166',
      'Prompt outputs failed validation CheckpointLoaderSimple: - Required input is missing: ckpt_name',
    ],
    ['ComfyUI', "Value not in list: sampler_name: 'euler_x' not in ['euler', 'heun']", '400'],
    [
      'ComfyUI',
      'Return type mismatch between linked nodes: samples, received_type(IMAGE) mismatch input_type(LATENT)',
    ],
    ['ComfyUI API nodes #7864', "Invalid value: 'Moderation.auto'. Supported values are: 'auto' and 'low'."],
    ['Luma, ComfyUI #7989', "API Error: {'detail': '400: concepts are not supported for this model'}"],
    [
      'OpenAI Sora',
      "Invalid type for 'seconds': expected one of '4', '8', or '12', but got an integer instead.",
      '400',
    ],
    [
      'AWS Nova Reel',
      'Malformed input request: #/textToVideoParams/text: expected maxLength: 512, actual: 676',
      'ValidationException',
    ],
    ['xDiT #492', 'AssertionError: parallel_world_size 4 must be equal to dit_parallel_size 2'],
    [
      'xDiT #354',
      'RuntimeError: The size of tensor a (4352) must match the size of tensor b (4608) at non-singleton dimension 2',
    ],
    ['mochi-xdit #5', 'AssertionError: Visual sequence length (14310) must be divisible by cp_size (4).'],
    ['diffusers', 'ValueError: `height` and `width` have to be divisible by 16 but are 721 and 1281.'],
    ['fal', 'Image is too small', 'image_too_small'],
    ['Google Veo, java-genai #570', '400. Invalid resource field value in the request.'],
    [
      'pydantic',
      '1 validation error for Request\nnum_frames\n  Input should be greater than 0 [type=greater_than, input_value=0]',
    ],
    ['undici', 'invalid onRequestStart method', 'UND_ERR_INVALID_ARG'],
  ],
  model_missing: [
    ['ComfyUI #8826', "Value not in list: ckpt_name: 'v1-5-pruned-emaonly-fp16.safetensors' not in []"],
    [
      'ComfyUI #5263',
      "Prompt outputs failed validation:\nUNETLoader:\n- Value not in list: unet_name: 'wan2.1_t2v_1.3B_fp16.safetensors' not in []",
      '400',
    ],
    ['ComfyUI #10749', "- Value not in list: yolo_model: 'yolov10m.onnx' not in []"],
    [
      'ComfyUI',
      "Node 'ClownsharKSampler' not found. The custom node may not be installed.",
      'missing_node_type',
    ],
    [
      'ComfyUI, by message',
      "invalid prompt: {'type': 'missing_node_type', 'message': \"Node 'RMBG' not found. The custom node may not be installed.\"}",
    ],
    [
      'safetensors',
      'safetensors_rust.SafetensorError: Error while deserializing header: MetadataIncompleteBuffer',
    ],
    ['safetensors', 'Error while deserializing header: incomplete metadata, file not fully covered'],
    [
      'diffusers #9314',
      'OSError: runwayml/stable-diffusion-v1-5 does not appear to have a file named config.json.',
    ],
    [
      'diffusers #7716',
      'OSError: Error no file named config.json found in directory ./RunDiffusion_Juggernaut-XL-v9.',
    ],
    [
      'transformers',
      "OSError: None is not a local folder and is not a valid model identifier listed on 'https://huggingface.co/models'",
    ],
    [
      'Hugging Face',
      '404 Client Error. Repository Not Found for url: https://huggingface.co/api/models/x/y.',
    ],
    [
      'PyTorch',
      'RuntimeError: PytorchStreamReader failed reading zip archive: failed finding central directory',
    ],
    [
      'PyTorch',
      'RuntimeError: Error(s) in loading state_dict for WanModel: size mismatch for patch_embedding.weight',
    ],
    ['OpenAI', 'The model `sora-9` does not exist or you do not have access to it.', 'model_not_found'],
    [
      'TensorRT',
      'polygraphy.exception.exception.PolygraphyException: Could not deserialize engine. See log for details.',
    ],
    ['TensorRT #302', '[TensorRT] ERROR: INVALID_ARGUMENT: Cannot deserialize with an empty memory buffer'],
    ['Python', "ModuleNotFoundError: No module named 'sageattention'"],
  ],
  disk_full: [
    ['Node', 'ENOSPC: no space left on device, write', 'ENOSPC'],
    ['Python', 'OSError: [Errno 28] No space left on device'],
    ['Python', 'OSError: [Errno 122] Disk quota exceeded'],
    ['ffmpeg', 'av_interleaved_write_frame(): No space left on device'],
    [
      'Hugging Face',
      'Not enough free disk space to download the file. The expected file size is: 28577.00 MB.',
    ],
  ],
  output_unwritable: [
    ['Python', "PermissionError: [Errno 13] Permission denied: '/output/video.mp4'"],
    ['Node', "EACCES: permission denied, open '/x.mp4'", 'EACCES'],
    ['Python', "OSError: [Errno 30] Read-only file system: '/mnt/x.mp4'"],
    ['ffmpeg', '/out/x.mp4: Permission denied'],
  ],
  encode_failed: [
    [
      'ffmpeg, drawbot #250',
      '[libx264 @ 0x7fbc88000c00] height not divisible by 2 (842x595)\nError while opening encoder for output stream #0:0 - maybe incorrect parameters',
    ],
    [
      'ffmpeg 7',
      '[vost#0:0/libx264] Error while opening encoder - maybe incorrect parameters such as bit_rate, rate, width or height.',
    ],
    ['ffmpeg, NVENC', '[h264_nvenc @ 0x55] OpenEncodeSessionEx failed: out of memory (10): (no details)'],
    ['ffmpeg', "Unknown encoder 'libx265'"],
    ['ffmpeg', 'x.mp4: Invalid data found when processing input'],
    ['ffmpeg', '[mov,mp4,m4a @ 0x5] moov atom not found'],
    ['fluent-ffmpeg', 'ffmpeg exited with code 1: Conversion failed!'],
    ['ffmpeg', '[h264_nvenc @ 0x5] Cannot load libnvidia-encode.so.1'],
  ],
  worker_crash: [
    ['a shell', 'worker exited with SIGKILL'],
    ['Docker Compose', 'worker-1 exited with code 139'],
    ['an exit code', '', '137'],
    [
      'Python',
      "subprocess.CalledProcessError: Command '['python', 'generate.py']' died with <Signals.SIGSEGV: 11>.",
    ],
    ['Linux', 'Segmentation fault (core dumped)'],
    [
      'vLLM-Omni #322',
      'EngineDeadError: EngineCore encountered an issue. See stack trace (above) for the root cause.',
    ],
    ['vLLM-Omni #2729', "Diffusion worker(s) died unexpectedly: ['DiffusionWorker-0']"],
    [
      'vLLM-Omni #1842',
      'RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}',
    ],
    [
      'Python',
      'concurrent.futures.process.BrokenProcessPool: A process in the process pool was terminated abruptly',
    ],
    [
      'torchrun',
      'torch.distributed.elastic.multiprocessing.errors.ChildFailedError: generate.py FAILED, exitcode: -9',
    ],
  ],
}

const rows = Object.entries(examples).flatMap(([errorClass, list]) =>
  list.map(([source, message, code]) => ({ errorClass, source, message, code })),
)

describe('real messages of engines and machines', () => {
  test('are many, and each class has some', () => {
    expect(rows.length).toBeGreaterThanOrEqual(100)
    expect(Object.values(examples).every((list) => list.length >= 4)).toBe(true)
  })

  test.each(rows)('$errorClass of $source: $message ($code)', ({ errorClass, message, code }) => {
    expect(classifyError({ message, code })).toBe(errorClass)
  })
})
