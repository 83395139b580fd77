import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Account, AccountSettings } from './account.ts';
import { ok, refuse } from '../lib/result.ts';
import { parseOrigins } from './web-origin.ts';

/** What a merchant wants changed, unjudged: an absent field stays. `createPerMinute` is the operator's. */
export type AccountChanges = { readonly [Name in AccountField]?: unknown };
export const ACCOUNT_FIELDS = [
  ...(['name', 'brandColour', 'whenLightningIsDown', 'toleranceSats'] as const),
  ...(['minConfirmations', 'grossUp', 'redirectHosts', 'frameOrigins'] as const),
] as const;
export type AccountField = (typeof ACCOUNT_FIELDS)[number];
export type AccountDraft = Pick<Account, 'name' | 'brandColour' | 'settings'>;

/** Stands on the checkout page and in the payer's wallet. */
export const ACCOUNT_NAME_CHARS_MAX = 80;
/** What a payer may fall short by, for wallets that take their fee from the amount. More would be a discount. */
export const TOLERANCE_SATS_MAX = 1_000n;
/** Two blocks are final on Liquid. */
export const CONFIRMATIONS_MAX = 2;
/** A shop has a handful of addresses. */
export const REDIRECT_HOSTS_MAX = 50;
const HOST = /^(?=.{1,260}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*(?::\d{1,5})?$/;
/** Control and direction-changing characters could make a page show another text. */
const NOT_PLAIN = /[\p{C}\u2028\u2029]/u;

const invalid = (message: string, field: AccountField): { ok: false; error: Refusal } =>
  refuse({ kind: 'invalid', code: 'invalid_setting', message, field });

/** Judges changes of an account; null clears the brand colour. The very same account when nothing changes. Pure. */
export function parseAccountChanges(
  account: AccountDraft,
  changes: AccountChanges,
  { allowHttp }: { readonly allowHttp: boolean },
): Result<AccountDraft, Refusal> {
  const parsed: { [name: string]: unknown } = {};
  for (const name of ACCOUNT_FIELDS) {
    if (changes[name] === undefined) continue;
    const field = PARSERS[name](changes[name], allowHttp);
    if (!field.ok) return field;
    parsed[name] = field.value;
  }
  const { name = account.name, brandColour = account.brandColour, ...settings } = parsed as Partial<AccountSettings & AccountDraft>; // each parser answers its field's type
  const next = { name, brandColour, settings: { ...account.settings, ...settings } };
  return ok(changedFields(account, next).length === 0 ? account : next);
}

export function changedFields(before: AccountDraft, after: AccountDraft): readonly AccountField[] {
  const [old, now] = [before, after].map(({ name, brandColour, settings }) => ({ ...settings, name, brandColour }));
  return ACCOUNT_FIELDS.filter((field) => String(old?.[field]) !== String(now?.[field]));
}

/** Whether payers may be sent back to that address: an empty list lets them go anywhere. An entry without a port stands for every port. */
export function isRedirectAllowed(url: string | null, hosts: readonly string[]): boolean {
  if (url === null || hosts.length === 0) return true;
  const { host, hostname } = new URL(url);
  return hosts.includes(host) || hosts.includes(hostname);
}

export const REDIRECT_NOT_ALLOWED: Refusal = {
  kind: 'invalid',
  code: 'redirect_host_not_allowed',
  message: 'redirect_url must lead to one of the hosts in the settings of the account (redirect_hosts)',
  field: 'redirectUrl',
};

type Parser = (value: unknown, allowHttp: boolean) => Result<unknown, Refusal>;
const PARSERS: { readonly [Name in AccountField]: Parser } = {
  name: (value) => {
    const name = typeof value === 'string' ? value.trim() : '';
    if (name !== '' && Array.from(name).length <= ACCOUNT_NAME_CHARS_MAX && !NOT_PLAIN.test(name)) return ok(name);
    return invalid(`name must have 1 to ${ACCOUNT_NAME_CHARS_MAX} characters of plain text`, 'name');
  },
  brandColour: (value) => {
    if (value === null || value === '') return ok(null);
    if (typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value)) return ok(value.toLowerCase());
    return invalid('brand_colour must be a colour such as #e65c00', 'brandColour');
  },
  whenLightningIsDown: (value) => {
    const policy = (['refuse', 'liquid_only'] as const).find((known) => known === String(value).toLowerCase());
    return policy ? ok(policy) : invalid('when_lightning_is_down must be refuse or liquid_only', 'whenLightningIsDown');
  },
  toleranceSats: (value) => {
    const amount = wholeOf(value);
    if (amount !== null && amount <= TOLERANCE_SATS_MAX) return ok(amount);
    return invalid(`tolerance_sats must be a whole number from 0 to ${TOLERANCE_SATS_MAX}`, 'toleranceSats');
  },
  minConfirmations: (value) => {
    const count = wholeOf(value);
    if (count !== null && count <= BigInt(CONFIRMATIONS_MAX)) return ok(Number(count)); // at most two
    return invalid(`min_confirmations must be a whole number from 0 to ${CONFIRMATIONS_MAX}`, 'minConfirmations');
  },
  grossUp: (value) => (typeof value === 'boolean' ? ok(value) : invalid('gross_up must be true or false', 'grossUp')),
  redirectHosts: (value) => {
    const hosts = Array.isArray(value) ? value.map((host: unknown) => String(host).trim().toLowerCase()) : null;
    if (hosts && hosts.length <= REDIRECT_HOSTS_MAX && hosts.every((host) => HOST.test(host))) return ok([...new Set(hosts)]);
    return invalid(`redirect_hosts must be a list of at most ${REDIRECT_HOSTS_MAX} host names such as shop.example`, 'redirectHosts');
  },
  frameOrigins: (value, allowHttp) => parseOrigins(value, { field: 'frameOrigins', name: 'frame_origins', allowHttp }),
};

/** A whole number that is not negative, as a number or as decimal text. */
function wholeOf(value: unknown): bigint | null {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
  return typeof text === 'string' && /^\d{1,9}$/.test(text) ? BigInt(text) : null;
}
