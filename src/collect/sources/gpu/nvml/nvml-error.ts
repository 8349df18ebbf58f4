/** What the library answered, as something thrown. */
export class NvmlError extends Error {
  /** Of `nvmlReturn`. */
  readonly code: number

  constructor(functionName: string, code: number, description: string) {
    super(`${functionName} answered ${code}: ${description}`)
    this.name = 'NvmlError'
    this.code = code
  }
}
