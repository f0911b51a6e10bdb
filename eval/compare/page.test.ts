import { describe, expect, it } from 'vitest';
import { madeReport } from '../report/report.test-support.js';
import { compareReports } from './compare.js';
import { comparisonPage } from './page.js';

describe('the page of a comparison', () => {
  it('says what changed without its script, and holds hostile text as text', async () => {
    const a = madeReport({ questions: 30 });
    const b = madeReport({ questions: 30, seed: 2 });
    const questions = b.questions.map((question) => ({ ...question, content: null }));
    const page = await comparisonPage(
      compareReports(a, { ...b, questions, setup: { ...b.setup, name: '<b>new</b>' } }),
    );
    expect(page).toContain('30 of 30 contexts changed');
    expect(page).toContain('&lt;b&gt;new&lt;/b&gt; <span class="against">against</span> hybrid');
    expect(page).not.toMatch(/<b>|<img|<svg onload/);
    expect(page.match(/<script/g)).toHaveLength(2);
  });
});
