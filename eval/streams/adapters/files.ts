/** The files of a data set: read whole, by line, with an error that names file and line. Their texts stay out of the messages. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { readJsonText } from '../../../src/domain/json.js';
import { TidemarkError } from '../../../src/errors.js';

export interface DataFile {
  /** As it is named in an error: relative to the folder. */
  readonly name: string;
  readonly text: string;
}

/** One clear line: what is wrong with which file. */
export function badData(file: string, fault: string): TidemarkError {
  const advice = 'Correct the file, or name another folder.';
  return new TidemarkError({ code: 'suite_invalid', message: `${file}: ${fault}.`, advice, retriable: false });
}

/** Throws `suite_invalid` when the folder does not have it. */
export function openFile(folder: string, name: string): DataFile {
  const path = join(folder, name);
  if (!existsSync(path) || !statSync(path).isFile()) throw badData(name, `is not in the folder ${folder}`);
  return { name, text: readFileSync(path, 'utf8') };
}

export interface NumberedLine {
  readonly line: string;
  /** From 1. */
  readonly number: number;
}

/** Lines that are not empty. */
export function linesOf({ text }: DataFile): readonly NumberedLine[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line !== '');
}

/** A row a line; throws `suite_invalid` with the line that is no JSON, or no row of that shape. */
export function jsonRows<Row>(
  file: DataFile,
  schema: z.ZodType<Row>,
): readonly (NumberedLine & { readonly row: Row })[] {
  return linesOf(file).map((numbered) => {
    const reading = readJsonText(numbered.line);
    if (!reading.ok) throw badData(file.name, `line ${numbered.number} ${reading.rejection.detail}`);
    const result = schema.safeParse(reading.value);
    if (result.success) return { ...numbered, row: result.data };
    const [issue] = result.error.issues;
    const at = issue === undefined || issue.path.length === 0 ? 'the row' : issue.path.join('.');
    throw badData(file.name, `line ${numbered.number}: ${at}: ${issue?.message ?? 'has another shape'}`);
  });
}
