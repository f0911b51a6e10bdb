/** Progress of long work: a bar on standard error when a person watches, nothing when nobody does. */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  show(done: number, total: number): void;
  done(): void;
}

const silent: Progress = { show: () => {}, done: () => {} };

// Work that ends sooner needs no bar; one that flashes by only disturbs.
const SHOWN_AFTER_MS = 300;

export function startProgress(title: string, unit: string): Progress {
  if (!process.stderr.isTTY) return silent;
  const startedAtMs = performance.now();
  let bar: SingleBar | undefined;
  return {
    show: (done, total) => {
      if (bar === undefined) {
        if (performance.now() - startedAtMs < SHOWN_AFTER_MS || total === 0) return;
        const format = `${title} [{bar}] {percentage}% · {value}/{total} ${unit} · {eta_formatted}`;
        bar = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
        bar.start(total, done);
      }
      bar.setTotal(total);
      bar.update(done);
    },
    done: () => bar?.stop(),
  };
}
