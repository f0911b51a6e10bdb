/** Writes `openapi.json`, the committed description of the HTTP API, from the built code. A test compares the two. */
import { readFileSync, writeFileSync } from 'node:fs';
import { documented } from '../dist/src/api/endpoints.js';
import { openApiText } from '../dist/src/api/openapi.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
writeFileSync(new URL('../openapi.json', import.meta.url), openApiText(documented, version));
