import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { ok, refuse } from '../lib/result.ts';
import { isLoopback, isPublic, parseIp } from './ip-address.ts';

/** What the operator lets through beyond the open internet over https. Both are for the sandbox and for development. */
export type DestinationPolicy = { readonly allowHttp: boolean; readonly allowLoopback: boolean };

/** A URL whose text is allowed. Whether its host is, is known once `checkAddresses` has seen what the name stands for. */
export type Destination = Readonly<{
  /** Normalised, without fragment, at most 2048 characters. */
  url: string;
  secure: boolean;
  port: number;
  /** Without brackets and without a trailing dot. */
  host: string;
  /** The host is an address: there is no name to look up. */
  isAddress: boolean;
  /** Path and query as they go on the wire. */
  target: string;
}>;

/** The usual limit of servers and browsers, and of the documented redirect_url. */
export const URL_CHARS_MAX = 2048;
/** A name with more addresses than this is not a shop's. */
const ADDRESSES_MAX = 32;

/** Blanks, controls and backslashes: the URL parser mends or drops them, other readers of the same text do not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const DOUBTFUL = /[\u0000-\u0020\u007f-\u00a0\u2028\u2029\ufeff\\]/;
const WHOLE = /^https?:\/\/[^/]/i;
const USER_INFO = /^[a-z][a-z0-9+.-]*:\/*[^/?#]*@/i;
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;
const NOT_A_URL = `url must be a whole https:// address of at most ${URL_CHARS_MAX} characters`;
/** Names that never leave a machine or a house (RFC 6761, 6762, 8375 and custom). */
const INNER_SUFFIXES = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'lan',
  'home',
  'corp',
  'private',
  'home.arpa',
  'onion',
];

/** Judges a merchant's URL by its text. https only, unless the policy says otherwise; ports 80, 443 and from 1024; no user, no inner names or addresses. */
export function parseDestination(text: unknown, policy: DestinationPolicy): Result<Destination, Refusal> {
  if (typeof text !== 'string' || text.length > URL_CHARS_MAX || DOUBTFUL.test(text) || !WHOLE.test(text) || !URL.canParse(text))
    return no(NOT_A_URL);
  const url = new URL(text);
  const secure = url.protocol === 'https:';
  if (!secure && !(policy.allowHttp && url.protocol === 'http:')) return no('url must start with https://');
  if (url.username !== '' || url.password !== '' || USER_INFO.test(text)) return no('url must not contain a user name or password');
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  if (port !== 80 && port !== 443 && port < 1024) return no('url must use port 80, 443 or one from 1024');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const isAddress = parseIp(host) !== null;
  if (!(isAddress ? isAllowedAddress(host, policy) : isAllowedName(host, policy)))
    return no('url must lead to a public internet address; for a local server use a tunnel');
  url.hash = '';
  if (!isAddress) url.hostname = host;
  if (url.href.length > URL_CHARS_MAX) return no(NOT_A_URL);
  return ok({ url: url.href, secure, port, host, isAddress, target: url.pathname + url.search });
}

/**
 * Judges what the name stands for: every address must be allowed, else none is used, since a name that points inside with one answer
 * may do so with the next. Answers the addresses, IPv4 first.
 */
export function checkAddresses(
  addresses: readonly string[],
  policy: DestinationPolicy,
): Result<readonly string[], 'no_address' | 'address_refused'> {
  if (addresses.length === 0) return refuse('no_address');
  if (addresses.length > ADDRESSES_MAX || !addresses.every((address) => isAllowedAddress(address, policy)))
    return refuse('address_refused');
  return ok([...addresses].sort((left, right) => Number(left.includes(':')) - Number(right.includes(':'))));
}

/** True when a connected socket's peer is the very address that was checked, and still an allowed one. */
export function isCheckedPeer(peer: string | undefined, checked: string, policy: DestinationPolicy): boolean {
  const [found, expected] = [parseIp(peer ?? ''), parseIp(checked)];
  return (
    found !== null &&
    expected !== null &&
    found.family === expected.family &&
    found.value === expected.value &&
    isAllowedAddress(checked, policy)
  );
}

/** `localhost` by policy: its addresses are known without asking. */
export const LOCALHOST = { name: 'localhost', addresses: ['127.0.0.1', '::1'] } as const;

function isAllowedAddress(text: string, policy: DestinationPolicy): boolean {
  const address = parseIp(text);
  if (!address) return false;
  return isPublic(address) || (policy.allowLoopback && isLoopback(address));
}

function isAllowedName(host: string, policy: DestinationPolicy): boolean {
  if (host === LOCALHOST.name) return policy.allowLoopback;
  const labels = host.split('.');
  if (labels.length < 2 || host.length > 253 || !labels.every((label) => LABEL.test(label))) return false;
  return !INNER_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`));
}

function no(message: string): Result<never, Refusal> {
  return refuse({ kind: 'invalid', code: 'webhook_url_refused', message, field: 'url' });
}
