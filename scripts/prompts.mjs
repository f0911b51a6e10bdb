/** Takes new prompt files into `prompts/lock.json`, and fails on one that was edited after it was locked. A test checks the same. */
import { lockPrompts, packagedPrompts } from '../dist/src/prompts/folder.js';

const faults = await lockPrompts(packagedPrompts());
for (const { file, detail } of faults) process.stderr.write(`prompts/${file} ${detail}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
