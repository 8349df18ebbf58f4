/** A host of the tests: reads the GPU source once, whose process does as the file named says, and ends. */
import { systemClock } from '../../../system/clock.ts'
import { gpuSource } from './gpu-source.ts'

const [modeFile = ''] = process.argv.slice(2)
const source = gpuSource({
  clock: systemClock(),
  detect: () => ({ vendors: ['nvidia'] }),
  describeXid: () => ({ severity: 'info', message: '' }),
  settings: { sysRoot: modeFile, devRoot: '/dev' },
  answerDeadlineMs: 1500,
  entry: new URL('./gpu-helper.contract.ts', import.meta.url),
})
const timer = setTimeout(() => {}, 60_000)
try {
  await source.read()
  process.stdout.write('read')
} catch (error) {
  process.stdout.write(String(error))
}
// From here on nothing but the helper could keep this process.
clearTimeout(timer)
