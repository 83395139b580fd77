/** An IP address as a number; IPv4 inside IPv6 (`::ffff:a.b.c.d`) is already unwrapped. */
export type IpAddress = { readonly family: 4 | 6; readonly value: bigint };

/** Reads the canonical forms that the URL parser, the resolver and sockets write. Null for anything else, zone ids included. */
export function parseIp(text: string): IpAddress | null {
  const address = text.includes(':') ? parseV6(text) : parseV4(text);
  if (address?.family === 6 && address.value >> 32n === MAPPED_PREFIX) return { family: 4, value: address.value & 0xffff_ffffn };
  return address;
}

export function isLoopback(address: IpAddress): boolean {
  return address.family === 4 ? address.value >> 24n === 127n : address.value === 1n;
}

/**
 * True for addresses of the open internet alone: unicast, global, and not the wrapping of another address. IPv6 that carries IPv4 inside
 * (compatible, NAT64, 6to4, Teredo) is never public: where it leads is decided by a machine in between.
 */
export function isPublic(address: IpAddress): boolean {
  if (address.family === 4) return !NOT_PUBLIC_V4.some((range) => isIn(address, range));
  return isIn(address, GLOBAL_V6) && !NOT_PUBLIC_V6.some((range) => isIn(address, range));
}

/** ::ffff:0:0/96, RFC 4291 section 2.5.5.2. */
const MAPPED_PREFIX = 0xffffn;

type Range = { readonly base: IpAddress; readonly bits: number };

/** TABLE: IANA's special-purpose IPv4 registry, multicast and reserved space, and one cloud's internal service on a public address. */
const NOT_PUBLIC_V4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier NAT; also a cloud's metadata
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // Azure's wire server, reachable from inside its machines only
  '169.254.0.0/16', // link-local; the metadata services
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT relays
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
].map(parseRange);

/** Global unicast as allotted, RFC 4291 section 2.4. All else (loopback, ULA, link-local, multicast, NAT64, compatible) lies outside. */
const GLOBAL_V6 = parseRange('2000::/3');
/** TABLE: what lies inside 2000::/3 and is not the open internet. */
const NOT_PUBLIC_V6 = [
  '2001::/23', // protocol assignments: Teredo, ORCHID, benchmarking, AMT
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '2620:4f:8000::/48', // AS112
  '3ffe::/16', // the former 6bone
  '3fff::/20', // documentation
].map(parseRange);

function isIn(address: IpAddress, { base, bits }: Range): boolean {
  const shift = BigInt((address.family === 4 ? 32 : 128) - bits);
  return address.family === base.family && address.value >> shift === base.value >> shift;
}

function parseRange(text: string): Range {
  const [address = '', bits = ''] = text.split('/');
  const base = parseIp(address);
  if (!base) throw new RangeError(`not a range of addresses: ${text}`);
  return { base, bits: Number(bits) };
}

function parseV4(text: string): IpAddress | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return null;
  return { family: 4, value: parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n) };
}

function parseV6(text: string): IpAddress | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = groupsOf(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '', true) : [];
  if (!head || !tail) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return { family: 6, value: groups.reduce((value, group) => (value << 16n) | group, 0n) };
}

/** The 16-bit groups of one side of `::`; a dotted quad may end the address and counts as two. */
function groupsOf(text: string, endsAddress: boolean): bigint[] | null {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const quad = endsAddress && index === parts.length - 1 && part.includes('.') ? parseV4(part) : null;
    if (quad) groups.push(quad.value >> 16n, quad.value & 0xffffn);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return null;
  }
  return groups;
}
