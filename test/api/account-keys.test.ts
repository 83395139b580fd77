import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import type { KeyAdmin } from '../support/key-admin.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { keyAdmin } from '../support/key-admin.ts';
import { ourPage, signIn, stranger } from '../support/person.ts';

/** Rotations at once; the whole race is `RACE=200`. */
const RACE = Number(process.env['RACE'] ?? 20);
const HOUR_S = 3_600;

let avopay: Avopay;
let admin: KeyAdmin;
beforeAll(async () => {
  avopay = await startAvopay();
  admin = keyAdmin(avopay);
});
afterAll(() => avopay.stop());

const BODY = { amount: 49.99, currency: 'EUR' };
const read = (key: string, headers: Record<string, string> = {}) => avopay.call('GET', '/api/v1/account', { key, headers });
const pay = (key: string, body: object = BODY, headers: Record<string, string> = {}) =>
  avopay.call('POST', '/api/v1/payments', { body, key, headers });
const newShop = async (body: object = {}): Promise<Json> => (await avopay.call('POST', '/sandbox/accounts', { body, key: null })).body;
const wind = (seconds: number) => avopay.call('POST', '/sandbox/clock', { body: { advance_s: seconds }, key: null });

describe('who may call', () => {
  test('A-1: the scheme is read in any case, and everything else is 401 in the documented words', async () => {
    const { secret_key: key } = avopay.demo;
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      expect((await avopay.call('GET', '/api/v1/account', { key: null, headers: { authorization: `${scheme} ${key}` } })).status).toBe(200);
    }
    for (const authorization of [
      '',
      key,
      `Basic ${key}`,
      `Bearer  ${key}`,
      `Bearer ${key}x`,
      `Bearer ${key.slice(0, -1)}`,
      'Bearer ak_live_1',
    ]) {
      const reply = await avopay.call('GET', '/api/v1/account', { key: null, headers: { authorization } });
      expect([reply.status, reply.body.error]).toEqual([401, 'Invalid or missing API key']);
      expect(reply.headers.get('www-authenticate')).toContain('Bearer');
    }
  });

  test('A-2: a secret key of the documented form reads and changes the account', async () => {
    const made = await admin.make({ kind: 'secret' });
    expect(made.api_key).toMatch(/^ak_live_[0-9A-Za-z]{33}$/);
    expect((await read(made.api_key)).status).toBe(200);
    expect((await pay(made.api_key)).status).toBe(201);
  });

  test('A-3 A-4: a publishable key makes payments, and is refused in the documented words everywhere else', async () => {
    const made = await admin.make({ kind: 'publishable' });
    expect(made.api_key).toMatch(/^ak_pub_[0-9A-Za-z]{33}$/);
    const { body } = await pay(made.api_key);
    const closed = [
      ['GET', '/api/v1/account'],
      ['GET', '/api/v1/account/keys'],
      ['POST', `/api/v1/account/keys/${made.id}/rotate`],
      ['DELETE', `/api/v1/account/keys/${made.id}`],
      ['GET', `/api/v1/payments/${body.payment_id}`],
      ['POST', `/api/v1/payments/${body.payment_id}/simulate`],
      ['GET', '/api/v1/payment-links'],
    ] as const;
    for (const [method, path] of closed) {
      const reply = await avopay.call(method, path, { key: made.api_key, ...(method === 'POST' ? { body: {} } : {}) });
      expect([path, reply.status, reply.body.error]).toEqual([path, 403, 'Secret key required for this endpoint']);
    }
    const { rows } = await avopay.db.query(`SELECT source, "apiKeyId" FROM "Payment" WHERE id = $1`, [body.payment_id]);
    expect(rows[0]).toEqual({ source: 'publishable', apiKeyId: made.id });
  });

  test('A-9: a key in the address is no key, and no key stands in the database', async () => {
    const { secret_key: key } = avopay.demo;
    for (const name of ['key', 'api_key', 'access_token', 'authorization']) {
      expect((await avopay.call('GET', `/api/v1/account?${name}=${key}`, { key: null })).status).toBe(401);
    }
    const { rows } =
      await avopay.db.query(`SELECT "ApiKey"::text AS text FROM "ApiKey" UNION ALL SELECT "AuditEntry"::text FROM "AuditEntry"
      UNION ALL SELECT "Event"::text FROM "Event"`);
    const made = await admin.make({ kind: 'secret' });
    expect(rows.some(({ text }) => text.includes(key) || text.includes(made.api_key))).toBe(false);
  });
});

describe('keys of an account', () => {
  test('A-5: a secret key is shown once, then by its hint; a publishable one always', async () => {
    const secret = await admin.make({ kind: 'secret', label: ' Till 1 ' });
    const publishable = await admin.make({ kind: 'publishable', label: 'Shop page' });
    const { body, text } = await admin.call('GET', '/keys');
    const listed = body.data.find(({ id }: Json) => id === secret.id);
    expect(listed).toMatchObject({ kind: 'secret', mode: 'live', label: 'Till 1', hint: `ak_live_…${secret.api_key.slice(-4)}` });
    expect(text).not.toContain(secret.api_key);
    const account = (await read(avopay.demo.secret_key)).body;
    expect(account.publishable_key).toBe(publishable.api_key);
    expect(account.keys.map(({ id }: Json) => id)).toEqual(expect.arrayContaining([secret.id, publishable.id]));
  });

  test('A-6: a key is labelled, expires, and is revoked, and each is in the log and in the audit trail', async () => {
    const key = await admin.make({ kind: 'secret', expires_at: new Date(Date.now() + 30 * 24 * HOUR_S * 1_000).toISOString() });
    expect((await admin.call('PATCH', `/keys/${key.id}`, { label: 'Cellar' })).body).toMatchObject({ id: key.id, label: 'Cellar' });
    const revoked = await admin.call('DELETE', `/keys/${key.id}`);
    expect(revoked).toMatchObject({ status: 200, body: { id: key.id } });
    expect(revoked.body.revoked_at).not.toBeNull();
    expect(await read(key.api_key)).toMatchObject({ status: 401, body: { error: 'Invalid or missing API key' } });
    expect((await admin.call('DELETE', `/keys/${key.id}`)).body.revoked_at).toBe(revoked.body.revoked_at);
    expect(await admin.call('PATCH', `/keys/${key.id}`, { label: 'Attic' })).toMatchObject({ status: 409, body: { code: 'key_ended' } });
    const events = await avopay.db.query(`SELECT type FROM "Event" WHERE "subjectId" = $1 ORDER BY sequence`, [key.id]);
    expect(events.rows.map(({ type }) => type)).toEqual(['key.created', 'key.revoked']);
    const audit = await avopay.db.query(`SELECT action, actor FROM "AuditEntry" WHERE "subjectId" = $1 ORDER BY "createdAt"`, [key.id]);
    expect(audit.rows.map(({ action }) => action)).toEqual(['key.created', 'key.updated', 'key.revoked']);
    for (const { actor } of audit.rows) expect(actor).toMatch(/^(?:key|usr)_/);
  });

  test('A-6: a rotated key goes on for the overlap and no longer; its successor has the same rights', async () => {
    const old = await admin.make({ kind: 'publishable', label: 'Shop', origins: ['https://shop.example'], max_amount: { EUR: 80 } });
    const { status, body: next } = await admin.call('POST', `/keys/${old.id}/rotate`, { overlap_hours: 2 });
    expect(status).toBe(201);
    expect(next).toMatchObject({ kind: 'publishable', label: 'Shop', origins: ['https://shop.example'], max_amount: { EUR: 80 } });
    expect(next.rotated_from_id).toBe(old.id);
    const at = { origin: 'https://shop.example' };
    for (const key of [old, next]) expect((await pay(key.api_key, BODY, at)).status).toBe(201);
    await wind(2 * HOUR_S);
    expect((await pay(old.api_key, BODY, at)).status).toBe(401);
    expect((await pay(next.api_key, BODY, at)).status).toBe(201);
  });

  test('A-6: without an overlap the old key ends at once; an overlap above 72 hours is refused', async () => {
    const key = await admin.make({ kind: 'secret' });
    for (const hours of [73, -1, 1.5, '4', true]) {
      expect((await admin.call('POST', `/keys/${key.id}/rotate`, { overlap_hours: hours })).body.code).toBe('invalid_overlap');
    }
    const { body: next } = await admin.call('POST', `/keys/${key.id}/rotate`, { overlap_hours: 0 });
    expect((await read(key.api_key)).status).toBe(401);
    expect((await read(next.api_key)).status).toBe(200);
  });

  test(`A-6: of ${RACE} rotations of one key at once, one makes its successor`, async () => {
    const key = await admin.make({ kind: 'secret' });
    const replies = await Promise.all(Array.from({ length: RACE }, () => admin.call('POST', `/keys/${key.id}/rotate`, {})));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(RACE - 1).fill(409)]);
    const { rows } = await avopay.db.query(`SELECT count(*)::int AS n FROM "ApiKey" WHERE "rotatedFromId" = $1`, [key.id]);
    expect(rows[0].n).toBe(1);
  });

  test('A-7: whoever lost the answer of a rotation takes the successor back and rotates again', async () => {
    const key = await admin.make({ kind: 'secret' });
    const { body: lost } = await admin.call('POST', `/keys/${key.id}/rotate`, {});
    expect((await avopay.call('POST', `/api/v1/account/keys/${key.id}/rotate`, { key: key.api_key, body: {} })).status).toBe(409);
    expect((await avopay.call('DELETE', `/api/v1/account/keys/${lost.id}`, { key: key.api_key })).status).toBe(200);
    const again = await avopay.call('POST', `/api/v1/account/keys/${key.id}/rotate`, { key: key.api_key, body: {} });
    expect(again.status).toBe(201);
    expect((await read(again.body.api_key)).status).toBe(200);
  });

  test('an account has at most twenty keys at a time, also when many are asked for at once', async () => {
    const shop = await newShop();
    const many = keyAdmin(avopay, shop);
    const replies = await Promise.all(Array.from({ length: 30 }, () => many.call('POST', '/keys', { kind: 'secret' })));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(18); // two come with the account
    const made = replies.find(({ status }) => status === 201)?.body;
    await many.call('DELETE', `/keys/${made.id}`);
    expect((await many.call('POST', '/keys', { kind: 'secret' })).status).toBe(201);
    expect(await many.call('POST', '/keys', { kind: 'secret' })).toMatchObject({ status: 409, body: { code: 'too_many_keys' } });
  });

  test('A-6: a secret key makes no keys, changes none and closes no account; it rotates and revokes itself and no other', async () => {
    const [own, other] = [await admin.make({ kind: 'secret' }), await admin.make({ kind: 'publishable' })];
    const asKey = async (method: string, path: string, body?: object, key: string = own.api_key) => {
      const reply = await avopay.call(method, `/api/v1/account${path}`, { key, ...(body ? { body } : {}) });
      return [reply.status, reply.body.code];
    };
    for (const kind of ['secret', 'publishable']) {
      expect(await asKey('POST', '/keys', { kind })).toEqual([403, 'session_required']);
    }
    expect(await asKey('POST', '/keys', { kind: 'secret' }, other.api_key)).toEqual([403, 'session_required']);
    expect(await asKey('PATCH', `/keys/${own.id}`, { label: 'Mine' })).toEqual([403, 'session_required']);
    expect(await asKey('POST', '/close', { password: avopay.demo.password })).toEqual([403, 'session_required']);
    expect(await asKey('DELETE', `/keys/${other.id}`)).toEqual([403, 'key_not_own']);
    expect(await asKey('POST', `/keys/${other.id}/rotate`, {})).toEqual([403, 'key_not_own']);
    expect((await pay(other.api_key)).status).toBe(201);
    const path = `/api/v1/account/keys/${own.id}/rotate`;
    const { status, body: next } = await avopay.call('POST', path, { key: own.api_key, body: { overlap_hours: 0 } });
    expect([status, next.rotated_from_id]).toEqual([201, own.id]);
    expect((await avopay.call('DELETE', `/api/v1/account/keys/${next.id}`, { key: next.api_key })).status).toBe(200);
    expect((await read(next.api_key)).status).toBe(401);
  });

  test('A-6: keys are made by somebody who gave the password within ten minutes, and changed by anybody signed in', async () => {
    const shop = await newShop();
    const owner = { ...stranger(avopay), email: shop.email, password: shop.password };
    const cookie = (await signIn(owner)).headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const asOwner = (method: string, path: string, body: object) =>
      avopay.call(method, `/api/v1/account${path}`, { key: null, headers: { ...ourPage(avopay), cookie }, body });
    const { body: key } = await asOwner('POST', '/keys', { kind: 'secret' });
    await wind(601);
    expect((await asOwner('POST', '/keys', { kind: 'secret' })).body.code).toBe('sign_in_again');
    expect((await asOwner('POST', '/close', { password: shop.password })).body.code).toBe('sign_in_again');
    expect((await asOwner('PATCH', `/keys/${key.id}`, { label: 'Till' })).body).toMatchObject({ label: 'Till' });
    expect((await asOwner('POST', `/keys/${key.id}/rotate`, {})).status).toBe(201);
  });

  test('a key of another account looks like none', async () => {
    const foreign = await keyAdmin(avopay, await newShop()).make({ kind: 'secret' });
    for (const id of [foreign.id, 'key_00000000000000000000000000', 'key_1', '%00']) {
      for (const [method, path] of [
        ['PATCH', ''],
        ['DELETE', ''],
        ['POST', '/rotate'],
      ] as const) {
        const { status, body } = await admin.call(method, `/keys/${id}${path}`, method === 'DELETE' ? undefined : {});
        expect([id, status, body.error]).toEqual([id, 404, 'API key not found']);
      }
    }
    expect((await read(foreign.api_key)).status).toBe(200);
  });

  test.each([
    [{}, 'invalid_key_kind'],
    [{ kind: 'root' }, 'invalid_key_kind'],
    [{ kind: 'secret', mode: 'both' }, 'invalid_key_mode'],
    [{ kind: 'secret', label: 'x'.repeat(81) }, 'invalid_label'],
    [{ kind: 'secret', label: 'a\u202eb' }, 'invalid_label'],
    [{ kind: 'secret', origins: ['https://shop.example'] }, 'bounds_of_publishable_keys'],
    [{ kind: 'publishable', origins: ['https://shop.example/path'] }, 'invalid_origins'],
    [{ kind: 'publishable', origins: ['*'] }, 'invalid_origins'],
    [{ kind: 'publishable', origins: 'https://shop.example' }, 'invalid_origins'],
    [{ kind: 'publishable', origins: Array.from({ length: 21 }, (_, n) => `https://s${n}.example`) }, 'invalid_origins'],
    [{ kind: 'publishable', max_amount: { XAU: 1 } }, 'invalid_max_amount'],
    [{ kind: 'publishable', max_amount: { EUR: 0 } }, 'invalid_max_amount'],
    [{ kind: 'publishable', max_amount: { EUR: '1.005' } }, 'invalid_max_amount'],
    [{ kind: 'publishable', max_amount: [1] }, 'invalid_max_amount'],
    [{ kind: 'secret', expires_at: '2020-01-01T00:00:00Z' }, 'invalid_expiry'],
    [{ kind: 'secret', expires_at: 'tomorrow' }, 'invalid_expiry'],
  ])('a key asked for as %j is refused with %s', async (body, code) => {
    const reply = await admin.call('POST', '/keys', body);
    expect([reply.status, reply.body.code]).toEqual([400, code]);
  });
});

describe('the use of keys', () => {
  test('A-6: when a key was last used is known to the minute, and written once a minute', async () => {
    const key = await admin.make({ kind: 'secret' });
    const usedAt = async () =>
      (await avopay.db.query(`SELECT "lastUsedAt" AS at FROM "ApiKey" WHERE id = $1`, [key.id])).rows[0].at as Date | null;
    expect(await usedAt()).toBeNull();
    await read(key.api_key);
    const first = await eventually(usedAt);
    for (let n = 0; n < 5; n++) await read(key.api_key);
    await read(avopay.demo.secret_key);
    expect(await usedAt()).toEqual(first);
    await wind(61);
    await read(key.api_key);
    await eventually(async () => (await usedAt())?.getTime() !== first.getTime());
  });

  test('A-9: a secret key that comes from a web page is flagged once a day, and the account says so', async () => {
    const key = await admin.make({ kind: 'secret' });
    for (let n = 0; n < 3; n++) await pay(key.api_key, BODY, { origin: 'https://leaky.example' });
    const seen = () =>
      avopay.db.query(`SELECT facts FROM "AuditEntry" WHERE "subjectId" = $1 AND action = 'key.seen_in_browser'`, [key.id]);
    await eventually(async () => (await seen()).rowCount === 1);
    const { warnings } = (await read(avopay.demo.secret_key)).body;
    expect(warnings).toEqual([expect.stringContaining(`${key.hint} was used by a web page (https://leaky.example)`)]);
    await wind(24 * HOUR_S);
    await pay(key.api_key, BODY, { origin: 'https://leaky.example' });
    await eventually(async () => (await seen()).rowCount === 2);
    await admin.call('DELETE', `/keys/${key.id}`);
    expect((await read(avopay.demo.secret_key)).body.warnings).toEqual([]);
  });
});
