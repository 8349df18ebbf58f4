// Writes the generated reference pages: `npm run docs`. A test fails where they are out of date.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { referencePages } from './reference.ts'

for (const [path, text] of Object.entries(referencePages()))
  writeFileSync(join(import.meta.dirname, '..', path), text)
