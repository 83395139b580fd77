import type { GraphQLError } from 'graphql';
import type { Beginning, Broadcast, Reader } from './broadcast.ts';

/** A socket, as far as readers write to it. */
export type Wire = {
  /** Something that was sent has not left yet: the other side reads slowly. */
  readonly isBusy: () => boolean;
  /** `sent` is called once the frame has left; not where the socket is closed, for then nothing is told any more. */
  readonly sendFrame: (frame: Buffer, sent?: () => void) => void;
};

export type SocketReaderDeps = {
  readonly wire: Wire;
  readonly id: string;
  readonly beginning: Beginning<object>;
  /** The broadcast to join; asked once, when it begins. */
  readonly broadcastOf: () => Broadcast<object>;
  readonly mask: (error: unknown) => GraphQLError;
};

const OVER = { done: true, value: undefined } as const;

/**
 * A socket's subscription to a broadcast. To graphql-ws it is a stream that never yields and ends when the broadcast does: it keeps the protocol,
 * while the frames go to the socket directly. For a slow socket at most two frames wait: it skips states, and ends with the newest.
 */
export class SocketReader implements Reader, AsyncIterableIterator<never> {
  readonly id: string;
  readonly #wire: Wire;
  readonly #mask: (error: unknown) => GraphQLError;
  /** How to begin; undefined once it has. */
  #begin: Pick<SocketReaderDeps, 'beginning' | 'broadcastOf'> | undefined;
  #broadcast: Broadcast<object> | undefined;
  #isOver = false;
  #isWaiting = false;
  #isBehind = false;
  #fault: GraphQLError | undefined;
  #ended: { readonly resolve: (over: typeof OVER) => void; readonly reject: (fault: unknown) => void } | undefined;

  constructor({ wire, id, mask, ...begin }: SocketReaderDeps) {
    this.id = id;
    this.#wire = wire;
    this.#mask = mask;
    this.#begin = begin;
  }

  isOver(): boolean {
    return this.#isOver;
  }

  /** Only where something waits already is it worth asking when a frame has left: that costs more than the rest of this. */
  tell(frame: Buffer): void {
    this.#isBehind = this.#isWaiting;
    if (this.#isWaiting) return;
    this.#isWaiting = this.#wire.isBusy();
    if (this.#isWaiting) this.#wire.sendFrame(frame, () => this.#goOn());
    else this.#wire.sendFrame(frame);
  }

  end(fault?: unknown): void {
    if (fault !== undefined) this.#fault = this.#mask(fault);
    this.#finish();
  }

  /** The first call begins: graphql-ws knows of the subscription only now, and can end it. */
  next(): Promise<IteratorResult<never>> {
    if (this.#isOver) return this.#fault ? Promise.reject(this.#fault) : Promise.resolve(OVER);
    const begin = this.#begin;
    this.#begin = undefined;
    const ended = new Promise<IteratorResult<never>>((resolve, reject) => {
      this.#ended = { resolve, reject };
    });
    this.#broadcast ??= begin?.broadcastOf();
    if (begin) void this.#broadcast?.join(this, begin.beginning);
    return ended;
  }

  async return(): Promise<IteratorResult<never>> {
    this.#finish();
    return OVER;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  #goOn(): void {
    this.#isWaiting = false;
    if (this.#isBehind) this.#broadcast?.ask(this);
    this.#isBehind = false;
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#begin?.beginning.leave();
    this.#begin = undefined;
    this.#broadcast?.leave(this);
    if (this.#fault) this.#ended?.reject(this.#fault);
    else this.#ended?.resolve(OVER);
  }
}
