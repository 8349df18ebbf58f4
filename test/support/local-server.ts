import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An HTTP server on a free port of this machine. */
export interface LocalServer extends AsyncDisposable {
  readonly url: string
  /** Every request so far. */
  readonly requests: readonly IncomingMessage[]
  /** Resolves when the next request has come. */
  nextRequest(): Promise<void>
}

export async function localServer(answer: RequestListener): Promise<LocalServer> {
  const requests: IncomingMessage[] = []
  const server: Server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    requests,
    async nextRequest() {
      await once(server, 'request')
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
