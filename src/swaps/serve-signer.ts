import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Answer, Ask } from './signer-wire.ts';
import type { CooperativeClaim, SignedClaim, Signer } from './signer.ts';
import { toHex } from '../lib/bytes.ts';
import { ok, refuse } from '../lib/result.ts';
import { pause } from '../lib/time.ts';
import { signerRefusal } from './signer.ts';
import { ASK_CHARS_MAX, askWire, FAULT_CHARS_MAX } from './signer-wire.ts';

export type ServeDeps = { readonly signer: Signer; readonly random: Random; readonly say: (answer: Answer) => void };

/** Signatures begun and not finished. The server asks for one a swap, so this many means that somebody collects nonces. */
const SESSIONS_MAX = 1_000;
/** The server gives a provider three seconds; a key that is still held after this is wiped. */
const SESSION_MS = 10_000;
/** Asks that wait for the database or the chain. More is a flood. */
const OPEN_ASKS_MAX = 1_000;

/** The signer's side of the channel: each line is judged, asked of the signer, and answered once. Null stands for a line that was too long. */
export function serveSigner(deps: ServeDeps): (line: string | null) => void {
  const sessions = new Map<string, CooperativeClaim>();
  let open = 0;
  return (line) => {
    const ask = parseAsk(line);
    if ('refused' in ask) return deps.say(ask);
    if (open >= OPEN_ASKS_MAX) return deps.say({ id: ask.id, fault: 'the signer has too much to do' });
    open += 1;
    void answer(deps, sessions, ask)
      .then(
        (result) => deps.say(result.ok ? { id: ask.id, granted: result.value } : { id: ask.id, refused: result.error.code }),
        (error: unknown) => deps.say({ id: ask.id, fault: sentenceOf(error) }),
      )
      .finally(() => {
        open -= 1;
      });
  };
}

function parseAsk(line: string | null): Ask | Extract<Answer, { refused: string }> {
  let value: unknown = null;
  try {
    value = line === null || line.length > ASK_CHARS_MAX ? null : JSON.parse(line);
  } catch {
    return { id: null, refused: 'not_a_request' }; // not JSON
  }
  const ask = askWire.safeParse(value);
  return ask.success ? ask.data : { id: null, refused: 'not_a_request' };
}

type Sessions = Map<string, CooperativeClaim>;

async function answer(deps: ServeDeps, sessions: Sessions, ask: Ask): Promise<Result<object, Refusal>> {
  const { signer } = deps;
  switch (ask.ask) {
    case 'fingerprint':
      return ok({ fingerprint: await signer.fingerprint(ask.era) });
    case 'swap_keys':
      return ok({ keys: await keysFrom(signer, ask) });
    case 'sign_stored_claim': {
      const signed = await signer.signStoredClaim(ask.swapId);
      return signed.ok ? ok(wordsOf(signed.value.reveal())) : signed;
    }
    case 'start_cooperative':
      return startSession(deps, sessions, ask.swapId);
    case 'finish_cooperative': {
      const claim = takeSession(sessions, ask.session);
      return claim ? ok(wordsOf(await claim.finish(ask.theirNonce, ask.theirPartial))) : refuse(signerRefusal('session_unknown'));
    }
    case 'abandon_cooperative':
      takeSession(sessions, ask.session)?.abandon();
      return ok({});
  }
}

/** Of `count` indexes from this one on; each says whose it is. */
async function keysFrom(signer: Signer, { era, index: first, count }: Extract<Ask, { ask: 'swap_keys' }>): Promise<object[]> {
  const keys: object[] = [];
  for (let index = first; index < first + count; index++) {
    const { claimPublicKey, preimageHash } = await signer.swapKeys({ era, index });
    keys.push({ index, claimPublicKey: toHex(claimPublicKey), preimageHash: toHex(preimageHash) });
  }
  return keys;
}

async function startSession({ signer, random }: ServeDeps, sessions: Sessions, swapId: string): Promise<Result<object, Refusal>> {
  if (sessions.size >= SESSIONS_MAX) return refuse(signerRefusal('too_many_sessions'));
  const started = await signer.startCooperative(swapId);
  if (!started.ok) return started;
  const { publicNonce, preimage } = started.value;
  const session = toHex(random(16));
  sessions.set(session, started.value);
  void pause(SESSION_MS).then(() => takeSession(sessions, session)?.abandon());
  const value = { session, publicNonce: toHex(publicNonce), preimage: toHex(preimage.reveal()) };
  preimage.reveal().fill(0);
  return ok(value);
}

function wordsOf({ claimHash, witness }: SignedClaim): object {
  return { claimHash: toHex(claimHash), witness: witness.map(toHex) };
}

/** A session serves once, whatever comes of it. */
function takeSession(sessions: Sessions, name: string): CooperativeClaim | null {
  const claim = sessions.get(name) ?? null;
  sessions.delete(name);
  return claim;
}

/** What broke, for the server's log. Our own errors hold no secrets; foreign ones are cut. */
export function sentenceOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, FAULT_CHARS_MAX);
}
