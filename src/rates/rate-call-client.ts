import type { HttpCall } from '../lib/http-client.ts';
import { SECOND_MS } from '../lib/time.ts';

/** conformance P-19: a source that needs longer is treated as down. */
export const SOURCE_TIMEOUT_MS = 3 * SECOND_MS;

/** GETs `path` under a base address; the base's own query (it may hold a key) is kept. @throws when the answer is not 200 or not in time. */
export async function readRateText(
  http: HttpCall,
  call: { base: string; path: string; query?: { readonly [name: string]: string } },
): Promise<string> {
  const url = new URL(call.base);
  url.pathname = url.pathname.replace(/\/+$/, '') + call.path;
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
  const reply = await http({ method: 'GET', url: url.href, timeoutMs: SOURCE_TIMEOUT_MS });
  if (reply.status !== 200) throw new Error(`the rate source answered ${reply.status}`);
  return reply.text;
}
