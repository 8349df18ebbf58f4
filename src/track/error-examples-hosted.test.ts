/** Messages as hosted models and connections give them, shortened, by where they come from. */
import { describe, expect, test } from 'vitest'
import { classifyError } from './error-class.ts'
import type { ErrorClass } from './error-class-table.ts'

type Example = readonly [source: string, message: string, code?: string]

const examples: Readonly<Partial<Record<ErrorClass, readonly Example[]>>> = {
  content_filter: [
    ['Replicate', 'NSFW content detected. Try running it again, or try a different prompt.'],
    [
      'Replicate',
      'The input or output was flagged as sensitive. Please try again with different inputs. (E005)',
    ],
    ['OpenAI', 'Your request was rejected as a result of our safety system.', 'moderation_blocked'],
    ['OpenAI Sora, sora2api #59', "Hmmm something didn't look right with your request.", 'sentinel_block'],
    ['OpenAI, by status alone', 'Your request was blocked by our moderation system.', '400'],
    [
      'Google Veo, image-router #41',
      'Veo could not generate 1 videos based on the prompt provided. Try rephrasing the prompt. Support codes: 42237218',
    ],
    [
      'Google Veo, ViMax #20',
      "This prompt contains sensitive words that violate Google's Responsible AI practices.",
      '3',
    ],
    [
      'Google Veo, js-genai #1272',
      '{"raiMediaFilteredCount":1,"raiMediaFilteredReasons":["We encountered an issue with the audio"]}',
    ],
    [
      'fal',
      'The content could not be processed because it contained material flagged by a content checker.',
      '422',
    ],
    ['fal', 'body.image_url', 'content_policy_violation'],
    ['Runway', 'Task failed', 'SAFETY.INPUT.TEXT'],
    ['Runway', 'Task failed', 'SAFETY.OUTPUT.VIDEO'],
    ['Luma, ComfyUI-LumaAI-API #7', 'ValueError: Generation failed: Advanced moderation failed'],
    ['Kling', 'Failure to pass the risk control system', '1301'],
    ['Kling, as a task message', 'Failure to pass the risk control system'],
    [
      'AWS Bedrock',
      'This request has been blocked by our content filters. Our filters automatically flagged this prompt',
      'ValidationException',
    ],
    [
      'BytePlus, vm0 #30959',
      'The request failed because the output video may contain sensitive information.',
    ],
    [
      'diffusers',
      'Potential NSFW content was detected in one or more images. A black image will be returned instead.',
    ],
    [
      'Azure OpenAI',
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
      'content_filter',
    ],
  ],
  quota: [
    ['OpenAI', 'You exceeded your current quota, please check your plan and billing details.', '429'],
    ['OpenAI', 'You exceeded your current quota', 'insufficient_quota'],
    ['OpenRouter', 'Insufficient credits. Add more using https://openrouter.ai/settings/credits', '402'],
    ['Z-Image #44', 'Error: 400 - {"code":400,"message":"Insufficient credits. Please top up."}'],
    ['Stability', 'Your organization does not have enough balance to request this action.'],
    ['Replicate', 'You have reached the free time limit. To continue using Replicate, set up billing.'],
    ['Kling', 'Account balance not enough', '1102'],
    [
      'Tencent, MoneyPrinterPlus #53',
      'The resource pack allowance has been exhausted, please check your resource pack.',
    ],
    [
      'fal',
      'User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.',
      '403',
    ],
  ],
  rate_limit: [
    ['HTTP', 'Request failed with status 429: Too Many Requests'],
    ['Google', 'Resource has been exhausted (e.g. check quota).', 'RESOURCE_EXHAUSTED'],
    ['gRPC', '8 RESOURCE_EXHAUSTED: received message', '8'],
    [
      'Google Vertex',
      'Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model',
      '429',
    ],
    ['AWS Bedrock', 'Too many requests, please wait before trying again.', 'ThrottlingException'],
    ['ComfyUI API nodes', '!!! Exception during processing !!! Rate Limit Exceeded: Please try again later.'],
    ['Kling', 'parallel task over resource pack limit', '1303'],
    ['Kling, by message', 'parallel task over resource pack limit'],
    [
      'ElevenLabs',
      'Too many concurrent requests. Your subscription is associated with a maximum of 2 concurrent requests',
    ],
    ['Google Flow', "You're requesting generations too quickly. Please wait a moment and try again."],
    ['Replicate', 'Request was throttled. Expected available in 1 second.'],
  ],
  authentication: [
    ['AI SDK', "OpenAI API key is missing. Pass it using the 'apiKey' parameter", 'AI_LoadAPIKeyError'],
    ['OpenAI', 'Incorrect API key provided: sk-12***', '401'],
    ['Google', 'API key not valid. Please pass a valid API key.', '400'],
    ['Runware', 'Invalid API key. Get one at https://my.runware.ai/signup', 'invalidApiKey'],
    ['gRPC', '16 UNAUTHENTICATED: Request had invalid authentication credentials.', '16'],
    [
      'AWS',
      'User: arn:aws:iam::1:user/a is not authorized to perform: bedrock:InvokeModel',
      'AccessDeniedException',
    ],
    ['AWS', 'The security token included in the request is expired', 'ExpiredTokenException'],
    [
      'Hugging Face',
      '401 Client Error: Unauthorized for url: https://huggingface.co/x/resolve/main/config.json',
    ],
    [
      'Hugging Face',
      'Cannot access gated repo for url https://huggingface.co/black-forest-labs/FLUX.1-dev. You must be authenticated to access it.',
    ],
    ['Hugging Face', 'Access to model x is restricted and you are not in the authorized list.'],
    ['ComfyUI #7864', 'Unauthorized: Please login first to use this node.'],
  ],
  timeout: [
    ['DOM', 'The operation was aborted due to timeout', 'TimeoutError'],
    ['Node', 'connect ETIMEDOUT 10.0.0.1:443', 'ETIMEDOUT'],
    ['undici', 'Headers Timeout Error', 'UND_ERR_HEADERS_TIMEOUT'],
    [
      'undici',
      'Connect Timeout Error (attempted address: api.x.com:443, timeout: 10000ms)',
      'UND_ERR_CONNECT_TIMEOUT',
    ],
    ['gRPC', '4 DEADLINE_EXCEEDED: Deadline exceeded after 60.0s', '4'],
    ['fal', 'Request timed out', 'request_timeout'],
    ['Envoy', 'upstream request timeout', '504'],
    [
      'Python requests',
      "ReadTimeout: HTTPSConnectionPool(host='x', port=443): Read timed out. (read timeout=10)",
    ],
    ['axios', 'timeout of 60000ms exceeded', 'ETIMEDOUT'],
    ['asyncio', 'asyncio.exceptions.TimeoutError'],
  ],
  network: [
    ['Node', 'connect ECONNREFUSED 127.0.0.1:8188', 'ECONNREFUSED'],
    ['Node', 'getaddrinfo ENOTFOUND api.example.com', 'ENOTFOUND'],
    ['Node', 'TypeError: fetch failed'],
    ['Node', 'socket hang up', 'ECONNRESET'],
    ['undici', 'other side closed', 'UND_ERR_SOCKET'],
    ['AI SDK', 'Cannot connect to API: connect EHOSTUNREACH'],
    [
      'Python requests',
      "HTTPSConnectionPool(host='huggingface.co', port=443): Max retries exceeded with url: /x",
    ],
    [
      'Hugging Face',
      'LocalEntryNotFoundError: An error happened while trying to locate the file on the Hub and we cannot find the requested files in the local cache. Please check your connection and try again',
    ],
    ['TLS', 'unable to verify the first certificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['httpx', 'httpx.RemoteProtocolError: peer closed connection without sending complete message body'],
    ['WebSocket', 'closed', '1006'],
  ],
  provider_error: [
    ['HTTP', 'Bad Gateway', '502'],
    ['HTTP', 'Request failed with status code 503'],
    ['OpenAI', 'The server had an error while processing your request. Sorry about that!', '500'],
    ['Replicate', 'Prediction interrupted; please retry (code: PA)'],
    ['Replicate', 'Director: unexpected error handling prediction (E6716)'],
    ['AI SDK', 'No video generated.', 'AI_NoVideoGeneratedError'],
    ['Runway', 'Task failed', 'INTERNAL.BAD_OUTPUT.CODE01'],
    ['fal', 'Downstream service error', 'downstream_service_error'],
    ['fal', 'Runner disconnected', 'runner_disconnected'],
    [
      'AWS Bedrock',
      'The system encountered an unexpected error during processing. Try your request again.',
      'InternalServerException',
    ],
    ['gRPC', '14 UNAVAILABLE: The service is currently unavailable.', '14'],
    ['Google', 'The model is overloaded. Please try again later.', '503'],
    ['SGLang diffusion', 'RuntimeError: Model generation returned no output.'],
    ['Kling', 'Server is temporarily unavailable', '5001'],
  ],
}

const rows = Object.entries(examples).flatMap(([errorClass, list]) =>
  list.map(([source, message, code]) => ({ errorClass, source, message, code })),
)

describe('real messages of hosted models and connections', () => {
  test('are many, and each class has some', () => {
    expect(rows.length).toBeGreaterThanOrEqual(80)
    expect(Object.values(examples).every((list) => list.length >= 4)).toBe(true)
  })

  test.each(rows)('$errorClass of $source: $message ($code)', ({ errorClass, message, code }) => {
    expect(classifyError({ message, code })).toBe(errorClass)
  })
})
