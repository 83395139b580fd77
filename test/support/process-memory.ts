import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** Read in pieces that overlap by more than any secret is long. */
const PIECE_BYTES = 4 * 1024 * 1024;
const OVERLAP_BYTES = 256;

/** How often each of `wanted` stands in the memory that a process can write: heap, stacks, buffers. Only for processes of ours, on Linux. */
export function countInMemory(pid: number, wanted: readonly Uint8Array[]): number[] {
  const counts = wanted.map(() => 0);
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const piece = Buffer.alloc(PIECE_BYTES + OVERLAP_BYTES);
  try {
    for (const [start, end] of writableRegions(pid)) {
      for (let at = start; at < end; at += PIECE_BYTES) {
        const size = readSome(memory, { piece, at, size: Math.min(piece.length, end - at) });
        wanted.forEach((secret, index) => {
          const found = piece.subarray(0, size).indexOf(secret);
          if (found >= 0 && found < PIECE_BYTES) counts[index] = (counts[index] ?? 0) + 1;
        });
      }
    }
  } finally {
    closeSync(memory);
  }
  return counts;
}

function writableRegions(pid: number): [number, number][] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, start, end] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      return start && end ? [[Number.parseInt(start, 16), Number.parseInt(end, 16)] as [number, number]] : [];
    });
}

/** Reserved pages that were never touched cannot be read: there is nothing in them. */
function readSome(memory: number, { piece, at, size }: { piece: Buffer; at: number; size: number }): number {
  try {
    return readSync(memory, piece, 0, size, at);
  } catch {
    return 0;
  }
}
