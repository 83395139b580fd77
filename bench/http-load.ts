import { Pool } from 'undici';
import { quantile } from './rounds.ts';

export type HttpLoad = {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers?: { readonly [name: string]: string };
  /** Sent in turn. */
  readonly bodies?: readonly string[];
  /** Paths in turn, instead of that of `url`. */
  readonly paths?: readonly string[];
  readonly connections: number;
  readonly status: number;
  /** Ends after so long, or after so many requests. */
  readonly ms?: number;
  readonly requests?: number;
};
export type Served = { readonly perSecond: number; readonly p50Ms: number; readonly p99Ms: number; readonly count: number };

/** As much load as `connections` callers make that each wait for their answer. @throws Error when an answer is not the expected one. */
export async function loadHttp(load: HttpLoad): Promise<Served> {
  const { origin, pathname } = new URL(load.url);
  const pool = new Pool(origin, { connections: load.connections, pipelining: 1 });
  const paths = load.paths ?? [pathname];
  const bodies = load.bodies ?? [];
  const tookMs: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + (load.ms ?? Number.POSITIVE_INFINITY);
  const most = load.requests ?? Number.POSITIVE_INFINITY;
  let sent = 0;
  const caller = async () => {
    while (performance.now() < endMs && sent < most) {
      const turn = sent++;
      const sentMs = performance.now();
      const body = bodies[turn % Math.max(1, bodies.length)] ?? null;
      const path = paths[turn % paths.length] ?? pathname;
      const answer = await pool.request({ path, method: load.method, headers: load.headers ?? {}, body });
      const text = await answer.body.text();
      if (answer.statusCode !== load.status || text.includes('"errors"'))
        throw new Error(`${path} ${answer.statusCode}: ${text.slice(0, 300)}`);
      tookMs.push(performance.now() - sentMs);
    }
  };
  try {
    await Promise.all(Array.from({ length: load.connections }, caller));
  } finally {
    await pool.destroy();
  }
  const seconds = (performance.now() - startedMs) / 1e3;
  return { perSecond: tookMs.length / seconds, p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99), count: tookMs.length };
}
