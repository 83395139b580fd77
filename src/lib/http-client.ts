import { request } from 'undici';
import { deadline } from './time.ts';

/**
 * The door to HTTP services that the operator configured (swap providers, chain sources, rate sources).
 * Merchants' URLs never go through here: they have rules of their own.
 */
export type HttpCall = (call: HttpRequest) => Promise<HttpReply>;

export type HttpRequest = {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly json?: unknown;
  readonly text?: string;
  /** Whole deadline of the call, connection and body included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
};

export type HttpReply = {
  readonly status: number;
  readonly text: string;
};

/** The call failed before an answer was whole: refused, cut, too slow or too large. What was asked may have happened. */
export class HttpFault extends Error {
  readonly code: 'timeout' | 'too_large' | 'unreachable';
  constructor(code: HttpFault['code'], message: string) {
    super(message);
    this.name = 'HttpFault';
    this.code = code;
  }
}

/** A Liquid block in hex is about 25 kB; a pairs answer about 5 kB. More than this is not an answer to anything that we ask. */
export const REPLY_BYTES_MAX = 4 * 1024 * 1024;

export const httpCall: HttpCall = async (call) => {
  const { signal, done } = deadline(call.timeoutMs, call.signal);
  try {
    const reply = await request(call.url, { method: call.method, signal, ...bodyOf(call) });
    return { status: reply.statusCode, text: await readLimited(reply.body) };
  } catch (error) {
    if (error instanceof HttpFault) throw error;
    if (signal.aborted && !call.signal?.aborted) throw new HttpFault('timeout', `no whole answer within ${call.timeoutMs} ms`);
    throw new HttpFault('unreachable', error instanceof Error ? error.message : String(error));
  } finally {
    done();
  }
};

function bodyOf(call: HttpRequest): { body?: string; headers?: Record<string, string> } {
  if (call.json !== undefined) return { body: JSON.stringify(call.json), headers: { 'content-type': 'application/json' } };
  if (call.text !== undefined) return { body: call.text, headers: { 'content-type': 'text/plain' } };
  return {};
}

async function readLimited(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > REPLY_BYTES_MAX) throw new HttpFault('too_large', `the answer is larger than ${REPLY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
