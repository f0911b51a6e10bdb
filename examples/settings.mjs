// @ts-check
/** What the examples have in common: where the service is, what is asked of it, and how trouble is told. */
import { pathToFileURL } from 'node:url';
import { TidemarkProblem } from 'tidemark/client';

/** @returns {import('tidemark/client').ClientOptions} */
export function settings() {
  return { url: process.env.TIDEMARK_URL ?? 'http://127.0.0.1:7420', key: process.env.TIDEMARK_KEY };
}

/** Of the command line; without them an account of the world that `npm run demo` loads. */
export function asked([account = 'A-1001', question = 'Can I have a refund?'] = process.argv.slice(2)) {
  return { account, question };
}

/**
 * Does `main` where the file is run, and nothing where it is imported.
 * @param {string} url of the module that asks
 * @param {() => Promise<void>} main
 */
export async function program(url, main) {
  if (process.argv[1] === undefined || url !== pathToFileURL(process.argv[1]).href) return;
  await main().catch((error) => {
    if (!(error instanceof TidemarkProblem)) throw error;
    console.error(troubleText(error));
    process.exitCode = 1;
  });
}

/** @param {TidemarkProblem} problem */
export function troubleText({ code, message, advice }) {
  const { url } = settings();
  const start =
    code === 'unreachable' ? `\nNothing answers at ${url}: npm run demo starts a service and shows a key.` : '';
  const key =
    code === 'unauthenticated' ? '\nTIDEMARK_KEY is missing or of another service: npm run demo shows one.' : '';
  return `${code}: ${message}. ${advice}${start}${key}`;
}
