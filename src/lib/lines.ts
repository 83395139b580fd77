import type { Writable } from 'node:stream';

/**
 * Cuts a stream of bytes into lines of UTF-8. A line of more than `bytesMax` is not kept: `onLine` hears null for it, once, and what
 * follows its end is read as usual.
 */
export function lineReader(bytesMax: number, onLine: (line: string | null) => void): (chunk: Uint8Array) => void {
  let parts: Uint8Array[] = [];
  let size = 0;
  let skipping = false;
  const add = (part: Uint8Array) => {
    if (skipping) return;
    parts.push(part);
    size += part.length;
    if (size <= bytesMax) return;
    [parts, size, skipping] = [[], 0, true];
    onLine(null);
  };
  const end = () => {
    if (!skipping) onLine(Buffer.concat(parts).toString('utf8'));
    [parts, size, skipping] = [[], 0, false];
  };
  return (chunk) => {
    let rest = chunk;
    for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
      add(rest.subarray(0, at));
      end();
      rest = rest.subarray(at + 1);
    }
    if (rest.length > 0) add(rest);
  };
}

const NEWLINE = 10;

/** A message as a line of JSON. Those that are written in the same breath leave in one write: each wakes the process at the other end. */
export function writeLine(stream: Writable, message: object): void {
  stream.cork();
  stream.write(`${JSON.stringify(message)}\n`);
  process.nextTick(() => stream.uncork());
}
