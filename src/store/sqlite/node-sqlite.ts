import type { DatabaseSync } from 'node:sqlite'

/** A connection of `node:sqlite`. */
export type Connection = DatabaseSync

/**
 * `node:sqlite`, without the `ExperimentalWarning` that Node prints when it is first loaded (Node 22 to 24): the
 * stderr of the monitored process is not ours to write to. A static import would be evaluated before any code
 * here could run, so the module is asked for by call, and `process.emitWarning` lets everything else through
 * for the length of that one synchronous call.
 */
export const { DatabaseSync: NodeDatabase } = withoutExperimentalWarning(() =>
  process.getBuiltinModule('node:sqlite'),
)

function withoutExperimentalWarning<T>(load: () => T): T {
  const emitWarning = process.emitWarning
  process.emitWarning = (...args: unknown[]) => {
    if (args[1] !== 'ExperimentalWarning') Reflect.apply(emitWarning, process, args)
  }
  try {
    return load()
  } finally {
    process.emitWarning = emitWarning
  }
}
