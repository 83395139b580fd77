import type { BuiltClaim, ClaimRequest } from './claim-transaction.ts';
import type { ProofAnswer, ProofJob } from './proof-message.ts';
import type { LiquidOutput } from './transaction.ts';
import type { Unblinded } from './unblind.ts';
import { Worker } from 'node:worker_threads';
import { IN_TIME, pause, SECOND_MS } from '../lib/time.ts';

/**
 * Proof work blocks a thread for tens of milliseconds; here it runs in threads of its own. Claims go before unblinding: behind a claim
 * stands money with a timeout. Threads start with the first work and hold no process open while they are idle.
 */
export type ProofPool = {
  /** @throws (rejects) when the pool is full, closed, or its thread died; what was asked had no effect. */
  unblind(output: LiquidOutput, blindingPrivateKey: Uint8Array): Promise<Unblinded | null>;
  buildClaim(request: ClaimRequest): Promise<BuiltClaim>;
  /** Rejects what waits, stops the threads. */
  close(): Promise<void>;
};

/** About 25 s of unblinding on two threads: whoever would wait longer comes back with the next sweep. */
export const PROOF_QUEUE_MAX = 2_000;
/** A claim takes 0.1 s, the load of a thread 0.5 s: after this long a thread hangs and is replaced. */
const PROOF_TIMEOUT_MS = 30 * SECOND_MS;

/** Runs unbuilt (`.ts`) and built (`.js`). */
const WORKER_URL = new URL(import.meta.url.endsWith('.ts') ? './proof-worker.ts' : './proof-worker.js', import.meta.url);

type Task = { readonly job: ProofJob; readonly resolve: (answer: ProofAnswer) => void; readonly reject: (error: Error) => void };
type Thread = { readonly worker: Worker; task: Task | null; deadline: AbortController };

/** @param size threads at most; at least 1. */
export function startProofPool(size: number): ProofPool {
  if (!Number.isInteger(size) || size < 1) throw new RangeError('a proof pool has at least one thread');
  const threads = new Threads(size);
  return {
    async unblind(output, blindingPrivateKey) {
      const answer = await threads.run({ kind: 'unblind', output, blindingPrivateKey });
      if (answer.kind !== 'unblinded') throw new Error(failureOf(answer));
      return answer.unblinded;
    },
    async buildClaim(request) {
      const answer = await threads.run({ kind: 'claim', request });
      if (answer.kind !== 'claim') throw new Error(failureOf(answer));
      return answer.claim;
    },
    close: () => threads.close(),
  };
}

function failureOf(answer: ProofAnswer): string {
  return answer.kind === 'failed' ? answer.message : 'the proof thread answered something else';
}

class Threads {
  readonly #size: number;
  readonly #threads = new Set<Thread>();
  readonly #claims: Task[] = [];
  readonly #unblinds: Task[] = [];
  #closed = false;

  constructor(size: number) {
    this.#size = size;
  }

  run(job: ProofJob): Promise<ProofAnswer> {
    if (this.#closed) return Promise.reject(new Error('the proof pool is closed'));
    if (this.#claims.length + this.#unblinds.length >= PROOF_QUEUE_MAX) return Promise.reject(new Error('the proof queue is full'));
    return new Promise((resolve, reject) => {
      (job.kind === 'claim' ? this.#claims : this.#unblinds).push({ job, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const task of [...this.#claims.splice(0), ...this.#unblinds.splice(0)]) task.reject(new Error('the proof pool is closed'));
    await Promise.all([...this.#threads].map((thread) => this.#drop(thread, new Error('the proof pool is closed'))));
  }

  /** Gives waiting work to an idle thread, or to a new one while there may be more. */
  #next(): void {
    const idle = [...this.#threads].find((thread) => thread.task === null);
    const thread = idle ?? (this.#threads.size < this.#size ? this.#start() : null);
    if (!thread) return;
    const task = this.#claims.shift() ?? this.#unblinds.shift();
    if (!task) return;
    thread.task = task;
    thread.deadline = new AbortController();
    thread.worker.ref();
    this.#send(thread, task);
  }

  #send(thread: Thread, task: Task): void {
    try {
      thread.worker.postMessage(task.job);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#finish(thread, { kind: 'failed', message }); // something in the job cannot be copied to another thread
      return;
    }
    pause(PROOF_TIMEOUT_MS, thread.deadline.signal).then(
      () => this.#drop(thread, new Error('the proof thread did not answer in time')),
      () => {}, // answered in time
    );
  }

  #start(): Thread {
    const thread: Thread = { worker: new Worker(WORKER_URL), task: null, deadline: new AbortController() };
    thread.worker.unref();
    thread.worker.on('message', (answer: ProofAnswer) => this.#finish(thread, answer));
    thread.worker.on('error', (error) => void this.#drop(thread, error instanceof Error ? error : new Error(String(error))));
    thread.worker.on('exit', () => void this.#drop(thread, new Error('the proof thread ended')));
    this.#threads.add(thread);
    return thread;
  }

  #finish(thread: Thread, answer: ProofAnswer): void {
    const task = thread.task;
    thread.task = null;
    thread.deadline.abort(IN_TIME);
    thread.worker.unref();
    task?.resolve(answer);
    this.#next();
  }

  /** Forgets a thread; its call is rejected, the next work starts another. */
  async #drop(thread: Thread, reason: Error): Promise<void> {
    if (!this.#threads.delete(thread)) return;
    thread.deadline.abort();
    thread.task?.reject(reason);
    thread.task = null;
    if (!this.#closed) this.#next();
    await thread.worker.terminate();
  }
}
