import type { Database, Tx } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Secret } from '../lib/secret.ts';
import type { Clock } from '../lib/time.ts';
import type { ApiKey } from './api-key.ts';
import type { KeyChanges, KeyDraft, KeyInput } from './key-input.ts';
import { recordAudit } from '../events/audit-store.ts';
import { KEY_NOT_FOUND, newId, parseKeyId } from '../lib/ids.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs } from '../lib/time.ts';
import { insertApiKey } from './account-store.ts';
import { apiKeyHint, isLiveKey, makeApiKey } from './api-key.ts';
import { countLiveKeys, findKey, lockAccount, readSuccessors, saveKey } from './api-key-store.ts';
import { parseKeyChanges, parseKeyInput, parseOverlap } from './key-input.ts';

/** What a change says to the event log; the log itself is another slice. */
export type AccessEvent = Readonly<{
  accountId: string;
  type: 'key.created' | 'key.rotated' | 'key.revoked' | 'account.closed';
  subjectId: string;
  subjectVersion: number;
  facts: object;
  webhookBody: null;
  requestId?: string;
  at: Date;
}>;

export type ManageKeysDeps = {
  readonly now: Clock;
  readonly random: Random;
  readonly sealer: Sealer;
  readonly database: Database;
  readonly recordEvent: (tx: Tx, event: AccessEvent) => Promise<unknown>;
  readonly allowHttp: boolean;
};

export type KeyAsker = {
  readonly accountId: string;
  /** key_… or usr_…: stands in the audit trail. */
  readonly actor: string;
  /** The only key that the asker may touch, with what it was rotated into; null: all of the account. */
  readonly onlyKey: string | null;
  readonly requestId: string;
};

/** The plaintext is answered here and never again. */
export type NewKey = { readonly key: ApiKey; readonly plaintext: Secret<string> };

/** Keys of one account that open something at a time: one for each service and each developer of a larger shop, and few enough to read through. */
export const LIVE_KEYS_MAX = 20;

const KEY_ENDED: Refusal = { kind: 'conflict', code: 'key_ended', message: 'This key was revoked or has expired — create a new one' };
const NOT_OWN: Refusal = {
  kind: 'forbidden',
  code: 'key_not_own',
  message: 'An API key may rotate or revoke itself only — sign in for the others',
};
const ALREADY_ROTATED: Refusal = {
  kind: 'conflict',
  code: 'key_already_rotated',
  message: 'This key was rotated before — revoke the key that came of it to rotate again',
};
const TOO_MANY: Refusal = {
  kind: 'conflict',
  code: 'too_many_keys',
  message: `An account has at most ${LIVE_KEYS_MAX} keys — revoke one that is not used`,
};

/** A new key with its event and its audit line, in one commit. */
export async function createKey(deps: ManageKeysDeps, asker: KeyAsker, input: KeyInput): Promise<Result<NewKey, Refusal>> {
  const draft = parseKeyInput(input, { at: deps.now(), allowHttp: deps.allowHttp });
  if (!draft.ok) return draft;
  return deps.database.transact(async (tx) => {
    await lockAccount(tx, asker.accountId);
    const at = deps.now();
    if ((await countLiveKeys(tx, asker.accountId, at)) >= LIVE_KEYS_MAX) return refuse(TOO_MANY);
    const made = await insert(deps, tx, { asker, draft: draft.value, rotatedFromId: null, at });
    await record(deps, tx, { asker, type: 'key.created', key: made.key, facts: {}, at });
    return ok(made);
  });
}

/** Changes label, origins or maximum of a key. What changes nothing leaves no trace. */
export async function updateKey(
  deps: ManageKeysDeps,
  asker: KeyAsker,
  { id, changes }: { readonly id: string; readonly changes: KeyChanges },
): Promise<Result<ApiKey, Refusal>> {
  return deps.database.transact(async (tx) => {
    await lockAccount(tx, asker.accountId);
    const at = deps.now();
    const key = await findOwn(tx, asker, id);
    if (!key.ok) return key;
    if (!isLiveKey(key.value, at)) return refuse(KEY_ENDED);
    const parsed = parseKeyChanges(changes, key.value.kind, { allowHttp: deps.allowHttp });
    if (!parsed.ok) return parsed;
    const next = { ...key.value, ...parsed.value };
    const changed = CHANGEABLE.filter((name) => textOf(next[name]) !== textOf(key.value[name]));
    if (changed.length === 0) return ok(key.value);
    await saveKey(tx, key.value, parsed.value);
    await audit(deps, tx, { asker, action: 'key.updated', key: next, facts: { changed }, at });
    return ok(next);
  });
}

/** A successor with the same rights; the old key goes on for the overlap at most. Of any number of calls at once, one makes the successor. */
export async function rotateKey(
  deps: ManageKeysDeps,
  asker: KeyAsker,
  { id, overlapHours }: { readonly id: string; readonly overlapHours: unknown },
): Promise<Result<NewKey, Refusal>> {
  const overlapMs = parseOverlap(overlapHours);
  if (!overlapMs.ok) return overlapMs;
  return deps.database.transact(async (tx) => {
    await lockAccount(tx, asker.accountId);
    const at = deps.now();
    const old = await findOwn(tx, asker, id);
    if (!old.ok) return old;
    if (!isLiveKey(old.value, at)) return refuse(KEY_ENDED);
    const successors = await readSuccessors(tx, asker.accountId, id);
    if (successors.isTaken) return refuse(ALREADY_ROTATED);
    const { kind, mode, label, origins, maxAmount, createdAt } = old.value;
    const lifeMs = old.value.expiresAt === null ? null : old.value.expiresAt.getTime() - createdAt.getTime();
    const draft = { kind, mode, label, origins, maxAmount, expiresAt: lifeMs === null ? null : addMs(at, lifeMs) };
    const made = await insert(deps, tx, { asker, draft, rotatedFromId: id, at });
    const until = addMs(at, overlapMs.value);
    const oldExpiresAt = old.value.expiresAt !== null && old.value.expiresAt < until ? old.value.expiresAt : until;
    await saveKey(tx, old.value, { expiresAt: oldExpiresAt });
    const facts = { newKeyId: made.key.id, newHint: made.key.hint, oldExpiresAt };
    // A successor may be taken back and the key rotated again: the version tells the times apart.
    await record(deps, tx, { asker, type: 'key.rotated', key: old.value, facts, at, subjectVersion: successors.count });
    return ok(made);
  });
}

/** Ends a key at once. One that has ended already stays as it is. */
export async function revokeKey(deps: ManageKeysDeps, asker: KeyAsker, id: string): Promise<Result<ApiKey, Refusal>> {
  return deps.database.transact(async (tx) => {
    await lockAccount(tx, asker.accountId);
    const at = deps.now();
    const key = await findOwn(tx, asker, id);
    if (!key.ok || key.value.revokedAt !== null) return key;
    await saveKey(tx, key.value, { revokedAt: at });
    await record(deps, tx, { asker, type: 'key.revoked', key: key.value, facts: {}, at });
    return ok({ ...key.value, revokedAt: at });
  });
}

const CHANGEABLE = ['label', 'origins', 'maxAmount'] as const;

function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? each.toString() : each));
}

/** An unknown id, a malformed one and another account's look the same. */
async function findOwn(tx: Tx, { accountId, onlyKey }: KeyAsker, id: string): Promise<Result<ApiKey, Refusal>> {
  const keyId = parseKeyId(id);
  const key = keyId.ok ? await findKey(tx, accountId, keyId.value) : null;
  if (!key) return refuse(KEY_NOT_FOUND);
  // Whoever lost the answer of a rotation takes the successor back and rotates again.
  return onlyKey === null || key.id === onlyKey || key.rotatedFromId === onlyKey ? ok(key) : refuse(NOT_OWN);
}

type Insert = { readonly asker: KeyAsker; readonly draft: KeyDraft; readonly rotatedFromId: string | null; readonly at: Date };

async function insert({ random, sealer }: ManageKeysDeps, tx: Tx, { asker, draft, rotatedFromId, at }: Insert): Promise<NewKey> {
  const plaintext = makeApiKey(draft.kind, draft.mode, random);
  const { accountId } = asker;
  const id = newId(random, 'apiKey');
  await insertApiKey(tx, sealer, { ...draft, id, accountId, text: plaintext, rotatedFromId, at });
  const publicText = draft.kind === 'publishable' ? plaintext.reveal() : null;
  const facts = { hint: apiKeyHint(plaintext), publicText, rotatedFromId, createdAt: at, revokedAt: null, lastUsedAt: null };
  return { key: { ...draft, id, accountId, ...facts }, plaintext };
}

type Change = { readonly asker: KeyAsker; readonly key: ApiKey; readonly facts: object; readonly at: Date };

/** Event and audit line of one change. */
async function record(
  deps: ManageKeysDeps,
  tx: Tx,
  change: Change & { readonly type: AccessEvent['type']; readonly subjectVersion?: number },
): Promise<void> {
  const { asker, key, type, facts, at, subjectVersion = 0 } = change;
  const { accountId, requestId } = asker;
  const said = { ...describe(key), ...facts };
  await audit(deps, tx, { asker, key, action: type, facts, at });
  await deps.recordEvent(tx, { accountId, type, subjectId: key.id, subjectVersion, facts: said, webhookBody: null, requestId, at });
}

async function audit({ random }: ManageKeysDeps, tx: Tx, { asker, key, action, facts, at }: Change & { readonly action: string }) {
  const { accountId, actor, requestId } = asker;
  const said = { ...describe(key), ...facts };
  await recordAudit(tx, random, { accountId, actor, action, subjectId: key.id, facts: said, requestId, at });
}

function describe({ hint, kind, mode, label }: ApiKey): object {
  return { hint, kind, mode, label };
}
