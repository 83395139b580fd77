import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Secret } from '../lib/secret.ts';
import type { Answer, Ask, AskOut, Granted } from './signer-wire.ts';
import { spawn } from 'node:child_process';
import { lineReader, writeLine } from '../lib/lines.ts';
import { ok, refuse } from '../lib/result.ts';
import { makeRest, monotonicMs, SECOND_MS } from '../lib/time.ts';
import { SignerAway } from './signer-away.ts';
import { signerRefusal } from './signer.ts';
import { ANSWER_BYTES_MAX, answerWire, GRANTED, helloWire } from './signer-wire.ts';

/** What a signer's process is started with. Nothing secret stands in its arguments or its environment. */
export type SignerProgram = Readonly<{
  path: string;
  environment: Readonly<Record<string, string>>;
  /** Written to its input before anything else, as soon as it is known: meanwhile the process loads. */
  firstLine: Promise<Secret<string>>;
  /** An open file that it inherits as descriptor 3; null: none. */
  seedFile: number | null;
}>;

/** Keys that the server itself holds: made from the seed, and telling nothing of it or of any swap's key. */
export type SeedKeys = { readonly eventIdKey: Uint8Array; readonly recordKey: Uint8Array };

/** One life of the signer's process. */
export type SignerChannel = {
  readonly pid: number | null;
  /** @throws Error (rejects) when the process ends or says that it cannot serve. */
  readonly hello: Promise<SeedKeys>;
  /** Resolves with the reason once the process is gone. */
  readonly gone: Promise<string>;
  /** @throws SignerAway (rejects) when the process ends first or is too slow; Error when it could not read what it must. */
  ask<Body extends AskOut>(body: Body): Promise<Result<Granted<Body['ask']>, Refusal>>;
  /** Its input ends: it ends too. */
  end(): void;
  kill(): void;
};

/** A chain source has 5 s to answer, the swap's lease runs 20 s: whoever asked comes back later. */
const ASK_TIMEOUT_MS = 15 * SECOND_MS;
/** A slow answer is only late. Nothing heard at all for this long, while something is asked: it hangs, and is replaced. */
const HUNG_MS = 60 * SECOND_MS;
/** It loads in under a second; on a machine that is starting everything at once it takes longer. */
const HELLO_TIMEOUT_MS = 60 * SECOND_MS;

type Child = ChildProcessByStdio<Writable, Readable, null>;
type Pending = { readonly resolve: (answer: Answer) => void; readonly reject: (fault: Error) => void };

/** Starts a process of `program` and speaks with it. */
export function openSignerChannel(program: SignerProgram): SignerChannel {
  const child = spawnSigner(program);
  const pending = new Map<number, Pending>();
  child.stdin.on('error', () => {}); // a pipe to a process that has ended: its end is heard of too
  const greeted = program.firstLine.then((line) => void child.stdin.write(`${line.reveal()}\n`));
  const { gone, hello, kill, silence } = follow(child, pending, greeted);
  let lastId = 0;
  return {
    pid: child.pid ?? null,
    hello,
    gone,
    async ask<Body extends AskOut>(body: Body): Promise<Result<Granted<Body['ask']>, Refusal>> {
      if (child.exitCode !== null || child.signalCode !== null) throw new SignerAway('it has ended');
      const id = ++lastId;
      const answered = new Promise<Answer>((resolve, reject) => pending.set(id, { resolve, reject }));
      silence.begins();
      writeLine(child.stdin, { ...body, id });
      const answer = await inTime(answered, ASK_TIMEOUT_MS, () => silence.ms() >= HUNG_MS && kill()).finally(() => pending.delete(id));
      if ('fault' in answer) throw new Error(`the signer could not answer: ${answer.fault}`);
      if ('refused' in answer) return refuse(signerRefusal(answer.refused));
      return ok(grantedTo<Body['ask']>(body.ask, answer.granted));
    },
    end: () => void child.stdin.end(),
    kill,
  };
}

/** V8's helpers do not stand back with the signer: one fewer than there are cores, at least one, not four (as for the server, scripts/run-server.mjs). */
const HELPERS = '--v8-pool-size=0';

function spawnSigner({ path, environment, seedFile }: SignerProgram): Child {
  const flags = path.endsWith('.ts') ? ['--disable-warning=ExperimentalWarning'] : ['--enable-source-maps'];
  const args = [...flags, HELPERS, path];
  const stdio = ['pipe', 'pipe', 'inherit', ...(seedFile === null ? [] : [seedFile])] as ['pipe', 'pipe', 'inherit']; // the descriptor stands behind the three that are typed
  return spawn(process.execPath, args, { env: { ...environment }, stdio });
}

function follow(child: Child, pending: Map<number, Pending>, greeted: Promise<void>) {
  const kill = () => void child.kill('SIGKILL');
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal === null ? `it ended with ${code}` : `it was ended by ${signal}`));
  });
  void gone.then((why) => {
    for (const { reject } of pending.values()) reject(new SignerAway(why));
    pending.clear();
  });
  const silence = silenceClock();
  const firstLine = new Promise<unknown>((resolve, reject) => {
    void gone.then((why) => reject(new SignerAway(why)));
    let isHello = true;
    const read = lineReader(ANSWER_BYTES_MAX, (line) => {
      silence.ends();
      const value = parseJson(line);
      if (!isHello) return hear(value, pending) || kill(); // whoever talks nonsense may have lost its mind: another one is started
      isHello = false;
      resolve(value);
    });
    child.stdout.on('data', read);
  });
  firstLine.catch(() => {}); // heard of below, once it was greeted
  const hello = greeted.then(async () => {
    const said = helloWire.parse(await inTime(firstLine, HELLO_TIMEOUT_MS, kill));
    if ('failed' in said) throw new Error(said.failed);
    return { eventIdKey: said.eventIdKey, recordKey: said.recordKey };
  });
  hello.catch(() => {}); // whoever waits for it hears of it
  return { gone, hello, kill, silence };
}

/** How long something has been asked and nothing heard; 0 while nothing is asked. */
function silenceClock() {
  let sinceMs: number | null = null;
  return {
    begins: () => {
      sinceMs ??= monotonicMs();
    },
    ends: () => {
      sinceMs = null;
    },
    ms: () => (sinceMs === null ? 0 : monotonicMs() - sinceMs),
  };
}

/** Gives an answer to whoever asked. False: it is none. */
function hear(value: unknown, pending: Map<number, Pending>): boolean {
  const answer = answerWire.safeParse(value);
  if (!answer.success || answer.data.id === null) return false;
  pending.get(answer.data.id)?.resolve(answer.data);
  return true;
}

function parseJson(line: string | null): unknown {
  try {
    return line === null ? null : JSON.parse(line);
  } catch {
    return null; // no object: refused where it is judged
  }
}

/** @throws Error when it is not what was asked for: the signer is ours, so one of the two is broken. */
function grantedTo<Name extends Ask['ask']>(name: Name, value: unknown): Granted<Name> {
  return GRANTED[name].parse(value) as Granted<Name>; // the table's row for this very name
}

async function inTime<T>(work: Promise<T>, withinMs: number, otherwise: () => unknown): Promise<T> {
  const clock = makeRest();
  let isOver = false;
  const late = clock.rest(withinMs).then(() => {
    if (isOver) return work;
    otherwise();
    throw new SignerAway(`no answer within ${withinMs} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    isOver = true;
    clock.end();
  }
}
