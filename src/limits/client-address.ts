import { isIPv4, isIPv6 } from 'node:net';

/** Groups of an IPv6 address that name the customer's line: a /64 is one home or one server, and whoever has one has all of its addresses. */
const NETWORK_GROUPS = 4;
const UNKNOWN = 'unknown';

/**
 * The client as limits count it. Only the last `trustedProxies` hops are believed, counted from our own socket: what a client writes into
 * X-Forwarded-For stands further left and is never looked at. A trusted hop that names no address is counted itself.
 */
export function clientAddress(hops: { remote: string | undefined; forwardedFor: string | undefined }, trustedProxies: number): string {
  const named = (hops.forwardedFor ?? '').split(',').reverse();
  let nearest = networkOf(hops.remote ?? '') ?? UNKNOWN;
  for (const name of named.slice(0, trustedProxies)) {
    const further = networkOf(withoutPort(name.trim()));
    if (further === null) return nearest;
    nearest = further;
  }
  return nearest;
}

/** `1.2.3.4` as it is, mapped ones unwrapped, IPv6 as its /64; null when it is no address. */
export function networkOf(text: string): string | null {
  if (isIPv4(text)) return text;
  const [address = ''] = text.split('%', 1); // a link-local zone is a matter of this machine
  if (!isIPv6(address)) return null;
  const groups = groupsOf(address);
  const [high = 0, low = 0] = groups.slice(6);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  }
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/** The eight numbers of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const before = numbersOf(head);
  if (tail === undefined) return before;
  const after = numbersOf(tail);
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

function numbersOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

/** Some proxies write `1.2.3.4:567` and `[2001:db8::1]:567`. */
function withoutPort(name: string): string {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(name) ?? [];
  if (bracketed !== undefined) return bracketed;
  const [, plain] = /^([\d.]+):\d+$/.exec(name) ?? [];
  return plain ?? name;
}
