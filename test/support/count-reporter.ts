import type { Reporter, TestModule } from 'vitest/node'

/** Prints `N passed, N failed` (`, N skipped`) as the last line of a run; before it the skipped tests, whose titles or notes say why. */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const reasons: string[] = []
    const counts = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      const tests = [...module.children.allTests()]
      for (const test of tests) {
        const result = test.result()
        if (result.state === 'passed' || result.state === 'failed') counts[result.state] += 1
        else {
          counts.skipped += 1
          const note = result.state === 'skipped' && result.note ? ` (${result.note})` : ''
          reasons.push(`skipped: ${module.relativeModuleId} > ${test.fullName}${note}\n`)
        }
      }
      if (module.state() === 'failed' && !tests.some((test) => test.result().state === 'failed'))
        counts.failed += 1
    }
    const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`
    process.on('exit', () =>
      process.stdout.write(`${reasons.join('')}${counts.passed} passed, ${counts.failed} failed${skipped}\n`),
    )
  }
}
