import { pause } from '../src/lib/time.ts';

/** How often a socket has to show that somebody is still there: below the usual minute after which proxies give up on a silent connection. */
const BEAT_MS = 12_000;
/** Sockets that are asked at a time: a ms or two of writes, and of their answers. */
const ASKED_AT_ONCE = 50;

export type Beating = { readonly ping: () => void; readonly terminate: () => void };

/** Asks all sockets in turn whether they are still there, with one timer for all; whoever has not answered by the next time is let go. */
export class Heartbeat {
  readonly #present = new Set<Beating>();
  readonly #silent = new Set<Beating>();
  readonly #over = new AbortController();

  constructor(beatMs: number = BEAT_MS) {
    this.#run(beatMs).catch(() => {}); // it is over
  }

  watch(socket: Beating): void {
    this.#present.add(socket);
  }

  /** It has answered. */
  heard(socket: Beating): void {
    this.#silent.delete(socket);
  }

  forget(socket: Beating): void {
    this.#present.delete(socket);
    this.#silent.delete(socket);
  }

  stop(): void {
    this.#over.abort();
  }

  async #run(beatMs: number): Promise<never> {
    for (;;) {
      const sockets = [...this.#present];
      const turns = Math.max(1, Math.ceil(sockets.length / ASKED_AT_ONCE));
      for (let turn = 0; turn < turns; turn++) {
        for (const socket of sockets.slice(turn * ASKED_AT_ONCE, (turn + 1) * ASKED_AT_ONCE)) this.#ask(socket);
        await pause(beatMs / turns, this.#over.signal);
      }
    }
  }

  #ask(socket: Beating): void {
    if (!this.#present.has(socket)) return;
    if (this.#silent.has(socket)) {
      socket.terminate();
      return;
    }
    this.#silent.add(socket);
    socket.ping();
  }
}
