import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { quantile } from './rounds.ts';

export type SteadyLoad = {
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  readonly status: number;
  readonly perSecond: number;
  readonly seconds: number;
};
export type Steady = { readonly p50Ms: number; readonly p99Ms: number; readonly count: number; readonly faults: readonly string[] };

/** Connections at most: a second's requests that none of is answered yet. */
const CONNECTIONS = 64;
const FAULTS_KEPT = 5;

/**
 * POSTs at a steady rate, whether or not the earlier ones are answered: a server that stands still is not spared. Each takes from the moment in
 * which it was due. Faults are kept, not thrown: how many there were is what is asked.
 */
export async function loadSteadily({ url, headers, body, status, perSecond, seconds }: SteadyLoad): Promise<Steady & { lost: number }> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: CONNECTIONS, pipelining: 1 });
  const tookMs: number[] = [];
  const faults: string[] = [];
  const one = async (dueMs: number) => {
    const answer = await pool.request({ path: pathname, method: 'POST', headers, body });
    const text = await answer.body.text();
    if (answer.statusCode !== status) faults.push(`${answer.statusCode}: ${text.slice(0, 200)}`);
    tookMs.push(performance.now() - dueMs);
  };
  const startedMs = performance.now();
  const sent: Promise<void>[] = [];
  for (let turn = 0; turn < perSecond * seconds; turn++) {
    const dueMs = startedMs + (turn * 1e3) / perSecond;
    await pause(Math.max(0, dueMs - performance.now()));
    sent.push(one(dueMs).catch((fault: unknown) => void faults.push(String(fault))));
  }
  await Promise.all(sent);
  await pool.destroy();
  const figures = { p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99), count: tookMs.length };
  return { ...figures, lost: faults.length, faults: faults.slice(0, FAULTS_KEPT) };
}
