import { defineConfig } from 'vitest/config'
import { CountReporter } from './test/support/count-reporter.ts'

/** These measure the machine: they run when all else is over. */
const alone = ['test/footprint.test.ts', 'test/trust.test.ts']

export default defineConfig({
  test: {
    reporters: ['default', new CountReporter()],
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts'] } },
      { test: { name: 'architecture', include: ['test/architecture.test.ts'] } },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['test/architecture.test.ts', ...alone],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'alone',
          include: alone,
          testTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
