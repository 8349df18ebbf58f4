#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one gets an answer instead of a syntax error.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || major === 23 || (major === 22 && minor < 16)) {
  process.stderr.write(`framewatch needs Node 22.16, or 24 and newer; this is ${process.versions.node}.\n`)
  process.exit(1)
}
const { main } = await import('../dist/cli/main.js')
process.exitCode = await main(process.argv)
