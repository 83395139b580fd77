import type { DestinationPolicy } from './destination.ts';
import type { EndpointMode } from './endpoint.ts';
import type { EndpointSecrets, StoredEndpoint } from './webhook-store.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import { newId } from '../lib/ids.ts';
import { ok, refuse } from '../lib/result.ts';
import { Secret } from '../lib/secret.ts';
import { addMs } from '../lib/time.ts';
import { parseDestination } from './destination.ts';
import { parseSecret, SECRET_OVERLAP_MS } from './endpoint.ts';
import { SECRET_BYTES, SECRET_PREFIX } from './signature.ts';
import { insertDefaultEndpoint, readDefaultEndpoint, updateEndpoint } from './webhook-store.ts';

export type SaveEndpointDeps = Readonly<{ database: Database; random: Random; sealer: Sealer; now: Clock; policy: DestinationPolicy }>;

export type SaveEndpointInput = Readonly<{
  accountId: string;
  mode: EndpointMode;
  url: string;
  /** Absent: a new one is made. Null: nothing is signed any more. */
  secret?: string | null;
}>;

/**
 * Sets the account's default endpoint of this mode: its url and its secret, which is answered here and never again. A secret that is replaced
 * keeps signing beside the new one for a day. Retries of earlier events go to the new url.
 */
export async function saveDefaultEndpoint(
  deps: SaveEndpointDeps,
  input: SaveEndpointInput,
): Promise<Result<{ endpointId: string; secret: string | null }, Refusal>> {
  const destination = parseDestination(input.url, deps.policy);
  if (!destination.ok) return destination;
  const secret = secretFor(deps, input.secret);
  if (!secret.ok) return secret;
  const { accountId, mode } = input;
  const asked = { accountId, mode, url: destination.value.url, secret: secret.value };
  for (let attempt = 0; attempt < SAVE_ATTEMPTS; attempt++) {
    const endpointId = await deps.database.transact((tx) => save(deps, tx, asked));
    if (endpointId !== null) return ok({ endpointId, secret: asked.secret });
  }
  return refuse({ kind: 'conflict', code: 'webhook_endpoint_changing', message: 'The webhook endpoint is being changed — please retry' });
}

/** The second finds the row whose insertion was faster than the first. */
const SAVE_ATTEMPTS = 2;

type Asked = Readonly<{ accountId: string; mode: EndpointMode; url: string; secret: string | null }>;

async function save(deps: SaveEndpointDeps, tx: Tx, { accountId, mode, url, secret }: Asked): Promise<string | null> {
  const at = deps.now();
  const found = await readDefaultEndpoint(tx, accountId, mode);
  if (found) {
    await updateEndpoint(tx, { id: found.id, accountId, url, secrets: replaceSecret(deps.sealer, found, { secret, at }) });
    return found.id;
  }
  const id = newId(deps.random, 'endpoint');
  const secretSealed = secret === null ? null : sealSecret(deps.sealer, { row: id, column: 'secretSealed' }, secret);
  return (await insertDefaultEndpoint(tx, { id, accountId, mode, url, secretSealed, at })) ? id : null;
}

/** Secrets that sign at `at`, newest first. */
export function signingSecrets(sealer: Sealer, endpoint: EndpointSecrets & { readonly id: string }, at: Date): readonly Secret<string>[] {
  if (!endpoint.secretSealed) return [];
  const newest = openSecret(sealer, { row: endpoint.id, column: 'secretSealed' }, endpoint.secretSealed);
  const overlaps = endpoint.oldSecretSealed && endpoint.oldSecretUntil && endpoint.oldSecretUntil > at;
  if (!overlaps || !endpoint.oldSecretSealed) return [newest];
  return [newest, openSecret(sealer, { row: endpoint.id, column: 'oldSecretSealed' }, endpoint.oldSecretSealed)];
}

/** A secret of ours; 192 random bits. */
export function newSecret(random: Random): string {
  return SECRET_PREFIX + Buffer.from(random(SECRET_BYTES)).toString('base64');
}

function secretFor({ random }: SaveEndpointDeps, given: string | null | undefined): Result<string | null, Refusal> {
  if (given === null) return ok(null);
  if (given === undefined) return ok(newSecret(random));
  return parseSecret(given);
}

/** The replaced secret moves to its own column for the overlap; the same secret again changes nothing; none removes both. */
export function replaceSecret(
  sealer: Sealer,
  endpoint: StoredEndpoint,
  { secret, at }: { secret: string | null; at: Date },
): EndpointSecrets {
  if (secret === null) return { secretSealed: null, oldSecretSealed: null, oldSecretUntil: null };
  const before = endpoint.secretSealed && openSecret(sealer, { row: endpoint.id, column: 'secretSealed' }, endpoint.secretSealed).reveal();
  if (before === secret) {
    return { secretSealed: endpoint.secretSealed, oldSecretSealed: endpoint.oldSecretSealed, oldSecretUntil: endpoint.oldSecretUntil };
  }
  const secretSealed = sealSecret(sealer, { row: endpoint.id, column: 'secretSealed' }, secret);
  if (before === null) return { secretSealed, oldSecretSealed: null, oldSecretUntil: null };
  const oldSecretSealed = sealSecret(sealer, { row: endpoint.id, column: 'oldSecretSealed' }, before);
  return { secretSealed, oldSecretSealed, oldSecretUntil: addMs(at, SECRET_OVERLAP_MS) };
}

type Place = { readonly row: string; readonly column: 'secretSealed' | 'oldSecretSealed' };

/** Bound to its row and column. */
export function sealSecret(sealer: Sealer, place: Place, secret: string): Uint8Array<ArrayBuffer> {
  return sealer.seal({ table: 'WebhookEndpoint', ...place }, Buffer.from(secret, 'utf8'));
}

function openSecret(sealer: Sealer, place: Place, sealed: Uint8Array): Secret<string> {
  return new Secret(Buffer.from(sealer.open({ table: 'WebhookEndpoint', ...place }, sealed)).toString('utf8'));
}
