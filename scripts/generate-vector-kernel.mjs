/**
 * Writes connectors/memory/vector-kernel.generated.ts: the assembled form of scripts/int8-dots.wat, so that users need no assembler.
 * Usage: node scripts/generate-vector-kernel.mjs [--check], which says whether both agree instead of writing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import wabt from 'wabt';

const source = new URL('./int8-dots.wat', import.meta.url);
const target = new URL('../connectors/memory/vector-kernel.generated.ts', import.meta.url);

const { parseWat } = await wabt();
const module = parseWat('int8-dots.wat', readFileSync(source, 'utf8'), { simd: true });
module.validate();
const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64');
const lines = base64.match(/.{1,110}/g).map((line) => `  '${line}'`);
const text = [
  '// Made by scripts/generate-vector-kernel.mjs from scripts/int8-dots.wat; do not edit. Read by vector-kernel.ts.\n',
  `/** A WebAssembly module, base64. */\nexport const kernelBase64 =\n${lines.join(' +\n')};\n`,
].join('\n');

if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  process.stderr.write(
    'vector-kernel.generated.ts is not what int8-dots.wat assembles to: run the script without --check\n',
  );
  process.exitCode = 1;
}
