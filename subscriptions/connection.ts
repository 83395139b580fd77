import type { WebSocket as Adapter } from 'graphql-ws';
import type { RawData, WebSocket } from 'ws';
import type { Web } from '../schema/context.ts';
import type { Log } from '../src/lib/log.ts';
import type { Wire } from './socket-reader.ts';

/**
 * What a caller may leave unread: far more than any documented answer. Streams wait until the last frame has left, so only answers pile up that
 * somebody asks for and never reads; such a connection is cut.
 */
const UNREAD_BYTES_MAX = 1024 * 1024;

const TEXT = { binary: false } as const;

/** Who opened a socket: all that is kept of the request that did. */
export type Visitor = { readonly address: string; readonly web: Web; readonly origin: string | null };

/** One open socket as graphql-ws knows it, and as readers write to it. */
export class Connection implements Adapter, Wire {
  readonly protocol: string;
  readonly visitor: Visitor;
  readonly #socket: WebSocket;
  readonly #log: Log;

  constructor(socket: WebSocket, visitor: Visitor, log: Log) {
    this.protocol = socket.protocol;
    this.visitor = visitor;
    this.#socket = socket;
    this.#log = log;
  }

  /** Resolves once the frame has left: whoever waits for it sends no faster than the other side reads. */
  send(text: string): Promise<void> {
    if (this.#isCut()) return Promise.resolve();
    return new Promise((resolve, reject) => this.#socket.send(text, (fault) => (fault ? reject(fault) : resolve())));
  }

  isBusy(): boolean {
    return this.#socket.bufferedAmount > 0;
  }

  sendFrame(frame: Buffer, sent?: () => void): void {
    if (!this.#isCut()) this.#socket.send(frame, TEXT, sent);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  onMessage(take: (text: string) => Promise<void>): void {
    this.#socket.on('message', (data: RawData) => {
      // What an operation does wrong is its answer; this is a message that the protocol does not know, an answer that could not be sent, or our fault.
      take(String(data)).catch((fault: unknown) => {
        this.#log.warn({ fault }, 'a socket was closed at a message that could not be answered');
        this.close(4500, 'Internal server error');
      });
    });
  }

  #isCut(): boolean {
    if (this.#socket.bufferedAmount > UNREAD_BYTES_MAX) this.#socket.terminate();
    return this.#socket.readyState !== this.#socket.OPEN;
  }
}
