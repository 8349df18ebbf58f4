/** Peers from npm are kept apart from the product's dependencies, and fetched when they are first needed. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @returns false when they cannot be installed. */
export function installPeers(): boolean {
  const path = join(import.meta.dirname, 'package.json')
  const { dependencies } = JSON.parse(readFileSync(path, 'utf8')) as { dependencies: Record<string, string> }
  const isThere = (name: string) => existsSync(join(import.meta.dirname, 'node_modules', name))
  if (Object.keys(dependencies).every(isThere)) return true
  console.error('Installing the peers of bench/package.json ...')
  try {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 2, 2],
    })
    return true
  } catch {
    return false
  }
}

if (process.argv[1] === import.meta.filename && !installPeers()) process.exitCode = 1
