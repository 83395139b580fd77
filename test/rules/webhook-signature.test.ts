import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import { ATTEMPTS_MAX, nextAttemptAt, WAITS_MS } from '../../src/webhooks/schedule.ts';
import { avopaySignature, deliveryHeaders, standardSignature } from '../../src/webhooks/signature.ts';

const AT = new Date();
const OURS = `whsec_${randomBytes(24).toString('base64')}`;

function headersFor(body: Buffer, secrets: readonly string[], at = AT): Record<string, string> {
  return deliveryHeaders({
    body,
    eventId: 'evt_0123456789abcdefghjkmnpqrs',
    eventCreatedAt: new Date('2026-05-15T14:09:41.000Z'),
    eventSequence: 42n,
    deliveryId: '0123456789abcdef0123456789abcdef',
    attempt: 2,
    isRedelivery: false,
    at,
    secrets: secrets.map((secret) => new Secret(secret)),
  });
}

/** The check that the documentation shows to merchants: the secret as text, the raw body, hex, constant time. */
function merchantAccepts(secret: string, body: Buffer, signature: string): boolean {
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

test('a thousand random bodies are accepted by the documented check and by the Standard Webhooks library, and none with one bit changed', () => {
  const json = fc.sample(fc.json(), 500).map((text) => Buffer.from(text));
  const bodies = [
    ...json,
    ...Array.from({ length: 500 }, (_, size) =>
      Buffer.from(JSON.stringify({ metadata: randomBytes(size).toString('base64'), note: 'é€漢😀' })),
    ),
  ];
  const library = new Webhook(OURS);
  const tally = { accepted: 0, tampered: 0 };
  for (const body of bodies) {
    const headers = headersFor(body, [OURS]);
    if (merchantAccepts(OURS, body, headers['X-AvoPay-Signature'] ?? '')) tally.accepted++;
    library.verify(body.toString('utf8'), headers, { jsonParse: false });
    tally.accepted++;
    const changed = Buffer.from(body);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    if (merchantAccepts(OURS, changed, headers['X-AvoPay-Signature'] ?? '')) tally.tampered++;
    try {
      library.verify(changed.toString('utf8'), headers, { jsonParse: false });
      tally.tampered++;
    } catch {
      // refused, as it must be
    }
  }
  expect(bodies).toHaveLength(1000);
  expect(tally).toEqual({ accepted: 2000, tampered: 0 });
});

test('a secret of the merchant’s own making signs with its text in both headers', () => {
  const secret = 'a-secret-of-my-own';
  const body = Buffer.from('{"event":"payment.test"}');
  const headers = headersFor(body, [secret]);
  new Webhook(secret, { format: 'raw' }).verify(body.toString(), headers);
  expect(merchantAccepts(secret, body, headers['X-AvoPay-Signature'] ?? '')).toBe(true);
});

test('W-16: while a secret is being changed the old one still verifies in the standard header, and the documented header is the newest', () => {
  const old = `whsec_${randomBytes(24).toString('base64')}`;
  const body = Buffer.from('{}');
  const headers = headersFor(body, [OURS, old]);
  for (const secret of [OURS, old]) new Webhook(secret).verify('{}', headers);
  expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
  expect(merchantAccepts(OURS, body, headers['X-AvoPay-Signature'] ?? '')).toBe(true);
  expect(merchantAccepts(old, body, headers['X-AvoPay-Signature'] ?? '')).toBe(false);
});

test('a delivery replayed after five minutes is refused by the library', () => {
  const headers = headersFor(Buffer.from('{}'), [OURS], new Date(Date.now() - 301_000));
  expect(() => new Webhook(OURS).verify('{}', headers)).toThrow('Message timestamp too old');
});

test('W-5: the published vector of HMAC-SHA256 comes out in the documented form', () => {
  // RFC 4231, test case 2.
  const signature = avopaySignature(new Secret('Jefe'), Buffer.from('what do ya want for nothing?'));
  expect(signature).toBe('sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
});

test('the published vector of Standard Webhooks comes out', () => {
  const signature = standardSignature(new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: '1614265330',
    body: Buffer.from('{"test": 2432232314}'),
  });
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('W-6 W-18: the headers are the documented ones to the letter', () => {
  const body = Buffer.from('{}');
  const seconds = String(Math.floor(AT.getTime() / 1000));
  expect(headersFor(body, [OURS])).toEqual({
    'Content-Type': 'application/json',
    'User-Agent': 'AvoPay-Webhooks/1',
    'X-AvoPay-Delivery-ID': '0123456789abcdef0123456789abcdef',
    'X-AvoPay-Event-ID': 'evt_0123456789abcdefghjkmnpqrs',
    'X-AvoPay-Attempt': '2',
    'X-AvoPay-Timestamp': seconds,
    'X-AvoPay-Created-At': '2026-05-15T14:09:41.000Z',
    'X-AvoPay-Sequence': '42',
    'X-AvoPay-Signature': `sha256=${createHmac('sha256', OURS).update(body).digest('hex')}`,
    'webhook-id': 'evt_0123456789abcdefghjkmnpqrs',
    'webhook-timestamp': seconds,
    'webhook-signature': new Webhook(OURS).sign('evt_0123456789abcdefghjkmnpqrs', AT, '{}'),
  });
});

test('W-5: without a secret nothing is signed, and the ids are still there', () => {
  const headers = headersFor(Buffer.from('{}'), []);
  expect(Object.keys(headers).filter((name) => /signature/i.test(name))).toEqual([]);
  expect(headers['webhook-id']).toBe('evt_0123456789abcdefghjkmnpqrs');
});

test('W-8: there are four attempts, after 0 s, 60 s, 5 min and 15 min, never early and at most a tenth late', () => {
  expect([...WAITS_MS]).toEqual([0, 60_000, 300_000, 900_000]);
  expect(ATTEMPTS_MAX).toBe(4);
  const waits = [1, 2, 3].map((attempt) =>
    [0, 0.5, 0.999_999].map((chance) => (nextAttemptAt(attempt, AT, chance)?.getTime() ?? 0) - AT.getTime()),
  );
  expect(waits).toEqual([
    [60_000, 63_000, 65_999],
    [300_000, 315_000, 329_999],
    [900_000, 945_000, 989_999],
  ]);
  expect(nextAttemptAt(4, AT, 0.5)).toBeNull();
});
