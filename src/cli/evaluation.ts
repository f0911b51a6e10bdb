/**
 * What the evaluation does for the command line. It lies outside `src`, so `main` hands it to the commands (`Composition.evaluation`);
 * everything it tells is plain data, and the commands show it.
 */
import type { Config } from '../config.js';
import type { JsonObject } from '../domain/canonical.js';

/** How long work is watched and ended. */
export interface Watching {
  /** Aborts when somebody asks to end: what is done so far is kept. */
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
}

export type Tone = 'plain' | 'strong' | 'dim' | 'good' | 'warn' | 'bad';

/** One line for a person; a table's columns are padded already. */
export interface ToldLine {
  readonly text: string;
  readonly tone: Tone;
}

/** How a command of the evaluation ended. */
export type Told =
  | {
      readonly kind: 'done';
      /** False: a threshold was missed, or a replayed snapshot differs. */
      readonly passed: boolean;
      readonly lines: readonly ToldLine[];
      readonly json: JsonObject;
      /** What was written. */
      readonly files: readonly string[];
    }
  /** `goOn`: the command that goes on from here, without the program's name. */
  | { readonly kind: 'interrupted'; readonly done: number; readonly total: number; readonly goOn: string };

export interface RunWish {
  readonly suite: string;
  /** Folder of the run. Absent: `data/eval/<name of the suite>/<set-up>`. */
  readonly out?: string;
  /** Goes on with the answers that are in the folder; otherwise they are asked for anew. */
  readonly resume: boolean;
  /** Name of one of the suite's set-ups. Absent: the suite's own choice. */
  readonly setup?: string;
}

export type CompareWish =
  | {
      readonly kind: 'setups';
      readonly suite: string;
      /** Two of the suite's set-ups by name, or what EMBEDDER takes; the present one first. */
      readonly setups: readonly [string, string];
      readonly out?: string;
      readonly resume: boolean;
    }
  /** Files of finished runs' reports, the present one first; the comparison is written to `out`, or beside the second. */
  | { readonly kind: 'reports'; readonly reports: readonly [string, string]; readonly out?: string };

export interface ReportWish {
  /** Folder of a run; its report is made again from suite and answers, without asking anything. */
  readonly run: string;
  /** Where the page is written as well. */
  readonly html?: string;
}

/** Of the instants that snapshots are about, milliseconds since 1970: at or after `fromMs`, before `toMs`. */
export interface CaptureWish {
  readonly folder: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Null: of all. */
  readonly tenant: string | null;
  /** Otherwise it is only counted. */
  readonly isWritten: boolean;
}

export interface CapturedFacts {
  readonly questions: number;
  readonly records: number;
  readonly labels: number;
  /** What was left out and why, one clear line each. */
  readonly notices: readonly string[];
  /** The suite first; none where nothing was to be written. */
  readonly files: readonly string[];
}

/** Errors: `suite_invalid` and `config_invalid` for what was wrong before anything began. */
export interface Evaluation {
  run(config: Config, wish: RunWish, watching: Watching): Promise<Told>;
  compare(config: Config, wish: CompareWish, watching: Watching): Promise<Told>;
  report(config: Config, wish: ReportWish): Promise<Told>;
  /** Errors: also `snapshot_not_found` where there is nothing to cut, `past_lost` where records have expired. */
  capture(config: Config, wish: CaptureWish): Promise<CapturedFacts>;
}
