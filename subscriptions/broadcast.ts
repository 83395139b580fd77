import type { CurrentState, Source } from './current-state.ts';
import { nextTurn } from '../src/lib/time.ts';

/** A state as a reader is told it, made once for all of them. */
export type FrameOf = (id: string) => Buffer;

/** One of those who follow the same thing by the same operation. */
export type Reader = {
  /** By what name it knows its subscription. */
  readonly id: string;
  readonly isOver: () => boolean;
  readonly tell: (frame: Buffer) => void;
  /** No state comes any more: there is nothing to read, or reading failed with this fault. */
  readonly end: (fault?: unknown) => void;
};

/** What is known of a thing when somebody begins to follow it. */
export type Beginning<T> = Pick<CurrentState<T>, 'source' | 'isStale'> & {
  readonly first: T;
  /** Stops listening for itself. */
  readonly leave: () => void;
};

export type BroadcastDeps<T> = {
  readonly source: Source<T>;
  readonly framesOf: (state: T) => Promise<FrameOf>;
  /** Called when the last reader has left. */
  readonly onEmpty: () => void;
};

/** Readers that are told before the event loop may do something else: some 5 ms of socket writes. */
const TOLD_AT_ONCE = 500;

/**
 * One thing, followed for everybody who asks the same of it: one listener on the bus, and for each state one read, one execution and one text,
 * however many readers there are. Each reader is told its first state when it joins and then the newest after every announcement, as
 * `currentState` would tell it.
 */
export class Broadcast<T extends object> {
  readonly #deps: BroadcastDeps<T>;
  readonly #readers = new Set<Reader>();
  /** Whoever is to be told a state that is read from now on. */
  readonly #due = new Set<Reader>();
  /** Readers that came in the same moment were handed the same state: it is executed once for them too. */
  readonly #frames = new WeakMap<T, Promise<FrameOf>>();
  #joining = 0;
  #isLooking = false;
  #leave: (() => void) | undefined;

  constructor(deps: BroadcastDeps<T>) {
    this.#deps = deps;
  }

  /** Tells the reader its first state and every later one. What is announced meanwhile is heard by the reader's own beginning. */
  async join(reader: Reader, beginning: Beginning<T>): Promise<void> {
    this.#joining++;
    try {
      const frameOf = await this.#framesOf(beginning.first);
      if (!reader.isOver()) this.#admit(reader, frameOf, beginning);
    } catch (fault) {
      reader.end(fault);
    } finally {
      this.#joining--;
      beginning.leave();
      this.#endIfEmpty();
    }
  }

  /** The reader wants to be told how the thing stands now. */
  ask(reader: Reader): void {
    if (!this.#readers.has(reader)) return;
    this.#due.add(reader);
    void this.#look();
  }

  leave(reader: Reader): void {
    this.#due.delete(reader);
    if (this.#readers.delete(reader)) this.#endIfEmpty();
  }

  #admit(reader: Reader, frameOf: FrameOf, { isStale }: Beginning<T>): void {
    const { bus, topic } = this.#deps.source;
    this.#leave ??= bus.listen(topic, () => this.#askAll());
    this.#readers.add(reader);
    reader.tell(frameOf(reader.id));
    if (isStale()) this.ask(reader);
  }

  #endIfEmpty(): void {
    if (this.#readers.size > 0 || this.#joining > 0) return;
    this.#leave?.();
    this.#leave = undefined;
    this.#deps.onEmpty();
  }

  #askAll(): void {
    for (const reader of this.#readers) this.#due.add(reader);
    void this.#look();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#due.size > 0) await this.#tell(this.#takeDue());
    this.#isLooking = false;
  }

  /** Taken before the read begins: what is announced while it runs makes them due again. */
  #takeDue(): readonly Reader[] {
    const due = [...this.#due];
    this.#due.clear();
    return due;
  }

  async #tell(readers: readonly Reader[]): Promise<void> {
    try {
      const state = await this.#deps.source.read();
      const frameOf = state && (await this.#framesOf(state));
      for (const [place, reader] of readers.entries()) {
        if (place > 0 && place % TOLD_AT_ONCE === 0) await nextTurn();
        if (reader.isOver()) continue;
        if (frameOf) reader.tell(frameOf(reader.id));
        else reader.end();
      }
    } catch (fault) {
      for (const reader of readers) reader.end(fault);
    }
  }

  #framesOf(state: T): Promise<FrameOf> {
    const known = this.#frames.get(state);
    if (known) return known;
    const made = this.#deps.framesOf(state);
    this.#frames.set(state, made);
    return made;
  }
}
