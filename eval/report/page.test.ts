import { createHash } from 'node:crypto';
import { parse } from '@babel/parser';
import { describe, expect, it } from 'vitest';
import { type PageName, readAssets } from './assets.js';
import { reportPage } from './page.js';
import { hostileTexts, madeReport } from './report.test-support.js';

const report = madeReport({ questions: 40, passed: false, findings: ['stale_hit'] });

/** What stands between tags of a name, attributes left out. */
function contentsOf(page: string, tag: string): readonly string[] {
  return [...page.matchAll(new RegExp(`<${tag}\\b[^>]*>([\\s\\S]*?)</${tag}>`, 'g'))].map(
    ([, content = '']) => content,
  );
}

function policyOf(page: string): string {
  const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  return policy.replaceAll('&#39;', "'");
}

describe('the page of a report', () => {
  it('allows what its content security policy names by hash, and no address but the empty icon', async () => {
    const page = await reportPage(report);
    const policy = policyOf(page);
    expect(policy).toMatch(/^default-src 'none'; /);
    const data = (content: string) => content.startsWith('{');
    const run = [...contentsOf(page, 'script').filter((one) => !data(one)), ...contentsOf(page, 'style')];
    expect(run).toHaveLength(3);
    for (const text of run) expect(policy).toContain(`'sha256-${createHash('sha256').update(text).digest('base64')}'`);
    expect(policy.match(/'sha256-/g)).toHaveLength(3);
    expect(page.match(/<(?:link|img|iframe|object|embed|base|form)\b[^>]*>/g)).toEqual([
      '<link rel="icon" href="data:,">',
    ]);
    expect(page).not.toMatch(/\s(?:on\w+|style)="/);
  });

  it('keeps hostile text as text in its markup and whole in its data', async () => {
    const page = await reportPage(report);
    const [block = '', ...more] = contentsOf(page, 'script').filter((content) => content.startsWith('{'));
    expect(more).toEqual([]);
    expect(block).not.toMatch(/[<\u2028\u2029]/);
    const { questions } = JSON.parse(block);
    for (const [at, text] of hostileTexts.entries()) expect(questions[at].text.endsWith(text.trim())).toBe(true);
    const markup = page.replaceAll(block, '');
    for (const text of hostileTexts.filter((one) => /[<>]/.test(one))) expect(markup).not.toContain(text);
    expect(markup).toContain('&lt;/script&gt;&lt;script&gt;window.broken = true&lt;/script&gt;');
  });

  it('says its verdict, its intervals and its comparisons without its script', async () => {
    const page = await reportPage(report);
    expect(page).toContain('1 of 2 thresholds not met');
    expect(page).toContain('nDCG@10 is 0.412, and should be &gt;= 0.45');
    expect(page).toContain('0.371 to 0.455');
    expect(page).toMatch(/against plain BM25<\/th>[\s\S]*▲<\/span> better/);
    expect(page).toContain('120 unjudged');
    expect(page).toMatch(/<noscript>/);
  });

  it('is the same bytes for the same report', async () => {
    expect(await reportPage(report)).toBe(await reportPage(report));
  });

  it.each<PageName>(['report', 'comparison'])(
    'has a script for the %s that is one module without imports',
    async (name) => {
      const { module, library, styles } = await readAssets(name);
      // The parser refuses a name that is declared twice.
      const { program } = parse(module, { sourceType: 'module' });
      expect(program.body.filter(({ type }) => /^(?:Import|Export)/.test(type))).toEqual([]);
      // Either would end its element.
      expect([module, library ?? '', ...styles].join('\n')).not.toMatch(/<\/(?:script|style)|<!--/i);
    },
  );
});
