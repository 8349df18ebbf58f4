import type { ErrorClass } from './error-class-table.ts'

/**
 * What messages say: the first match wins, so that the sure stand before the general. No repeat is without a bound but for
 * those of one class of characters at the end of a pattern, so that no message takes long.
 */
const patterns: readonly (readonly [errorClass: ErrorClass, pattern: RegExp])[] = [
  // PyTorch, CUDA, HIP, MPS, TensorRT, ComfyUI, SGLang, vLLM.
  [
    'gpu_out_of_memory',
    /\b(cuda|hip|rocm|mps|xpu|gpu|vram|device|torch)\b.{0,60}\bout[ _]of[ _]memory\b|(?<!java\.lang\.|ray\.exceptions\.)\bOutOfMemoryError\b|\ballocation on device\b|\b(CUBLAS|CUDNN|CUSOLVER|CUSPARSE)_STATUS_ALLOC_FAILED\b|\bCUDA_ERROR_OUT_OF_MEMORY\b|\bhipErrorOutOfMemory\b|\bErrorOutOfDeviceMemory\b|\bVK_ERROR_OUT_OF_DEVICE_MEMORY\b|\bmiopenStatusAllocFailed\b/i,
  ],
  [
    'gpu_out_of_memory',
    /\b(not enough|insufficient|no available|free) (free )?(gpu memory|video memory|vram|device memory|memory for the cache blocks|memory on device)\b|\bError Code \d{1,3}: OutOfMemory\b|\bamount of GPU memory\b.{0,60}\bcould not be allocated\b|\bincrease --mem-fraction-static\b/i,
  ],
  [
    'gpu_error',
    /\b(cuda|hip|cudnn|nccl|rccl|miopen|nvrtc|cublas|cufft)[ _]?(driver |runtime |kernel |initialization |internal )?(error|failure)\b|\bCU(DNN|BLAS|SOLVER|SPARSE|FFT|RAND)_(STATUS_)?[A-Z_]{4,40}\b|\bnccl(Unhandled|System|Internal|Remote|Invalid)[A-Za-z]{0,20}\b|\bWorkNCCL\b|\bProcessGroupNCCL\b|\bCUDA initialization\b|\bCuda Runtime \(|\bhipError[A-Z]\w{0,40}|\bHSA_STATUS_ERROR\w{0,40}|\bmiopenStatus[A-Z]\w{0,40}/i,
  ],
  [
    'gpu_error',
    /\bdevice-side assert\b|\bunspecified launch failure\b|\billegal memory access\b|\binvalid device function\b|\bno kernel image is available\b|\bmemory access fault by GPU\b|\bXid\b|\bNVRM:|\bfallen off the bus\b|\buncorrectable ECC\b|\bno CUDA GPUs are available\b|\bnot compiled with CUDA enabled\b|\bfound no NVIDIA driver\b|\bdriver\/library version mismatch\b|\bGPU is lost\b/i,
  ],
  [
    'disk_full',
    /\bENOSPC\b|\bno space left on device\b|\bdisk (is )?full\b|\bEDQUOT\b|\bdisk quota exceeded\b|\bnot enough (free )?disk space\b|\[Errno (28|122)\]/i,
  ],
  // NumPy, when frames become bytes.
  ['nan_output', /\binvalid value encountered in\b/i],
  // A parameter that is named is not what happened: "Unknown parameter: 'timeout'".
  [
    'invalid_input',
    /\b(unknown|unsupported|unrecognized|unexpected|invalid) (parameter|argument|option|key|field|property|keyword argument|value|type for|combination)\b|\bunrecognized key\(s\)|\bunexpected keyword argument\b|\brequired positional argument|\bextra inputs are not permitted\b|\b(field|input) (is )?(required|missing)\b|\binput should be\b|\bmust be (an?|one|at|in|between|greater|less|even|odd|positive|non-negative|divisible|equal|smaller|larger|set|\d)\b|\bis not (a )?(supported|valid|recognized) (value|parameter|option|argument)\b|\bexpected .{1,80}\b(got|received)\b/i,
  ],
  [
    'content_filter',
    /\bnsfw\b|\bcontent[ _-]?(policy|policies|filters?|filtering|moderation|safety|security|checker)\b|\bsafety[ _-]?(systems?|filters?|checker|policy|policies|guidelines|settings|reasons?)\b|\bmoderat(ion|ed|e)\b|\bmoderation_blocked\b|\braiMediaFiltered|\bresponsible AI\b|\bflagged (as|by|for|this|your)\b|\b(contains?|detected|contained) .{0,20}\b(sensitive|prohibited|inappropriate|unsafe|explicit)\b|\bsensitive (content|information|words)\b|\bviolat\w{1,8}\b.{0,80}\b(polic(y|ies)|guidelines|terms|standards)\b|\brisk control\b|\bguardrails?\b|\bSAFETY\.(INPUT|OUTPUT)\b|\bsentinel_block\b|\bSupport codes?:/i,
  ],
  [
    'quota',
    /\binsufficient[ _-]?(credits?|funds|balance|quota)\b|\b(not enough|out of|no more|no remaining|run out of|lack of) (credits?|balance|funds)\b|\bnot have enough (balance|credits?|funds)\b|\bexceeded your current quota\b|\bpayment required\b|\bbilling\b|\bin arrears\b|\boverdue\b|\b(spend|spending|usage|budget|cost) limits?\b|\bresource pack\b.{0,40}\b(exhausted|depleted|expired)\b|\bbalance (is )?(exhausted|not enough|insufficient|too low)\b|\btop up\b|\bfree time limit\b/i,
  ],
  [
    'rate_limit',
    /\b(status|code|error|http|failed)\b.{0,12}\b429\b|\b429\b.{0,24}\b(too many|client error|resource)\b|\btoo many (concurrent )?(requests|generations|tasks|jobs)\b|\brate[ _-]?limit|\bthrottl(ed|ing)|\bRESOURCE_EXHAUSTED\b|\bresource has been exhausted\b|\bquota exceeded\b|\bexceeded\b.{0,30}\bquota\b|\bconcurren(t|cy)\b.{0,40}\b(limit|exceed|maximum)|\bparallel task over\b|\b(too fast|too quickly|too frequent(ly)?)\b/i,
  ],
  [
    'authentication',
    /\b(invalid|incorrect|missing|expired|wrong|no|bad) (api|access|auth|authentication|authorization)[ _-]?(keys?|tokens?|credentials?)\b|\bapi key\b.{0,40}\b(missing|invalid|expired|not valid|not found|required|revoked)\b|\bunauthori[sz]ed\b|\bunauthenticated\b|\b(status|code|error|http)\b.{0,12}\b40[13]\b|\b40[13] (client error|forbidden)|\bforbidden\b|\bAccessDenied|\bPERMISSION_DENIED\b|\bnot authorized\b|\bgated repo|\bis gated\b|\brestricted and you are not in the authorized list\b|\bmust be authenticated\b|\bauthentication (failed|required|error)\b|\bauthorization (is )?(empty|invalid|failed)\b|\bdo(es)? not have (permission|access)\b|\bsecurity token\b.{0,40}\b(invalid|expired)\b|\bverified to use\b/i,
  ],
  [
    'model_missing',
    /\bvalue not in list: \w{0,40}(ckpt|unet|vae|clip|lora|control_net|model|encoder)\w{0,20}:|\bvalue not in list: .{0,160}\.(safetensors|ckpt|sft|pth?|bin|gguf|onnx)\b|\bmissing_node_type\b|\bthe custom node may not be installed\b|\bnode .{0,100}\bdoes not exist\b|\bdoes not appear to have (a )?files? named\b|\bnot a valid model identifier\b|\berror no file named\b|\b(Repository|Entry|Revision) ?Not ?Found\b|\bcan'?t load (the )?(model|weights|config|configuration|tokenizer|image processor)\b|\bmodel_not_found\b|\bmodel\b.{0,100}\b(does not exist|not found|is not (available|found))\b|\bno such model\b|\bno module named\b|\bno such file or directory\b.{0,240}\.(safetensors|ckpt|sft|pth?|bin|gguf|onnx)\b|\boutgoing traffic has been disabled\b|\bnot contain a valid (clip|vae|text encoder)\b/i,
  ],
  [
    'model_missing',
    /\bSafetensorError\b|\bdeserializing header\b|\bMetadataIncompleteBuffer\b|\bInvalidHeader\w{0,30}|\bfile not fully covered\b|\bPytorchStreamReader\b|\binvalid load key\b|\bloading state_dict\b|\bUnpicklingError\b|\bcould not deserialize engine\b|\bdeserialize the cuda engine failed\b|\bcannot deserialize with an empty memory buffer\b|\bserialized engine\b|\bengine plan file is not compatible\b|\bweights only load failed\b/i,
  ],
  [
    'encode_failed',
    /\b(width|height) not divisible by 2\b|\b(opening|open|find|initializing|unknown|unavailable) (video |audio )?(encoder|output stream)\b|\bconversion failed!|\berror (while )?(encoding|muxing|submitting .{0,20}frame)|\bmoov atom not found\b|\binvalid data found when processing input\b|\bOpenEncodeSessionEx failed\b|\bno NVENC capable devices\b|\blibnvidia-encode\b|\bcould not write header\b|\bav_interleaved_write_frame\b|\bavcodec_open2\b|\bffmpeg\b.{0,60}\b(exited|failed|error|returned|terminated)\b|\bnot a readable video\b|\bVideoWriter\b/i,
  ],
  [
    'out_of_memory',
    /\bout[ _]of[ _]memory\b|\bENOMEM\b|\bcannot allocate memory\b|\bcan'?t allocate memory\b|\bnot enough memory\b|\boom[ _-]?kill|\bMemoryError\b|\bOutOfMemoryError\b|\bbad_alloc\b|\bunable to allocate .{1,40}\b(array|bytes)\b|\bpaging file is too small\b|\binsufficient shared memory\b|\bmemory limit\b.{0,30}\bexceeded\b|\bexceeded\b.{0,20}\bmemory limit\b|\[Errno 12\]/i,
  ],
  ['nan_output', /(?<!\b(?:got|received|is|was|to|be) )\bNaNs?\b|\bNansException\b/],
  [
    'nan_output',
    /\b(contains?|produced|detected|all|has) (either )?`?(inf`?,? (or )?`?)?nans?\b|\bnans? (values?|detected|found|loss)\b/i,
  ],
  [
    'worker_crash',
    /\bSIG(KILL|SEGV|ABRT|BUS|TERM|ILL|FPE)\b|\bsegmentation fault\b|\bcore dumped\b|\bexit(ed)?\b.{0,24}\b(13[4679]|143)\b|\bexit status -\d{1,2}\b|\bexitcode ?[:=] ?-\d{1,2}\b|\bworkers?(\(s\))?( process(es)?)?\b.{0,40}\b(died|exited|crashed|killed|terminated|dead)\b|\bprocess\b.{0,20}\b(died|crashed|was killed|terminated abruptly)\b|\bEngineDeadError\b|\bEngineCore encountered\b|\bengine core initialization failed\b|\bBrokenProcessPool\b|\bActorDiedError\b|\bChildFailedError\b|\borchestrator thread crashed\b|\bCrashLoopBackOff\b|\bfatal python error\b/i,
  ],
  [
    'timeout',
    /\bE?TIMEDOUT\b|\btimed?[ -]?out\b(?! (parameter|option|value|must|should|setting))|\bTime(out|dOut)(Error|Exception)\b|\b(Connect|Read|Write|Pool)Timeout\b|\b_?timeout_?error\b|[a-z]_timeout\b|\bdeadline[ _]exceeded\b|\bexceeded (the )?(maximum |max )?(execution |allowed |processing )?time\b|\btook too long\b|\bHTTP 504\b|\b504 gateway/i,
  ],
  [
    'network',
    /\bE(CONNREFUSED|CONNRESET|CONNABORTED|HOSTUNREACH|NETUNREACH|PIPE|AI_AGAIN|PROTO)\b|\bENOTFOUND\b|\bgetaddrinfo\b|\bsocket hang up\b|\bfetch failed\b|\bother side closed\b|\bConnection(Error|Refused|Reset|Aborted)?\b.{0,40}\b(refused|reset|aborted|closed|lost|error|broken|terminated|dropped)\b|\bConnectionError\b|\bmax retries exceeded\b|\bname resolution\b|\bname or service not known\b|\bcertificate\b|\bSSL\w{0,4}Error\b|\bIncompleteRead\b|\bpeer closed connection\b|\bnetwork (error|is unreachable|failure|unreachable)\b|\bcheck your (internet )?connection\b|\bbroken pipe\b|\bcannot connect to API\b|\bUND_ERR_(SOCKET|CLOSED|DESTROYED|PRX)/i,
  ],
  [
    'provider_error',
    /\binternal (server )?error\b|\binternal_server_error\b|\bbad gateway\b|\bservice (is )?(temporarily )?unavailable\b|\b(status|code|error|http)\b.{0,12}\b5\d\d\b|\b50\d server error\b|\bserver (error|had an error|is busy)\b|\boverloaded\b|\bat capacity\b|\bhigh (demand|load)\b|\btemporarily unavailable\b|\bInternalServer(Error|Exception)\b|\bINTERNAL\.BAD_OUTPUT\b|\bprediction interrupted\b|\bunexpected error handling prediction\b|\bdownstream_service\w{0,20}|\bno (video|media) (was )?generated\b|\breturned no output\b|\bencountered an unexpected error\b|\bupstream (error|connect|service)/i,
  ],
  [
    'output_unwritable',
    /\bOUTPUT_UNWRITABLE\b|\bE(ACCES|PERM|ROFS|NOTDIR|ISDIR)\b|\bpermission denied\b|\bread-only file system\b|\[Errno (1|13|21|30)\]/i,
  ],
  [
    'invalid_input',
    /\binvalid\b|\bvalidation\b|\bunsupported\b|\bnot supported\b|\bnot in list\b|\bmust (be|match|have|contain|not)\b|\bENOENT\b|\bout of range\b|\bshapes? (cannot|mismatch)|\bsplit_sizes\b|\bmismatch\b|\bmalformed\b|\btoo (long|large|small|short|many)\b|\bmaxLength\b|\bis required\b|\bdivisible by\b|\bfailed to (load|decode|download) .{0,20}\b(image|video|audio)\b/i,
  ],
]

const maxEchoChars = 4000

/** Values that repeat what was asked for: the prompt is not what happened. */
const echo = new RegExp(
  `(["']?\\b\\w{0,20}prompt(?:_?text)?["']?\\s{0,4}[:=]\\s{0,4}|"input"\\s{0,4}:\\s{0,4}|\\binput_value=|\\bprompt\\s)(["'\`])(?:\\\\.|(?!\\2)[^\\\\]){0,${maxEchoChars}}(?:\\2|$)`,
  'gi',
)

/** The message without the prompts and inputs that it repeats in quotation marks. */
export function withoutEcho(message: string): string {
  return message.replaceAll('\\"', '"').replace(echo, '$1$2$2')
}

/** The class a message says, among `allowed` where they are given; undefined when nothing is recognised. */
export function classOfMessage(text: string, allowed?: readonly ErrorClass[]): ErrorClass | undefined {
  return patterns.find(
    ([errorClass, pattern]) => (allowed === undefined || allowed.includes(errorClass)) && pattern.test(text),
  )?.[0]
}
