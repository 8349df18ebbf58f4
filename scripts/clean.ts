// Removes a build folder: `node scripts/clean.ts dist`. A stale file there would be published.
import { rmSync } from 'node:fs'

for (const folder of process.argv.slice(2)) rmSync(folder, { recursive: true, force: true })
