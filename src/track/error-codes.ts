import type { ErrorClass } from './error-class-table.ts'

/**
 * What codes say, by class: of Node and undici (`docs/api/Errors.md`), gRPC (`doc/statuscodes.md`), HTTP, CUDA, the errors of
 * AI SDK, AWS Bedrock, fal, Runway, Kling, Luma, OpenAI, Google and Replicate, and our own. In lower case.
 */
const codesByClass: Readonly<Partial<Record<ErrorClass, string>>> = {
  gpu_out_of_memory:
    'cuda_error_out_of_memory hiperroroutofmemory cudaerrormemoryallocation torch.outofmemoryerror',
  out_of_memory: 'enomem err_worker_out_of_memory oomkilled memoryerror',
  content_filter:
    'content_policy_violation content_filter content_moderation moderation_blocked sentinel_block content_blocked safety_violation image_generation_user_error nsfw_content_detected contentpolicyviolation inputtextsensitivecontentdetected outputvideosensitivecontentdetected 1300 1301',
  quota:
    'insufficient_quota insufficient_credits insufficient_balance billing_hard_limit_reached billing_not_active payment_required servicequotaexceededexception 402 1100 1101 1102',
  rate_limit: 'rate_limit_exceeded too_many_requests throttlingexception throttling 1302 1303',
  authentication:
    'invalid_api_key unauthenticated permission_denied accessdeniedexception unrecognizedclientexception expiredtokenexception missingauthenticationtokenexception ai_loadapikeyerror unauthorized forbidden 1103 1304',
  timeout:
    'etimedout esockettimedout und_err_connect_timeout und_err_headers_timeout und_err_body_timeout deadline_exceeded request_timeout startup_timeout generation_timeout runner_connection_timeout modeltimeoutexception generation_timed_out timeouterror err_socket_connection_timeout',
  network:
    'econnrefused econnreset econnaborted ehostunreach enetunreach enetdown epipe eai_again enotfound eproto und_err_socket und_err_closed und_err_destroyed und_err_prx_conn und_err_prx_tls und_err_res_content_length_mismatch err_tls_cert_altname_invalid cert_has_expired depth_zero_self_signed_cert self_signed_cert_in_chain unable_to_verify_leaf_signature err_stream_premature_close 1006 ai_downloaderror',
  provider_error:
    'internalserverexception serviceunavailableexception modelerrorexception modelnotreadyexception downstream_service_error downstream_service_unavailable internal_server_error runner_scheduling_failure runner_disconnected runner_connection_refused runner_connection_error runner_incomplete_response runner_server_error no_media_generated ai_novideogeneratederror ai_emptyresponsebodyerror ai_invalidresponsedataerror ai_jsonparseerror 5000 5001 5002',
  invalid_input:
    'generation_invalid und_err_invalid_arg err_invalid_arg_type err_invalid_arg_value err_out_of_range err_invalid_url invalid_argument out_of_range image_too_small image_too_large image_load_error file_download_error file_too_large unsupported_image_format feature_not_supported prompt_outputs_failed_validation prompt_no_outputs required_input_missing return_type_mismatch ai_invalidargumenterror ai_invalidprompterror ai_unsupportedfunctionalityerror ai_typevalidationerror 1200 1201 1202',
  model_missing:
    'missing_node_type model_not_found ai_nosuchmodelerror ai_nosuchprovidererror module_not_found err_module_not_found ffmpeg_not_found 1203',
  disk_full: 'enospc edquot',
  output_unwritable: 'output_unwritable eacces eperm erofs enotdir eisdir',
  encode_failed: 'output_invalid',
}

/**
 * Codes that say little: the class of the message wins where it is one of these, or any where none is named. So a request
 * that was refused is never said to have run out of memory because its prompt is quoted.
 */
const vagueCodes: readonly (readonly [
  codes: string,
  errorClass: ErrorClass,
  unless?: readonly ErrorClass[],
])[] = [
  [
    '400 404 405 406 409 410 411 413 414 415 422 428 invalid_request_error bad_request failed_precondition validationexception enoent 3 5 6 9 11',
    'invalid_input',
    ['content_filter', 'quota', 'authentication', 'model_missing'],
  ],
  ['401 403 7 16', 'authentication', ['content_filter', 'quota', 'rate_limit']],
  ['408 504 524 4', 'timeout', []],
  ['429', 'rate_limit', ['quota']],
  ['resource_exhausted 8', 'rate_limit', ['quota', 'disk_full', 'gpu_out_of_memory', 'out_of_memory']],
  ['502 503 520 521 522 523 529 unavailable 14', 'provider_error', ['timeout', 'rate_limit', 'quota']],
  [
    '500 501 507 internal internal_error server_error unknown_error data_loss unimplemented 2 12 13 15',
    'provider_error',
  ],
  [
    'process_failed 134 136 137 139 143 -6 -9 -11 sigkill sigsegv sigabrt sigbus sigterm sigill sigfpe',
    'worker_crash',
  ],
]

/** What a code says. */
export interface CodeMeaning {
  readonly errorClass: ErrorClass
  /** Classes of a message that are more than the code says; undefined: every class is. Empty: none is. */
  readonly unless?: readonly ErrorClass[]
}

const meanings = new Map<string, CodeMeaning>([
  ...Object.entries(codesByClass).flatMap(([errorClass, codes]) =>
    codes
      .split(' ')
      .map((code): [string, CodeMeaning] => [code, { errorClass: errorClass as ErrorClass, unless: [] }]),
  ),
  ...vagueCodes.flatMap(([codes, errorClass, unless]) =>
    codes.split(' ').map((code): [string, CodeMeaning] => [code, { errorClass, unless }]),
  ),
])

/** What this code says; undefined when it is not known. */
export function meaningOfCode(code: string): CodeMeaning | undefined {
  const lower = code.toLowerCase()
  if (/^safety\./.test(lower)) return { errorClass: 'content_filter', unless: [] }
  if (/^(internal\.|third_party\.)/.test(lower)) return { errorClass: 'provider_error' }
  if (/^(asset\.invalid|input_preprocessing\.)/.test(lower))
    return { errorClass: 'invalid_input', unless: ['content_filter'] }
  const known = meanings.get(lower)
  return known ?? (/^5\d\d$/.test(lower) ? { errorClass: 'provider_error' } : undefined)
}

/** The codes that always mean a class, and those that do where the message says no more: for the documentation. */
export function codesOf(errorClass: ErrorClass): {
  readonly always: readonly string[]
  readonly vague: readonly string[]
} {
  const all = [...meanings].filter(([, meaning]) => meaning.errorClass === errorClass)
  const isSure = ([, { unless }]: (typeof all)[number]) => unless?.length === 0
  return {
    always: all.filter(isSure).map(([code]) => code),
    vague: all.filter((entry) => !isSure(entry)).map(([code]) => code),
  }
}
