/**
 * A Vitest reporter beside its JSON one, which leaves out what no test or file answers for: a rejection nobody handled, an exception
 * after the end of a test, a worker that does not answer. Writes them beside the report, for `scripts/count-tests.mjs` to name.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorsPath } from './test-report.mjs';

export default class TestErrorsReporter {
  #report;

  constructor({ report }) {
    this.#report = report;
  }

  onTestRunEnd(_files, errors) {
    const told = errors.map(({ name, message, stack, VITEST_TEST_PATH: file, VITEST_TEST_NAME: test }) => {
      const [, at = ''] = /^\s*(at .*)$/m.exec(stack ?? '') ?? [];
      const [first] = String(message).split('\n', 1);
      const near = [file, test].filter(Boolean).join(' > ');
      // What is thrown may be no error, and has no name then.
      const said = [name, first].filter(Boolean).join(': ');
      return { title: `outside of any test${near === '' ? '' : `, near ${near}`}`, message: `${said} ${at}`.trimEnd() };
    });
    // The report is written after this, and its folder is made with it.
    mkdirSync(dirname(this.#report), { recursive: true });
    writeFileSync(errorsPath(this.#report), JSON.stringify(told));
  }
}
