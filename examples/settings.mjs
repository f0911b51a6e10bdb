// @ts-check
/** What the examples have in common: where the service is, and whether a file is run or imported. */
import { pathToFileURL } from 'node:url';

/** @returns {import('tidemark/client').ClientOptions} */
export function settings() {
  return { url: process.env.TIDEMARK_URL ?? 'http://127.0.0.1:7420', key: process.env.TIDEMARK_KEY };
}

/** @param {string} url of the module that asks */
export function isProgram(url) {
  return process.argv[1] !== undefined && url === pathToFileURL(process.argv[1]).href;
}
