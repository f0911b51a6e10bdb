/** One page in a Chromium: what it asked for, what it complained of, and what it shows. */
import { invariant } from '../../../src/errors.js';
import { DevTools, type Facts } from './devtools.js';

export interface View {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly theme: 'light' | 'dark';
}

export class BrowserPage {
  /** Addresses of everything that was asked for, the page itself among them. */
  readonly requests: string[] = [];
  /** What the page threw, what it wrote to the console, and what the browser did, such as refusing by the content security policy. */
  readonly complaints: string[] = [];

  private constructor(
    private readonly devTools: DevTools,
    private readonly session: string,
  ) {}

  static async open(program: string): Promise<BrowserPage> {
    const devTools = await DevTools.start(program);
    const { targetId } = await devTools.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await devTools.send('Target.attachToTarget', { targetId, flatten: true });
    invariant(typeof sessionId === 'string', 'a session has a name');
    const page = new BrowserPage(devTools, sessionId);
    devTools.listen((method, params) => page.#hear(method, params));
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.#send(`${domain}.enable`);
    return page;
  }

  /** Resolves when it has loaded. */
  async visit(url: string, { width, height, theme }: View): Promise<void> {
    await this.#send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    await this.#send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: theme }] });
    const loaded = this.#once('Page.loadEventFired');
    await this.#send('Page.navigate', { url });
    await loaded;
  }

  /** The value of an expression, awaited; what it throws is thrown. */
  async evaluate(expression: string): Promise<unknown> {
    const asked = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', asked);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { readonly value?: unknown }).value;
  }

  /** As if typed on a keyboard: `Tab`, `Enter`. */
  async press(key: string): Promise<void> {
    const text = key === 'Enter' ? '\r' : undefined;
    const codes: Readonly<Record<string, number>> = { Enter: 13, Tab: 9 };
    const common = { key, code: key, windowsVirtualKeyCode: codes[key] ?? 0 };
    await this.#send('Input.dispatchKeyEvent', { type: 'keyDown', text, ...common });
    await this.#send('Input.dispatchKeyEvent', { type: 'keyUp', ...common });
  }

  /** PNG of a part of the page, beyond what is in view too; `top`, `width` and `height` in CSS pixels. */
  async picture(part: { readonly top: number; readonly width: number; readonly height: number }): Promise<Uint8Array> {
    const clip = { x: 0, y: part.top, width: part.width, height: part.height, scale: 1 };
    const { data } = await this.#send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true, clip });
    return Buffer.from(String(data), 'base64');
  }

  /** As it would be printed. */
  async print(): Promise<Uint8Array> {
    const { data } = await this.#send('Page.printToPDF', { printBackground: false });
    return Buffer.from(String(data), 'base64');
  }

  close(): Promise<void> {
    return this.devTools.close();
  }

  #send(method: string, params: Facts = {}): Promise<Facts> {
    return this.devTools.send(method, params, this.session);
  }

  #once(wanted: string): Promise<void> {
    return new Promise((resolve) => {
      this.devTools.listen((method) => {
        if (method === wanted) resolve();
      });
    });
  }

  #hear(method: string, params: Facts): void {
    if (method === 'Network.requestWillBeSent') {
      this.requests.push(String((params.request as Facts | undefined)?.url));
    } else if (['Runtime.exceptionThrown', 'Runtime.consoleAPICalled', 'Log.entryAdded'].includes(method)) {
      this.complaints.push(JSON.stringify(params));
    }
  }
}
