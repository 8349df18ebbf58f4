import { constants } from 'node:os'
import type { Command } from 'commander'
import { type LiveView, readLiveView } from '../../engine/live-view.ts'
import { systemClock } from '../../system/clock.ts'
import { type CommandContext, type CommonOptions, withCommonOptions, withReader } from '../terminal.ts'
import { drawFrame } from '../top/frame.ts'
import { runTop } from '../top/run-top.ts'

interface TopCommandOptions extends CommonOptions {
  readonly once?: boolean
}

/** Of a frame that is printed where there is no screen. */
const printedSize = { columns: 80, rows: 60 }

export function addTop(program: Command, context: CommandContext): void {
  const { out, columns = printedSize.columns, hasColour = false, openScreen, setExitCode } = context
  const command = program
    .command('top')
    .description('what runs now, each second: generations, GPUs, rates, alerts; q ends it')
  withCommonOptions(command)
    .option('--once', 'print it once, as when the output is no terminal')
    .action(async ({ baseDir, json, once }: TopCommandOptions) => {
      const clock = systemClock()
      const screen = json || once ? undefined : openScreen?.()
      await withReader(baseDir, async (reader) => {
        const read = (nowMs: number) => readLiveView(reader, baseDir, nowMs)
        if (screen) {
          const draw = (view: LiveView, size: { readonly columns: number; readonly rows: number }) =>
            drawFrame(view, { ...size, hasColour, footer: 'q quits' })
          const signal = await runTop({ screen, clock, read, draw })
          // As shells tell an end by a signal.
          if (signal) setExitCode(128 + constants.signals[signal])
          return
        }
        const view = await read(clock.nowMs())
        if (json) return out(JSON.stringify(view))
        out(drawFrame(view, { columns, rows: printedSize.rows, hasColour }).join('\n'))
      })
    })
}
