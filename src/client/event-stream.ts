/** Reads an event stream as the HTML standard, section 9.2.6, does: `EventSource` itself could send no credential. */
import { clientLimits } from './limits.js';
import { TidemarkProblem } from './problem.js';

export interface StreamMessage {
  readonly event: string;
  readonly data: string;
  /** The last id the stream has given, with this message or before. */
  readonly lastId: string;
}

/** Yields undefined for a comment, so that the reader knows that somebody is there. */
export async function* messagesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamMessage | undefined> {
  let message = emptyMessage();
  let lastId = '';
  for await (const line of linesOf(chunks)) {
    if (line === '') {
      if (message.data.length > 0) {
        yield { event: message.event || 'message', data: message.data.join('\n'), lastId };
      }
      message = emptyMessage();
      continue;
    }
    if (line.startsWith(':')) {
      yield undefined;
      continue;
    }
    const [field, value] = fieldOf(line);
    if (field === 'event') message.event = value;
    else if (field === 'data') addLine(message, value);
    else if (field === 'id' && !value.includes('\0')) lastId = value;
  }
}

interface Message {
  event: string;
  readonly data: string[];
  /** Of all data lines, each with its line end: a line may be empty, and is held all the same. */
  chars: number;
}

function emptyMessage(): Message {
  return { event: '', data: [], chars: 0 };
}

function addLine(message: Message, line: string): void {
  message.chars += line.length + 1;
  if (message.chars > clientLimits.messageCharsMax) throw tooLong();
  message.data.push(line);
}

/** A line ends with CR LF, LF or CR. What follows the last line end is no line, as the standard wants it. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A CR at the end may be the first half of a CR LF: it is looked at together with what comes next.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > clientLimits.messageCharsMax) throw tooLong();
  }
}

function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  if (colon === -1) return [line, ''];
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value];
}

function tooLong(): TidemarkProblem {
  return new TidemarkProblem({
    code: 'reply_unreadable',
    message: 'the change stream holds a message longer than any of Tidemark',
    advice: 'Look at what answers at this address: another service, or a proxy in front of this one.',
    retriable: false,
  });
}

/** A body as chunks; leaving the loop closes the connection. Each read goes through `during`, which may end it. */
export async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  during: <T>(reading: Promise<T>) => Promise<T>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await during(reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    // A connection that is broken cannot be closed, and need not be.
    await reader.cancel().catch(() => undefined);
  }
}
