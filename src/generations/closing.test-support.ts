/** Engines for tests that count what is open, and whose indexes cannot be asked once they were closed. */
import type { OpenedMethod } from './generations.js';
import { openedMethod } from './service.test-support.js';

export class ClosingEngines {
  openCount = 0;
  /** What was asked after its close. */
  readonly late: string[] = [];
  /** Set by a test: it rejects with it. */
  fault: Error | undefined;

  readonly open = async (text: string): Promise<OpenedMethod> => {
    if (this.fault !== undefined) throw this.fault;
    const opened = openedMethod(text);
    this.openCount += 1;
    let isClosed = false;
    const index = new Proxy(opened.index, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...given: readonly unknown[]) => {
          if (isClosed) this.late.push(`${text}.${String(name)}`);
          return Reflect.apply(member, target, given);
        };
      },
    });
    const close = async () => {
      if (isClosed) this.late.push(`${text} closed twice`);
      isClosed = true;
      this.openCount -= 1;
    };
    return { ...opened, index, close };
  };
}
