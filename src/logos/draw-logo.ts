import type { Logo } from './logo.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { makeGate } from '../lib/gate.ts';
import { RefusalError } from '../lib/refusal.ts';
import { SECOND_MS } from '../lib/time.ts';
import { LOGO_DRAWN_BYTES_MAX, nameLogo } from './logo.ts';

/** How the drawing process says that the picture cannot be read; any other end but 0 is a fault of ours. */
export const UNREADABLE_EXIT = 3;
/** It takes a fifth of a second; on a machine that is starting everything at once, longer. */
const DRAW_TIMEOUT_MS = 10 * SECOND_MS;
/** Pictures are drawn one after another: a core, and at most some 100 MiB, whoever uploads. */
const DRAWN_AT_ONCE = 1;
/** Ten of them wait two seconds. */
const WAITING_MAX = 10;

const gate = makeGate({
  atOnce: DRAWN_AT_ONCE,
  waitingMax: WAITING_MAX,
  full: () =>
    new RefusalError({
      kind: 'unavailable',
      code: 'logos_busy',
      message: 'Too many logos are being drawn — please retry',
      retryAfterSeconds: 5,
    }),
});

/**
 * Draws a picture anew, in a process that is there for this one picture: it has no environment, no secrets and no connections, and whatever a
 * hostile file does to it ends with it. Null when it cannot be read, or took too long.
 * @param program path of `logo-process`
 * @throws RefusalError when too many wait for the same; Error when the process could not work at all
 */
export function drawLogo(program: string, picture: Uint8Array): Promise<Logo | null> {
  return gate(() => draw(program, picture));
}

async function draw(program: string, picture: Uint8Array): Promise<Logo | null> {
  const child = spawn(process.execPath, [program], {
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: DRAW_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const parts: Buffer[] = [];
  let length = 0;
  child.stdout.on('data', (part: Buffer) => {
    length += part.length;
    if (length > LOGO_DRAWN_BYTES_MAX) child.kill('SIGKILL');
    else parts.push(part);
  });
  child.stdin.on('error', () => {}); // it ended before it had read everything: its end says why
  child.stdin.end(picture);
  const [code, signal]: [number | null, string | null] = (await once(child, 'close')) as [number | null, string | null]; // as Node documents the event
  if (signal !== null || code === UNREADABLE_EXIT) return null;
  if (code !== 0 || length === 0) throw new Error(`the process that draws logos ended with ${code}`);
  return nameLogo(new Uint8Array(Buffer.concat(parts)));
}
