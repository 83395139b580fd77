import type { Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import type { ProviderEndpoint } from './provider-client.ts';
import { WebSocket } from 'ws';
import { backoffMs } from '../lib/backoff.ts';
import { monotonicMs, pause } from '../lib/time.ts';
import { updateFrameWire } from './provider-wire.ts';

export type SocketDeps = {
  readonly log: Log;
  readonly random: Random;
  /** Something may have happened: go and look. Nothing else is believed of what a socket says. */
  readonly hint: (providerSwapId: string) => void;
  /** Ids of swaps that can still change, newest first. */
  readonly liveIds: () => Promise<readonly string[]>;
};

export type ProviderSocket = {
  start(): void;
  /** At once, for a swap that has just been opened. The refresh would find it a little later. */
  listenTo(providerSwapId: string): void;
  stop(): Promise<void>;
};

/** The server refuses more in one subscribe (its default). */
const IDS_PER_SUBSCRIBE = 100;
/** The server closes after ten silent minutes, middleboxes much earlier. */
const PING_EVERY_MS = 15_000;
/** A pong that has not come by then: the connection is half open. */
const SILENCE_MAX_MS = 40_000;
/** Also how long a swap opened by another process may go unheard; the sweep would be enough alone. */
const REFRESH_EVERY_MS = 5_000;
const HANDSHAKE_MS = 10_000;
const FRAME_BYTES_MAX = 1_000_000;
const RECONNECT_BASE_MS = 1_000;
const RECONNECT_CAP_MS = 30_000;

/** One WebSocket to one provider: subscriptions die with a connection, so each new one subscribes to everything again. */
export function providerSocket(deps: SocketDeps, endpoint: ProviderEndpoint): ProviderSocket {
  let stopping: AbortController | null = null;
  let running: Promise<void> = Promise.resolve();
  let current: Connection | null = null;
  return {
    start() {
      if (stopping) return;
      stopping = new AbortController();
      const { signal } = stopping;
      running = keepConnected(deps, endpoint, { signal, use: (connection) => (current = connection) });
    },
    listenTo(providerSwapId) {
      current?.subscribe([providerSwapId]);
    },
    async stop() {
      stopping?.abort(new Error('stopped'));
      current?.close();
      await running;
      stopping = null;
    },
  };
}

type Session = { readonly signal: AbortSignal; readonly use: (connection: Connection | null) => void };

async function keepConnected(deps: SocketDeps, endpoint: ProviderEndpoint, session: Session): Promise<void> {
  let failures = 0;
  while (!session.signal.aborted) {
    const connection = new Connection(deps, endpoint);
    session.use(connection);
    const served = await connection.serve(session.signal);
    session.use(null);
    if (session.signal.aborted) return;
    failures = served ? 0 : failures + 1;
    if (failures === 1) deps.log.warn({ provider: endpoint.name }, 'provider socket lost, swaps are followed by looking');
    const chance = (deps.random(1)[0] ?? 0) / 256;
    await pause(backoffMs(failures, RECONNECT_BASE_MS, RECONNECT_CAP_MS, chance), session.signal).catch(() => undefined); // stopped while waiting
  }
}

/** One connection's life. */
class Connection {
  readonly #deps: SocketDeps;
  readonly #socket: WebSocket;
  readonly #subscribed = new Set<string>();
  #heardAtMs = monotonicMs();
  #opened = false;

  constructor(deps: SocketDeps, endpoint: ProviderEndpoint) {
    this.#deps = deps;
    const url = `${endpoint.url.replace(/^http/, 'ws')}/ws`;
    this.#socket = new WebSocket(url, { handshakeTimeout: HANDSHAKE_MS, maxPayload: FRAME_BYTES_MAX, perMessageDeflate: false });
  }

  /** Ends with the connection. True when it was ever open. */
  async serve(signal: AbortSignal): Promise<boolean> {
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    const ended = new AbortController();
    this.#socket.on('error', () => this.#socket.terminate()); // 'close' follows; the loss is logged by the loop
    this.#socket.on('message', (data) => this.#onMessage(String(data)));
    this.#socket.on('ping', () => {
      this.#heardAtMs = monotonicMs();
    });
    this.#socket.once('open', () => {
      this.#opened = true;
      void this.#tend(AbortSignal.any([signal, ended.signal]));
    });
    await closed;
    ended.abort(new Error('closed'));
    return this.#opened;
  }

  subscribe(ids: readonly string[]): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const fresh = ids.filter((id) => !this.#subscribed.has(id));
    for (let from = 0; from < fresh.length; from += IDS_PER_SUBSCRIBE) {
      const args = fresh.slice(from, from + IDS_PER_SUBSCRIBE);
      this.#send({ op: 'subscribe', channel: 'swap.update', args });
      for (const id of args) this.#subscribed.add(id);
    }
  }

  close(): void {
    this.#socket.terminate();
  }

  /** Subscribes to what is live, drops what is over, and notices a connection that has gone silent. */
  async #tend(signal: AbortSignal): Promise<void> {
    let pingedAtMs = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      await this.#refresh();
      if (monotonicMs() - this.#heardAtMs > SILENCE_MAX_MS) return this.#socket.terminate();
      if (monotonicMs() - pingedAtMs >= PING_EVERY_MS) {
        this.#send({ op: 'ping' });
        pingedAtMs = monotonicMs();
      }
      await pause(REFRESH_EVERY_MS, signal).catch(() => undefined); // the connection ended while waiting
    }
  }

  async #refresh(): Promise<void> {
    try {
      const live = await this.#deps.liveIds();
      this.subscribe(live);
      const over = [...this.#subscribed].filter((id) => !live.includes(id));
      if (over.length > 0) this.#send({ op: 'unsubscribe', channel: 'swap.update', args: over });
      for (const id of over) this.#subscribed.delete(id);
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'open swaps could not be listed for the provider socket');
    }
  }

  #send(frame: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #onMessage(text: string): void {
    this.#heardAtMs = monotonicMs();
    const frame = updateFrameWire.safeParse(parseJson(text));
    if (!frame.success) return;
    for (const { id } of frame.data.args) this.#deps.hint(id);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
