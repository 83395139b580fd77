import type { Lies } from '../support/authenticator.ts';
import type { Avopay } from '../support/avopay.ts';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Authenticator } from '../support/authenticator.ts';
import { startAvopay } from '../support/avopay.ts';
import { mailsTo, ourPage, pass, type Person, signedUp, signIn, stranger, tokenFor, verified } from '../support/person.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

/** What the person's telephone shows, some steps of 30 seconds away from now. */
const codeNow = async (steps = 0) => {
  const { body } = await avopay.call('GET', '/sandbox', { key: null });
  const timestamp = Date.parse(body.now) + steps * 30_000;
  return new TOTP({ secret: Secret.fromBase32(SECRET) }).generate({ timestamp });
};
const newPerson = async () => verified(avopay, await signedUp(avopay));
const withTotp = async () => {
  const person = await newPerson();
  const reply = await person.call('POST', '/api/v1/auth/totp', { secret: SECRET, code: await codeNow() });
  expect(reply.status).toBe(200);
  await pass(avopay, 30);
  return person;
};
const origin = () => ourPage(avopay)['origin'] ?? '';
const signedIn = async (person: Person) => (await person.call('GET', '/api/v1/auth/session')).status === 200;

describe('an authenticator app', () => {
  test('N-1: the password alone says that a code is needed, gives no session, and names no account', async () => {
    const person = await withTotp();
    person.cookie = null;
    const reply = await signIn(person);
    expect([reply.status, reply.body]).toEqual([200, { account_id: null, needs: ['totp'] }]);
    expect(reply.headers.getSetCookie()).toEqual([]);
    const done = await signIn(person, { code: await codeNow() });
    expect([done.status, done.body.needs, await signedIn(person)]).toEqual([200, [], true]);
  });

  test('a code works once: of twenty who use it at once, one is signed in', async () => {
    const person = await withTotp();
    const code = await codeNow();
    const replies = await Promise.all(Array.from({ length: 20 }, () => signIn({ ...person, call: stranger(avopay).call }, { code })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ body }) => body.code === 'wrong_second_factor')).toHaveLength(19);
    expect((await signIn(person, { code })).status).toBe(401);
    // An earlier code that was never used does not come back either.
    expect((await signIn(person, { code: await codeNow(-1) })).status).toBe(401);
  });

  test('codes of the step before and after hold, for clocks that are a little off; further ones do not', async () => {
    const person = await withTotp();
    await pass(avopay, 120);
    expect((await signIn(person, { code: await codeNow(-2) })).status).toBe(401);
    expect((await signIn(person, { code: await codeNow(2) })).status).toBe(401);
    expect((await signIn(person, { code: await codeNow(-1) })).status).toBe(200);
    expect((await signIn(person, { code: await codeNow(1) })).status).toBe(200);
    const wrong = (await codeNow(2)).split('').reverse().join('');
    expect((await signIn(person, { code: wrong })).status).toBe(401);
  });

  test('a right code with a wrong password says what a wrong password says', async () => {
    const person = await withTotp();
    const reply = await signIn(person, { password: 'wrong password', code: await codeNow() });
    expect(reply.body.code).toBe('wrong_email_or_password');
    expect((await signIn(person, { code: await codeNow() })).status).toBe(200);
  });

  test('it is set up with a code that matches, for a confirmed address, and the secret rests sealed', async () => {
    const fresh = await signedUp(avopay);
    const set = async (person: Person, change: object = {}) =>
      (await person.call('POST', '/api/v1/auth/totp', { secret: SECRET, code: await codeNow(), ...change })).body;
    expect((await set(fresh)).code).toBe('email_not_verified');
    await verified(avopay, fresh);
    expect((await set(fresh, { code: '000000' })).code).toBe('wrong_code');
    expect((await set(fresh, { secret: 'JBSWY3DP' })).code).toBe('invalid_totp_secret');
    expect(await set(fresh)).toEqual({ ok: true });
    const { rows } = await avopay.db.query('SELECT "totpSealed" FROM "User" WHERE "email" = $1', [fresh.email]);
    expect(rows[0].totpSealed.length).toBeGreaterThan(29);
    expect(rows[0].totpSealed.includes(SECRET)).toBe(false);
  });

  test('a reset of the password by mail leaves the second factor where it is', async () => {
    const person = await withTotp();
    await person.call('POST', '/api/v1/auth/password/reset', { email: person.email });
    const token = await tokenFor(avopay, person.email, 'reset_password');
    const password = 'a new password';
    expect((await person.call('POST', '/api/v1/auth/password/reset/confirm', { token, password })).status).toBe(200);
    expect((await signIn(person, { password })).body).toEqual({ account_id: null, needs: ['totp'] });
    expect((await signIn(person, { password, code: await codeNow() })).body.needs).toEqual([]);
  });

  test('a recovery code stands in once, however it is written, and new codes end the old ones', async () => {
    const person = await withTotp();
    const make = async () => (await person.call('POST', '/api/v1/auth/recovery-codes')).body.codes as string[];
    const codes = await make();
    expect(codes).toHaveLength(10);
    const [first = '', second = '', third = ''] = codes;
    const attempts = await Promise.all(
      Array.from({ length: 8 }, () => signIn({ ...person, call: stranger(avopay).call }, { code: first })),
    );
    expect(attempts.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await signIn(person, { code: second.toUpperCase().replaceAll('-', ' ') })).status).toBe(200);
    const other = await withTotp();
    expect((await signIn(other, { code: third })).status).toBe(401);
    const [fresh = ''] = await make();
    expect((await signIn(person, { code: third })).status).toBe(401);
    expect((await signIn(person, { code: fresh })).status).toBe(200);
  });

  test('without it the password alone is enough again, and every change is mailed', async () => {
    const person = await withTotp();
    expect((await person.call('POST', '/api/v1/auth/totp', {})).body).toEqual({ ok: true });
    expect((await signIn(person)).body.needs).toEqual([]);
    const texts = (await mailsTo(avopay, person.email)).map(({ text }) => text).join();
    expect(texts).toContain('Codes of an authenticator app are now asked for');
    expect(texts).toContain('Codes of an authenticator app are no longer asked for');
  });
});

describe('a passkey', () => {
  const optionsFor = async (person: Person) => (await person.call('POST', '/api/v1/auth/passkeys/options')).body;
  const withPasskey = async () => {
    const person = await newPerson();
    const key = new Authenticator();
    const response = key.create(await optionsFor(person), origin());
    const reply = await person.call('POST', '/api/v1/auth/passkeys', { response, label: 'Blue key' });
    expect(reply.body).toEqual({ ok: true });
    return { person, key };
  };
  const asked = async (person: Person) => (await signIn(person)).body.passkey_options;

  test('is added and asked for, and its answer signs in once', async () => {
    const { person, key } = await withPasskey();
    person.cookie = null;
    const first = await signIn(person);
    expect(first.body).toMatchObject({ account_id: null, needs: ['passkey'] });
    expect(first.body.passkey_options.allowCredentials).toEqual([expect.objectContaining({ id: key.id })]);
    const passkey = key.get(first.body.passkey_options, origin());
    const replies = await Promise.all(Array.from({ length: 8 }, () => signIn({ ...person, call: stranger(avopay).call }, { passkey })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await signIn(person, { passkey })).status).toBe(401);
    expect((await signIn(person, { passkey: key.get(await asked(person), origin()) })).body.needs).toEqual([]);
    expect((await person.call('GET', '/api/v1/auth/session')).body.passkeys).toEqual([
      expect.objectContaining({ id: key.id, label: 'Blue key' }),
    ]);
  });

  test.each<[string, Lies]>([
    ['another site', { origin: 'https://evil.example' }],
    ['another relying party', { rpId: 'evil.example' }],
    ['a challenge that nobody was given', { challenge: Buffer.alloc(32, 7).toString('base64url') }],
    ['a counter that goes back', { counter: 0 }],
    ['an answer to another question', { type: 'webauthn.create' }],
  ])('is no proof from %s', async (_what, lies) => {
    const { person, key } = await withPasskey();
    expect((await signIn(person, { passkey: key.get(await asked(person), origin()) })).status).toBe(200);
    const passkey = key.get(await asked(person), origin(), lies);
    expect((await signIn(person, { passkey })).body.code).toBe('wrong_second_factor');
  });

  test('of somebody else is no proof, nor an answer to somebody else’s challenge, nor a late one', async () => {
    const { person, key } = await withPasskey();
    const other = await withPasskey();
    const foreign = other.key.get(await asked(other.person), origin());
    expect((await signIn(person, { passkey: foreign })).status).toBe(401);
    const swapped = key.get(await asked(other.person), origin());
    expect((await signIn(person, { passkey: swapped })).status).toBe(401);
    const late = key.get(await asked(person), origin());
    await pass(avopay, 301);
    expect((await signIn(person, { passkey: late })).status).toBe(401);
    expect((await signIn(person, { passkey: { id: key.id } })).status).toBe(401);
  });

  test('that is somebody’s cannot be added by another, and only its owner removes it', async () => {
    const { person, key } = await withPasskey();
    const other = await newPerson();
    const add = async () =>
      (await other.call('POST', '/api/v1/auth/passkeys', { response: key.create(await optionsFor(other), origin()), label: 'x' })).body;
    expect((await add()).code).toBe('passkey_registered');
    expect((await other.call('DELETE', `/api/v1/auth/passkeys/${key.id}`)).status).toBe(404);
    expect((await person.call('DELETE', '/api/v1/auth/passkeys/x%00')).status).toBe(404);
    const stolen = new Authenticator().create(await optionsFor(person), origin());
    expect((await other.call('POST', '/api/v1/auth/passkeys', { response: stolen, label: 'x' })).body.code).toBe('invalid_passkey');
    expect((await person.call('DELETE', `/api/v1/auth/passkeys/${key.id}`)).status).toBe(200);
    expect((await signIn(person)).body.needs).toEqual([]);
    expect(await add()).toEqual({ ok: true });
  });
});
