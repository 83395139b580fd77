import type { Server, Socket } from 'node:net';
import type { DestinationPolicy } from '../../src/webhooks/destination.ts';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, isIP } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkAddresses, isCheckedPeer, parseDestination } from '../../src/webhooks/destination.ts';
import { parseIp } from '../../src/webhooks/ip-address.ts';
import { webhookClient } from '../../src/webhooks/webhook-client.ts';
import { badUrls, GOOD_URLS, INNER_V4, INNER_V6, innerAddresses } from '../support/destination-corpus.ts';
import { nameServer } from '../support/name-server.ts';
import { receiver } from '../support/webhook-world.ts';

const LIVE: DestinationPolicy = { allowHttp: false, allowLoopback: false };
/** The live rules but for the scheme, so that nothing is refused merely for being http. */
const LIVE_OR_HTTP: DestinationPolicy = { allowHttp: true, allowLoopback: false };
const SANDBOX: DestinationPolicy = { allowHttp: true, allowLoopback: true };

let canaries: Server[];
let canaryPort: number;
let touches: string[] = [];

beforeAll(async () => {
  const listen = (host: string, port: number) =>
    createServer((socket: Socket) => {
      touches.push(`${host} was connected to`);
      socket.on('data', (bytes) => touches.push(`${host} received ${bytes.length} bytes`));
      socket.on('error', () => undefined);
    }).listen(port, host);
  const v4 = listen('127.0.0.1', 0);
  await once(v4, 'listening');
  canaryPort = (v4.address() as { port: number }).port;
  const v6 = listen('::1', canaryPort);
  await once(v6, 'listening');
  canaries = [v4, v6];
});
afterAll(() => {
  for (const canary of canaries) canary.close();
});

/** Looks up at one name server, as the client does at the system's. */
function askedAt(port: number) {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  return async (name: string) => {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  };
}

test('W-14: more than 400 addresses that lead inside are refused, and a canary on loopback hears nothing, even when every name resolves to it', async () => {
  touches = [];
  const post = webhookClient({ policy: LIVE_OR_HTTP, lookUp: async () => ['127.0.0.1', '::1'], timeoutMs: 1000 });
  const urls = badUrls(canaryPort);
  const accepted = urls.filter((url) => parseDestination(url, LIVE_OR_HTTP).ok);
  const sent: string[] = [];
  for (const url of accepted) {
    const destination = parseDestination(url, LIVE_OR_HTTP);
    if (destination.ok) sent.push((await post(destination.value, { headers: {}, body: Buffer.from('{}') })).errorCode ?? 'sent');
  }
  expect(urls.length).toBeGreaterThanOrEqual(400);
  expect({ accepted, sent, touches }).toEqual({ accepted: [], sent: [], touches: [] });
});

test('W-14: a url that had slipped past the reading of its text is stopped by its address, and the canary hears nothing', async () => {
  touches = [];
  const post = webhookClient({ policy: LIVE_OR_HTTP, lookUp: async () => ['::1', '127.0.0.1'], timeoutMs: 1000 });
  const slipped = badUrls(canaryPort).filter((url) => /^http:/.test(url) && URL.canParse(url));
  const outcomes = new Map<string, string>();
  for (const url of slipped) {
    const { hostname, href } = new URL(url);
    const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
    // `localhost` is known without asking, and its addresses are judged like any others.
    const destination = { url: href, secure: false, port: canaryPort, host, isAddress: isIP(host) !== 0, target: '/' };
    outcomes.set(url, (await post(destination, { headers: {}, body: Buffer.from('{}') })).errorCode ?? 'sent');
  }
  expect(slipped.length).toBeGreaterThanOrEqual(400);
  expect([...outcomes].filter(([, outcome]) => outcome !== 'address_refused')).toEqual([]);
  expect(touches).toEqual([]);
});

test('W-14: more than 400 names that a lying name server leads inside, alone or in the company of a public address, are not connected to', async () => {
  touches = [];
  const inner = innerAddresses();
  const lies = inner.flatMap((address) => [[address], address.includes(':') ? ['2606:4700::1', address] : ['8.8.8.8', address]]);
  const server = await nameServer((name, type) => {
    const lie = lies[Number(/^n(\d+)\./.exec(name)?.[1])] ?? [];
    return lie.filter((address) => (type === 'AAAA') === address.includes(':'));
  });
  const post = webhookClient({ policy: LIVE_OR_HTTP, lookUp: askedAt(server.port), timeoutMs: 5000 });
  const outcomes: string[] = [];
  for (let from = 0; from < lies.length; from += 20) {
    const some = lies.slice(from, from + 20).map(async (lie, at) => {
      const destination = parseDestination(`http://n${from + at}.shop.com:${canaryPort}/`, LIVE_OR_HTTP);
      if (!destination.ok) return 'not asked for';
      const { errorCode } = await post(destination.value, { headers: {}, body: Buffer.from('{}') });
      return errorCode === 'address_refused' ? errorCode : `${lie}: ${errorCode}`;
    });
    outcomes.push(...(await Promise.all(some)));
  }
  server.close();
  expect(outcomes.length).toBeGreaterThanOrEqual(400);
  expect(outcomes.filter((outcome) => outcome !== 'address_refused')).toEqual([]);
  expect(touches).toEqual([]);
});

test('a public name that resolves to loopback, in whatever form or company, is not connected to', async () => {
  touches = [];
  const answers = [
    ['127.0.0.1'],
    ['::1'],
    ['127.0.0.1', '8.8.8.8'],
    ['::1', '2606:4700:4700::1111'],
    ['::ffff:127.0.0.1'],
    ['::ffff:7f00:1'],
    ['::127.0.0.1'],
    ['127.1'],
  ];
  const outcomes: unknown[] = [];
  for (const addresses of answers) {
    const destination = parseDestination(`http://hooks.shop.com:${canaryPort}/`, LIVE_OR_HTTP);
    if (!destination.ok) continue;
    const post = webhookClient({ policy: LIVE_OR_HTTP, lookUp: async () => addresses, timeoutMs: 1000 });
    const message = { headers: {}, body: Buffer.from('{}') };
    outcomes.push((await post(destination.value, message)).errorCode);
    // An address that slipped past the reading of the text is stopped all the same.
    outcomes.push((await post({ ...destination.value, host: addresses[0] ?? '', isAddress: true }, message)).errorCode);
  }
  expect(touches).toEqual([]);
  expect(outcomes.filter((outcome) => outcome !== 'address_refused')).toEqual([]);
});

test('every one of 40 ordinary addresses passes', () => {
  const refused = GOOD_URLS.filter((url) => !parseDestination(url, LIVE).ok);
  expect(GOOD_URLS.length).toBeGreaterThanOrEqual(40);
  expect(refused).toEqual([]);
});

test('each of the ordinary names is delivered to where its name server says, with its own path and host', async () => {
  const merchant = await receiver({ status: 200 });
  const port = Number(new URL(merchant.url).port);
  const server = await nameServer((_name, type) => (type === 'A' ? ['127.0.0.1'] : []));
  const post = webhookClient({ policy: SANDBOX, lookUp: askedAt(server.port), timeoutMs: 5000 });
  const sent: { host: string; path: string }[] = [];
  for (const text of GOOD_URLS) {
    const url = new URL(text);
    if (isIP(url.hostname.replace(/^\[(.*)\]$/, '$1')) !== 0) continue; // leads to a stranger's server
    url.protocol = 'http:';
    url.port = String(port);
    const destination = parseDestination(url.href, SANDBOX);
    if (!destination.ok) throw new Error(`${url.href} is refused`);
    const { httpStatus } = await post(destination.value, { headers: {}, body: Buffer.from('{}') });
    if (httpStatus === 200) sent.push({ host: `${url.hostname.replace(/\.$/, '')}:${port}`, path: url.pathname + url.search });
  }
  server.close();
  merchant.close();
  expect(sent.length).toBeGreaterThanOrEqual(25);
  expect(merchant.received.map(({ headers, path }) => ({ host: headers.host, path }))).toEqual(sent);
});

test('an address is kept normalised: lower-case host, no fragment, no trailing dot, punycode', () => {
  const kept = ['HTTPS://Shop.COM./Hook?a=1#x', 'https://bücher.de'].map((url) => parseDestination(url, LIVE));
  expect(kept.map((result) => result.ok && result.value.url)).toEqual(['https://shop.com/Hook?a=1', 'https://xn--bcher-kva.de/']);
});

test('http passes only where the operator allows it, and loopback only there too, never the rest of the inside', () => {
  const verdict = (url: string, policy: DestinationPolicy) => parseDestination(url, policy).ok;
  expect(verdict('http://shop.com/', LIVE)).toBe(false);
  expect(verdict('http://shop.com/', LIVE_OR_HTTP)).toBe(true);
  expect(['http://127.0.0.1:8080/', 'http://localhost:8080/', 'http://[::1]:8080/'].every((url) => verdict(url, SANDBOX))).toBe(true);
  expect(
    [
      'http://10.0.0.1/',
      'http://169.254.169.254/',
      'http://[fd00::1]/',
      'http://[64:ff9b::7f00:1]/',
      'http://a.localhost/',
      'http://0.0.0.0/',
    ].some((url) => verdict(url, SANDBOX)),
  ).toBe(false);
});

test('a name is refused when any of its addresses leads inside', () => {
  expect(checkAddresses(['8.8.8.8', '2606:4700:4700::1111'], LIVE)).toEqual({ ok: true, value: ['8.8.8.8', '2606:4700:4700::1111'] });
  expect(checkAddresses(['2606:4700:4700::1111', '8.8.8.8'], LIVE)).toEqual({ ok: true, value: ['8.8.8.8', '2606:4700:4700::1111'] });
  for (const inner of [...INNER_V4, ...INNER_V6, '::ffff:10.0.0.1', 'fe80::1%lo', 'not an address', '']) {
    expect(checkAddresses(['8.8.8.8', inner], LIVE), inner).toEqual({ ok: false, error: 'address_refused' });
  }
  expect(checkAddresses([], LIVE)).toEqual({ ok: false, error: 'no_address' });
});

test('a connected peer counts only when it is the checked address itself', () => {
  expect(isCheckedPeer('::ffff:8.8.8.8', '8.8.8.8', LIVE)).toBe(true);
  expect(isCheckedPeer('2606:4700:4700:0::1111', '2606:4700:4700::1111', LIVE)).toBe(true);
  expect(isCheckedPeer('8.8.4.4', '8.8.8.8', LIVE)).toBe(false);
  expect(isCheckedPeer('127.0.0.1', '127.0.0.1', LIVE)).toBe(false);
  expect(isCheckedPeer(undefined, '8.8.8.8', LIVE)).toBe(false);
});

test('the reader of addresses takes exactly what the system takes', () => {
  const octet = fc.integer({ min: 0, max: 299 });
  const v4 = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'));
  const group = fc.integer({ min: 0, max: 0x1_1fff }).map((value) => value.toString(16));
  const v6 = fc
    .array(fc.oneof({ weight: 6, arbitrary: group }, { weight: 1, arbitrary: fc.constant('') }, { weight: 1, arbitrary: v4 }), {
      minLength: 1,
      maxLength: 9,
    })
    .map((parts) => parts.join(':'));
  fc.assert(
    fc.property(fc.oneof(v4, v6, fc.ipV4(), fc.ipV6()), (text) => {
      expect(parseIp(text) !== null, text).toBe(isIP(text) !== 0);
    }),
    { numRuns: 5000 },
  );
});

test('W-14: a name server that changes its answer with every question gets nothing through: one look-up, judged, and connected to', async () => {
  touches = [];
  const questions: string[] = [];
  const server = await nameServer((name, type) => {
    questions.push(`${name} ${type}`);
    const flips = questions.filter((question) => question === `${name} ${type}`).length % 2 === 1;
    // Unallotted global unicast: passes the rules, reaches nobody.
    if (type === 'AAAA') return flips ? ['2d00::1'] : ['::1'];
    return flips ? [] : ['127.0.0.1'];
  });
  const lookUp = askedAt(server.port);
  const post = webhookClient({ policy: LIVE_OR_HTTP, lookUp, timeoutMs: 400 });
  const outcomes: string[] = [];
  for (let round = 0; round < 6; round++) {
    const destination = parseDestination(`http://rebind.shop.com:${canaryPort}/`, LIVE_OR_HTTP);
    if (destination.ok) outcomes.push((await post(destination.value, { headers: {}, body: Buffer.from('{}') })).errorCode ?? 'sent');
  }
  server.close();
  expect(touches).toEqual([]);
  expect(questions).toHaveLength(12);
  expect(outcomes.filter((outcome) => outcome === 'address_refused')).toHaveLength(3);
  expect(outcomes.filter((outcome) => outcome === 'unreachable' || outcome === 'timeout')).toHaveLength(3);
});
