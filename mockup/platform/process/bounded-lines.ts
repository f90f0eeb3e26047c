// Lines out of a stream that may write without end: each line costs a bounded memory.

import { StringDecoder } from 'node:string_decoder';

export const LINE_LENGTH_MAX = 2000;

/** Calls back for each line; what is beyond the limit of a line is dropped. */
export function readLines(
  stream: NodeJS.ReadableStream,
  onLine: (line: string) => void,
  onEnd: () => void = () => {},
): void {
  // The stream's own encoding is left alone: others may read it too.
  const decoder = new StringDecoder('utf8');
  let line = '';
  const endLine = () => {
    const whole = line.endsWith('\r') ? line.slice(0, -1) : line;
    line = '';
    onLine(whole);
  };
  const take = (text: string) => {
    for (const [index, part] of text.split('\n').entries()) {
      if (index > 0) endLine();
      line += part.slice(0, LINE_LENGTH_MAX - line.length);
    }
  };
  let finished = false;
  const finish = () => {
    if (finished) return;
    finished = true;
    take(decoder.end());
    if (line !== '') endLine();
    onEnd();
  };
  stream.on('data', (chunk: string | Buffer) => {
    take(typeof chunk === 'string' ? chunk : decoder.write(chunk));
  });
  stream.once('end', finish);
  // A stream that breaks off has no more lines.
  stream.once('error', finish);
  stream.once('close', finish);
}
