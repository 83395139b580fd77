import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A process of the run that answers tasks by name. */
export type Child = {
  readonly pid: number;
  readonly output: () => string;
  /** @throws Error with the words of the task's fault. */
  readonly ask: <T>(task: string, args?: unknown) => Promise<T>;
  readonly stop: () => Promise<void>;
};

/** Servers share one core, whoever makes the load has the other: neither takes time from the other. */
export const CORES = { server: 0, load: 1 } as const;

/** Whether processes can be held to a core here. */
export const CAN_PIN = availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0;

export type ChildOptions = {
  readonly core: keyof typeof CORES;
  readonly env?: { readonly [name: string]: string };
  /** Resolves once the child has printed this; without it, once the child has said that it answers. */
  readonly ready?: string;
};

/** Starts `args` on its own core; it answers tasks by way of `answer-tasks.ts`. */
export async function startChild(args: readonly string[], { core, env = {}, ready }: ChildOptions): Promise<Child> {
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', ...args];
  const [program = '', ...rest] = CAN_PIN ? ['taskset', '-c', String(CORES[core]), ...command] : command;
  const child = spawn(program, rest, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'exit');
  await Promise.race([
    answering(child, () => ready === undefined || output.includes(ready)),
    ended.then(([code]) => Promise.reject(new Error(`${args.join(' ')} ended with ${String(code)}: ${output}`))),
  ]);
  return {
    pid: child.pid ?? 0,
    output: () => output,
    ask: asker(child),
    stop: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
}

async function answering(child: ChildProcess, isReady: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => child.once('message', () => resolve()));
  while (!isReady()) await once(child.stdout ?? child, 'data');
}

type Answer = { readonly id: number; readonly value?: unknown; readonly fault?: string };

function asker(child: ChildProcess): Child['ask'] {
  let last = 0;
  const open = new Map<number, (answer: Answer) => void>();
  child.on('message', (answer: Answer) => open.get(answer.id)?.(answer));
  child.once('exit', () => {
    for (const [id, settle] of open) settle({ id, fault: 'the process ended' });
  });
  return async <T>(task: string, args: unknown = null) => {
    const id = ++last;
    const answered = new Promise<Answer>((resolve) => open.set(id, resolve));
    child.send({ id, task, args });
    const { value, fault } = await answered;
    open.delete(id);
    if (fault !== undefined) throw new Error(`${task}: ${fault}`);
    return value as T; // both sides are files of this folder
  };
}
