/** The evaluation's page in a real browser: `CHROMIUM` names its program, or one is found where programs are. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareReports } from '../../compare/compare.js';
import { comparisonPage } from '../../compare/page.js';
import { reportPage } from '../../report/page.js';
import { madeReport } from '../../report/report.test-support.js';
import { chromiumMissing, chromiumProgram } from '../settings.js';
import { BrowserPage, type View } from './browser-page.js';

const wide: View = { width: 1400, height: 900, theme: 'light' };
const narrow: View = { width: 400, height: 800, theme: 'dark' };
const QUESTIONS = 3_000;

describe.skipIf(chromiumProgram() === undefined)(`the page of a report (${chromiumMissing()})`, () => {
  let folder: string;
  let url: string;
  let page: BrowserPage;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-page-'));
    const file = join(folder, 'report.html');
    await writeFile(file, await reportPage(madeReport({ questions: QUESTIONS, findings: ['stale_hit'] })));
    url = pathToFileURL(file).href;
    page = await BrowserPage.open(chromiumProgram() ?? '');
  });
  afterAll(async () => {
    await page?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const counted = (selector: string) => page.evaluate(`document.querySelectorAll(${JSON.stringify(selector)}).length`);

  it.each([wide, narrow])('loads nothing, complains of nothing and does not overflow at %o', async (view) => {
    const before = page.requests.length;
    await page.visit(url, view);
    await page.evaluate("document.querySelector('.opener').click()");
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    expect(page.requests.slice(before).filter((one) => one !== 'data:,')).toEqual([url]);
    expect(page.complaints).toEqual([]);
    expect(await page.evaluate('window.broken === undefined')).toBe(true);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(view.width);
    expect(await counted('figure')).toBe(4);
    expect(await counted('canvas')).toBe(4);
  });

  it('lists thousands of questions in pages, and finds, sorts and opens them', async () => {
    await page.visit(url, wide);
    expect(await counted('.rows .opener')).toBe(25);
    const told = () => page.evaluate("document.querySelector('.list [role=status]').textContent");
    expect(await told()).toBe('1 to 25 of 3,000 questions');
    const type = (text: string) =>
      `{ const box = document.querySelector('input'); box.value = ${JSON.stringify(text)}; box.dispatchEvent(new Event('input')); }`;
    await page.evaluate(type('q-2999'));
    expect(await told()).toBe('1 to 1 of 1 question');
    await page.evaluate(type('no such question'));
    expect(await told()).toBe('0 questions');
    await page.evaluate(type(''));
    await page.evaluate("document.querySelectorAll('.rows thead button')[2].click()");
    expect(await page.evaluate("document.querySelectorAll('.rows thead th')[2].getAttribute('aria-sort')")).toBe(
      'descending',
    );
  });

  it('opens a question by the keyboard, with its ranking and its metrics', async () => {
    await page.visit(url, wide);
    await page.evaluate("document.querySelector('.opener').focus()");
    await page.press('Enter');
    expect(await page.evaluate("document.activeElement.getAttribute('aria-expanded')")).toBe('true');
    expect(await counted('.opened table tbody tr')).toBeGreaterThan(10);
    expect(await page.evaluate('window.broken === undefined')).toBe(true);
    expect(page.complaints).toEqual([]);
  });

  it('opens the question that its address names', async () => {
    await page.visit('about:blank', wide);
    await page.visit(`${url}#question=q-2500`, wide);
    expect(await page.evaluate("document.querySelector('.opener[aria-expanded=true]').textContent")).toContain(
      'q-2500',
    );
  });

  it('has a name for every control, and headings in order', async () => {
    await page.visit(url, wide);
    const unnamed = await page.evaluate(
      "[...document.querySelectorAll('select, input')].filter(({ labels }) => labels.length === 0).length",
    );
    expect(unnamed).toBe(0);
    const levels = await page.evaluate(
      "[...document.querySelectorAll('h1, h2, h3')].map(({ tagName }) => Number(tagName[1]))",
    );
    const steps = (levels as number[]).map((level, at, all) => level - (all[at - 1] ?? 0));
    expect(Math.max(...steps)).toBe(1);
  });

  it('has a sister, the page of a comparison, that is as quiet', async () => {
    const [a, b] = [madeReport({ questions: 200 }), madeReport({ questions: 200, seed: 2 })];
    const questions = b.questions.map((question) => ({ ...question, content: null }));
    const file = join(folder, 'comparison.html');
    await writeFile(file, await comparisonPage(compareReports(a, { ...b, questions })));
    const before = page.requests.length;
    await page.visit(pathToFileURL(file).href, narrow);
    await page.evaluate("document.querySelector('.opener').click()");
    expect(await counted('.contexts tbody tr')).toBeGreaterThan(9);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(narrow.width);
    expect(page.requests.slice(before).filter((one) => !/^(?:file:|data:,$)/.test(one))).toEqual([]);
    expect(page.complaints).toEqual([]);
    expect(await page.evaluate('window.broken === undefined')).toBe(true);
  });

  it('follows the theme that the reader chooses, legends and paper among it', async () => {
    await page.visit(url, { ...wide, theme: 'dark' });
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const mark = () => page.evaluate("document.querySelectorAll('.u-marker')[1].style.borderColor");
    const dark = [await paper(), await mark()];
    const choose = "const theme = document.querySelector('#theme select'); theme.value = 'light';";
    await page.evaluate(`{ ${choose} theme.dispatchEvent(new Event('change')); }`);
    const light = [await paper(), await mark()];
    expect(light[0]).not.toBe(dark[0]);
    expect(light[1]).not.toBe(dark[1]);
  });

  it('is printed', async () => {
    await page.visit(url, { ...wide, theme: 'dark' });
    const pdf = Buffer.from(await page.print()).toString('latin1');
    expect(pdf.startsWith('%PDF-')).toBe(true);
    expect(page.complaints).toEqual([]);
  });
});
