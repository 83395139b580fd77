import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import type { Person } from '../support/person.ts';
import { Transformer } from '@napi-rs/image';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOGO_BYTES_MAX } from '../../src/logos/logo.ts';
import { startAvopay } from '../support/avopay.ts';
import { signedUp } from '../support/person.ts';
import { hostilePictures, jpeg, MARKS, png, refusedPictures, webpChunks } from '../support/pictures.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

let avopay: Avopay;
let owner: Person;
beforeAll(async () => {
  await ensureWebBuilt();
  avopay = await startAvopay();
  owner = await signedUp(avopay);
}, 60_000);
afterAll(() => avopay.stop());

const SET = `mutation ($image: String) {
  setLogo(image: $image) { __typename ... on Account { merchant { logoUrl } } ... on Refusal { code } }
}`;
const setLogo = async (picture: Buffer | null, person = owner): Promise<Json> => {
  const { body } = await person.graphql(SET, { image: picture?.toString('base64') ?? null });
  return body.data.setLogo;
};
const pathOf = (set: Json): string => new URL(set.merchant.logoUrl).pathname;
const served = (path: string, headers: Record<string, string> = {}) => fetch(`${avopay.url}${path}`, { headers });
const bytesOf = async (path: string) => Buffer.from(await (await served(path)).arrayBuffer());
const stored = async () => {
  const { rows } = await avopay.db.query(
    'SELECT a.logo, a."logoHash" FROM "Account" a JOIN "User" u ON u."accountId" = a.id WHERE u.email = $1',
    [owner.email],
  );
  return rows[0];
};

describe('of what a hostile picture carries, nothing is kept or served', async () => {
  const pictures = await hostilePictures();
  test.each(Object.keys(pictures))('%s', async (name) => {
    const picture = pictures[name] as Buffer; // a key of the table
    expect(picture.length).toBeLessThan(LOGO_BYTES_MAX);
    expect(MARKS.some((mark) => picture.includes(mark))).toBe(true);
    const path = pathOf(await setLogo(picture));
    const bytes = await bytesOf(path);
    expect(webpChunks(bytes).filter((chunk) => !['VP8 ', 'VP8L', 'VP8X', 'ALPH'].includes(chunk))).toEqual([]);
    expect(MARKS.filter((mark) => bytes.includes(mark))).toEqual([]);
    expect(await new Transformer(bytes).metadata()).toMatchObject({ width: 40, height: 30 });
    expect((await stored()).logo.equals(bytes)).toBe(true);
  });
});

describe('a picture is refused, and the logo stays, when it is', async () => {
  const pictures = await refusedPictures();
  test.each(Object.keys(pictures))('%s', async (name) => {
    const { bytes, code } = pictures[name] as (typeof pictures)[string]; // a key of the table
    const before = await stored();
    expect(await setLogo(bytes)).toEqual({ __typename: 'Refusal', code });
    expect(await stored()).toEqual(before);
  });
});

test('what is not base64 is refused', async () => {
  const { body } = await owner.graphql(SET, { image: 'data:image/png;base64,AAAA' });
  expect(body.data.setLogo).toEqual({ __typename: 'Refusal', code: 'invalid_logo' });
});

test('a large picture is drawn at 256 pixels, a small one as it is, a turned one upright', async () => {
  const sizeOf = async (picture: Buffer) => {
    const { width, height } = await new Transformer(await bytesOf(pathOf(await setLogo(picture)))).metadata();
    return [width, height];
  };
  expect(await sizeOf(png(2_048, 1_024))).toEqual([256, 128]);
  expect(await sizeOf(png(16, 24))).toEqual([16, 24]);
  expect(await sizeOf(await jpeg(40, 30, 6))).toEqual([30, 40]);
});

test('a logo is answered as a picture that can do nothing, once for each browser; other names are not found', async () => {
  const path = pathOf(await setLogo(png(64, 64)));
  expect(path).toMatch(/^\/logos\/[0-9a-f]{32}\.webp$/);
  const { status, headers } = await served(path);
  expect([status, headers.get('content-type'), headers.get('x-content-type-options'), headers.get('cache-control')]).toEqual([
    ...[200, 'image/webp', 'nosniff', 'public, max-age=31536000, immutable'],
  ]);
  expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'; sandbox");
  expect((await served(path, { 'if-none-match': headers.get('etag') ?? '', 'cache-control': 'max-age=0' })).status).toBe(304);
  for (const other of [
    path.replace('webp', 'svg'),
    `${path}.html`,
    '/logos/..%2f..%2fetc%2fpasswd',
    path.replace(/[0-9a-f]{4}\./, 'ffff.'),
  ]) {
    const reply = await served(other);
    expect([other, reply.status, reply.headers.get('x-content-type-options')]).toEqual([other, 404, 'nosniff']);
  }
});

test('the same picture has one address, another one another; a taken away logo is gone', async () => {
  const other = await signedUp(avopay);
  const path = pathOf(await setLogo(png(64, 64)));
  expect(pathOf(await setLogo(png(64, 64), other))).toBe(path);
  expect(pathOf(await setLogo(png(64, 65)))).not.toBe(path);
  expect((await served(path)).status).toBe(200);
  expect((await setLogo(null, other)).merchant.logoUrl).toBe(null);
  expect((await served(path)).status).toBe(404);
});

test('payers see it beside the name, on checkout, link and receipt; the audit trail names the change', async () => {
  const path = pathOf(await setLogo(png(90, 90)));
  const accountId = (await owner.graphql('{ account { id } }')).body.data.account.id;
  const { rows } = await avopay.db.query('SELECT action, facts FROM "AuditEntry" WHERE "accountId" = $1 ORDER BY id DESC', [accountId]);
  expect(rows.filter(({ action, facts }) => action === 'account.updated' && facts.changed[0] === 'logo')).not.toEqual([]);
  const shop = await owner.graphql(
    `mutation { createApiKey(input: { kind: "secret", mode: "test", label: "Shop" }) { ... on NewApiKey { plaintext } } }`,
  );
  const key: string = shop.body.data.createApiKey.plaintext;
  const { body: payment } = await avopay.call('POST', '/api/v1/payments', { key, body: { amount: 5, currency: 'EUR' } });
  const { body: link } = await avopay.call('POST', '/api/v1/payment-links', {
    key,
    body: { title: 'Mug', amount_fiat: 5, currency: 'EUR' },
  });
  for (const page of [`/pay/${payment.payment_id}`, `/pay/${payment.payment_id}/receipt`, `/pay/${link.id}`]) {
    const html = await (await served(page)).text();
    expect([page, html.includes(`<img src="${path}" alt width="36" height="36"/>`)]).toEqual([page, true]);
  }
});

test('ten uploads at once are drawn or told to come back, and each shop has its own', async () => {
  const people = await Promise.all(Array.from({ length: 4 }, () => signedUp(avopay)));
  const set = await Promise.all(people.map((person, index) => setLogo(png(20 + index, 20), person)));
  expect(new Set(set.map(pathOf)).size).toBe(people.length);
});
