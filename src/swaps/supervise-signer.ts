import type { Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { SignerChannel } from './signer-client.ts';
import type { Signer } from './signer.ts';
import { backoffMs } from '../lib/backoff.ts';
import { sameBytes, toHex } from '../lib/bytes.ts';
import { ok } from '../lib/result.ts';
import { Secret } from '../lib/secret.ts';
import { monotonicMs, pause, SECOND_MS } from '../lib/time.ts';
import { askKeysAhead } from './ask-keys-ahead.ts';
import { SignerAway } from './signer-away.ts';

export type RunningSigner = Signer & {
  /** From the seed: makes the ids of events that are the same after a rebuild. */
  readonly eventIdKey: Secret<Uint8Array>;
  /** From the seed: seals recovery records. */
  readonly recordKey: Secret<Uint8Array>;
  /** Of the process that serves now; null while there is none. */
  readonly pid: () => number | null;
  /** Ends the process. What is asked from now on is refused. */
  readonly close: () => Promise<void>;
};

export type SuperviseDeps = { readonly log: Log; readonly random: Random; readonly open: () => SignerChannel };

/** A signer that died is back in about a second; whoever asks meanwhile waits this long, then comes back later. */
const RETURN_WAIT_MS = 5 * SECOND_MS;
const BACKOFF_BASE_MS = 100;
const BACKOFF_CAP_MS = 10 * SECOND_MS;
/** Whoever lived this long did not die of its start: the next one follows without a pause. */
const SETTLED_MS = 10 * SECOND_MS;
/** From the end of its input to its own end. */
const END_WAIT_MS = 2 * SECOND_MS;

/** Starts the signer's process and starts it again whenever it ends. @throws Error when the first one cannot serve. */
export async function superviseSigner(deps: SuperviseDeps): Promise<RunningSigner> {
  const first = deps.open();
  const { eventIdKey, recordKey } = await first.hello.catch((error: unknown) => {
    first.kill();
    throw error;
  });
  const keeper = new Keeper(deps, { channel: first, eventIdKey });
  return {
    ...signerOver(keeper),
    eventIdKey: new Secret(eventIdKey),
    recordKey: new Secret(recordKey),
    pid: () => keeper.pid,
    close: () => keeper.close(),
  };
}

class Keeper {
  readonly #deps: SuperviseDeps;
  readonly #eventIdKey: Uint8Array;
  readonly #ending = new AbortController();
  readonly #lives: Promise<void>;
  #channel: SignerChannel | null;
  /** Resolves with the next channel; replaced when that one is gone. */
  #next = Promise.withResolvers<SignerChannel>();

  constructor(deps: SuperviseDeps, { channel, eventIdKey }: { channel: SignerChannel; eventIdKey: Uint8Array }) {
    this.#deps = deps;
    this.#eventIdKey = eventIdKey;
    this.#channel = channel;
    this.#lives = this.#live(channel);
  }

  get pid(): number | null {
    return this.#channel?.pid ?? null;
  }

  async current(): Promise<SignerChannel> {
    if (this.#ending.signal.aborted) throw new SignerAway('the server stops');
    if (this.#channel) return this.#channel;
    const over = new AbortController();
    const late = pause(RETURN_WAIT_MS, AbortSignal.any([over.signal, this.#ending.signal])).catch(() => {});
    const channel = await Promise.race([this.#next.promise, late]).finally(() => over.abort());
    if (!channel) throw new SignerAway('it is being started again');
    return channel;
  }

  async close(): Promise<void> {
    this.#ending.abort();
    const channel = this.#channel;
    channel?.end();
    const over = new AbortController();
    void pause(END_WAIT_MS, over.signal).then(
      () => channel?.kill(),
      () => {}, // it ended by itself
    );
    await this.#lives.finally(() => over.abort());
  }

  async #live(first: SignerChannel): Promise<void> {
    let deaths = 0;
    for (let channel: SignerChannel | null = first; channel; ) {
      const bornMs = monotonicMs();
      const why = await channel.gone;
      this.#channel = null;
      if (this.#ending.signal.aborted) return;
      deaths = monotonicMs() - bornMs > SETTLED_MS ? 0 : deaths + 1;
      this.#deps.log.error({ why, deaths }, 'the signer is gone, another one is started');
      channel = await this.#another(deaths);
    }
  }

  /** Tries until one serves; null when the server stops first. */
  async #another(deaths: number): Promise<SignerChannel | null> {
    for (let tries = deaths; ; tries++) {
      const [chance = 0] = this.#deps.random(1);
      const waitMs = tries === 0 ? 0 : backoffMs(tries - 1, BACKOFF_BASE_MS, BACKOFF_CAP_MS, chance / 256);
      await pause(waitMs, this.#ending.signal).catch(() => {}); // asked about below
      if (this.#ending.signal.aborted) return null;
      const channel = this.#deps.open();
      const ended = () => channel.kill();
      this.#ending.signal.addEventListener('abort', ended, { once: true });
      const fault = await this.#faultOf(channel);
      this.#ending.signal.removeEventListener('abort', ended);
      if (fault === null) return this.#serve(channel);
      channel.kill();
      this.#deps.log.error({ fault }, 'the signer could not be started again');
    }
  }

  async #faultOf(channel: SignerChannel): Promise<string | null> {
    try {
      const { eventIdKey } = await channel.hello;
      return sameBytes(eventIdKey, this.#eventIdKey) ? null : 'it came back with another seed';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #serve(channel: SignerChannel): SignerChannel {
    this.#channel = channel;
    this.#next.resolve(channel);
    this.#next = Promise.withResolvers();
    return channel;
  }
}

function signerOver(keeper: Keeper): Signer {
  return {
    async fingerprint(era) {
      return mustBeGranted(await (await keeper.current()).ask({ ask: 'fingerprint', era })).fingerprint;
    },
    swapKeys: askKeysAhead(async ({ era, index }, count) =>
      mustBeGranted(await (await keeper.current()).ask({ ask: 'swap_keys', era, index, count })),
    ),
    async signStoredClaim(swapId) {
      return (await keeper.current()).ask({ ask: 'sign_stored_claim', swapId });
    },
    async startCooperative(swapId) {
      const channel = await keeper.current(); // the session lives and dies with this very process
      const started = await channel.ask({ ask: 'start_cooperative', swapId });
      if (!started.ok) return started;
      const { session, publicNonce, preimage } = started.value;
      let over = false;
      return ok({
        publicNonce,
        preimage,
        async finish(theirNonce, theirPartial) {
          over = true;
          return mustBeGranted(await channel.ask(finishOf(session, theirNonce, theirPartial))).reveal();
        },
        abandon() {
          if (!over) channel.ask({ ask: 'abandon_cooperative', session }).catch(() => {}); // it forgets by itself, later
          over = true;
        },
      });
    },
  };
}

function finishOf(session: string, theirNonce: Uint8Array, theirPartial: Uint8Array) {
  return { ask: 'finish_cooperative', session, theirNonce: toHex(theirNonce), theirPartial: toHex(theirPartial) } as const;
}

/** @throws Error: what has no rule that could refuse it was refused. */
function mustBeGranted<T>(result: Result<T, Refusal>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}
