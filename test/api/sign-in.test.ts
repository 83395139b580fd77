import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';
import { mailsTo, ourPage, pass, type Person, signedUp, signIn, stranger, tokenFor } from '../support/person.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

/** As if the browser were used all the time until its session ends. */
const usedUntilTheEnd = (person: Person) =>
  avopay.db.query(
    `UPDATE "Session" SET "lastSeenAt" = "expiresAt" - interval '1 minute'
     WHERE "userId" = (SELECT "id" FROM "User" WHERE "email" = $1)`,
    [person.email],
  );

const who = async (person: Person) => (await person.call('GET', '/api/v1/auth/session')).status;

describe('signing up and in', () => {
  test('R-16: signing up makes an account in trial, signs its owner in, and shows no key', async () => {
    const person = stranger(avopay);
    const { email, password } = person;
    const reply = await person.call('POST', '/api/v1/auth/signup', { email: `  ${email.toUpperCase()} `, password, terms_accepted: true });
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({ account_id: expect.stringMatching(/^acc_/), needs: [] });
    expect(reply.text).not.toContain('ak_');
    const session = await person.call('GET', '/api/v1/auth/session');
    expect(session.body).toMatchObject({ account_id: reply.body.account_id, email, email_verified: false, totp: false, passkeys: [] });
    expect(session.body.sessions).toEqual([expect.objectContaining({ current: true, ip: '127.0.0.1' })]);
  });

  test.each([
    ['no e-mail', { email: '' }, 'email and password are required'],
    ['a password that is no text', { password: 12345678 }, 'email and password are required'],
    ['a short password', { password: 'seven77' }, 'password must be at least 8 characters'],
    ['a password of 129 bytes', { password: 'x'.repeat(129) }, 'password must be at most 128 bytes'],
    ['an address with a line break', { email: 'a@b.example\r\nBcc: c@d.example' }, 'email is not a valid address'],
    ['an address with a name', { email: 'Ann <a@b.example>' }, 'email is not a valid address'],
    ['terms that are not accepted', { terms_accepted: 'true' }, 'terms_accepted must be true'],
  ])('R-16: signing up is refused in words for %s', async (_what, change, error) => {
    const { email, password, call } = stranger(avopay);
    const reply = await call('POST', '/api/v1/auth/signup', { email, password, terms_accepted: true, ...change });
    expect([reply.status, reply.body.error]).toEqual([400, error]);
  });

  test('R-16: of twelve who sign up with one address at once, one gets the account', async () => {
    const { email, password } = stranger(avopay);
    const all = Array.from({ length: 12 }, () =>
      stranger(avopay).call('POST', '/api/v1/auth/signup', { email, password, terms_accepted: true }),
    );
    const replies = await Promise.all(all);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 11 }, () => 409)]);
    expect(replies.find(({ status }) => status === 409)?.body.error).toBe('Email already registered');
  });

  test('N-1: login answers the account and what is needed, and the session is in the cookie alone', async () => {
    const person = await signedUp(avopay);
    const reply = await signIn(person);
    expect(reply.status).toBe(200);
    expect(Object.keys(reply.body)).toEqual(['account_id', 'needs']);
    const [cookie = ''] = reply.headers.getSetCookie();
    expect(cookie).toMatch(/^avopay=[\w-]{43}; Path=\/; Expires=[^;]+ GMT; HttpOnly; SameSite=Lax$/);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(reply.text).not.toContain(cookie.slice(7, 50));
  });

  test('R-17: an unknown address and a wrong password get the same answer, header by header', async () => {
    const { email } = await signedUp(avopay);
    const wrong = await stranger(avopay).call('POST', '/api/v1/auth/login', { email, password: 'wrong password' });
    const unknown = await stranger(avopay).call('POST', '/api/v1/auth/login', { email: 'nobody@shop.example', password: 'wrong password' });
    const shape = (reply: typeof wrong) => {
      const { request_id: _id, ...body } = reply.body;
      return [reply.status, body, [...reply.headers.keys()].sort(), reply.text.length];
    };
    expect(shape(unknown)).toEqual(shape(wrong));
    expect(wrong.body.error).toBe('Wrong e-mail address or password');
  });

  test('A-7: whoever has lost every key still signs in', async () => {
    const { email, password } = avopay.demo;
    const reply = await stranger(avopay).call('POST', '/api/v1/auth/login', { email, password });
    expect(reply.body).toEqual({ account_id: avopay.demo.account_id, needs: [] });
  });

  test('a password counts as typed, however its accents are composed', async () => {
    const person = stranger(avopay);
    const { email } = person;
    await person.call('POST', '/api/v1/auth/signup', { email, password: 'caf\u00e9 cr\u00e8me', terms_accepted: true });
    const reply = await person.call('POST', '/api/v1/auth/login', { email, password: 'cafe\u0301 cre\u0300me' });
    expect(reply.status).toBe(200);
  });
});

describe('sessions', () => {
  test('a session that was planted in a browser is not the one that signing in gives', async () => {
    const attacker = await signedUp(avopay);
    const victim = await signedUp(avopay);
    victim.cookie = attacker.cookie;
    await signIn(victim);
    expect(victim.cookie).not.toBe(attacker.cookie);
    expect((await victim.call('GET', '/api/v1/auth/session')).body.email).toBe(victim.email);
    expect(await who(attacker)).toBe(401);
    const invented = await signedUp(avopay);
    const token = invented.cookie;
    invented.cookie = `avopay=${'A'.repeat(43)}`;
    await signIn(invented);
    expect(invented.cookie).not.toContain('A'.repeat(43));
    expect(invented.cookie).not.toBe(token);
  });

  test('signing out ends the session on the server, and everywhere ends every one', async () => {
    const one = await signedUp(avopay);
    const other = { ...stranger(avopay), email: one.email };
    const third = stranger(avopay);
    for (const person of [other, third]) await person.call('POST', '/api/v1/auth/login', { email: one.email, password: one.password });
    const kept = third.cookie;
    expect((await third.call('POST', '/api/v1/auth/logout')).body).toEqual({ ok: true });
    expect(third.cookie).toBeNull();
    third.cookie = kept;
    expect(await who(third)).toBe(401);
    expect(await who(one)).toBe(200);
    await one.call('POST', '/api/v1/auth/logout', { everywhere: true });
    const again = stranger(avopay);
    again.cookie = other.cookie;
    expect(await who(again)).toBe(401);
  });

  test('a person sees the own browsers and ends one of them, and nobody else’s', async () => {
    const one = await signedUp(avopay);
    const phone = stranger(avopay);
    await phone.call(
      'POST',
      '/api/v1/auth/login',
      { email: one.email, password: one.password },
      { ...ourPage(avopay), 'user-agent': 'Phone/1' },
    );
    const { sessions } = (await one.call('GET', '/api/v1/auth/session')).body;
    expect(sessions).toHaveLength(2);
    const id = sessions.find((session: { user_agent: string }) => session.user_agent === 'Phone/1').id;
    const foreign = await signedUp(avopay);
    expect((await foreign.call('DELETE', `/api/v1/auth/sessions/${id}`)).status).toBe(404);
    expect((await one.call('DELETE', `/api/v1/auth/sessions/${id}`)).status).toBe(200);
    expect([await who(phone), await who(one)]).toEqual([401, 200]);
  });

  test('a session that is not used for half an hour has ended, and one that is used ends after twelve hours', async () => {
    const idle = await signedUp(avopay);
    const busy = await signedUp(avopay);
    await pass(avopay, 29 * MINUTE);
    expect(await who(busy)).toBe(200);
    await pass(avopay, 2 * MINUTE);
    expect([await who(idle), await who(busy)]).toEqual([401, 200]);
    await usedUntilTheEnd(busy);
    await pass(avopay, 12 * HOUR - 35 * MINUTE);
    expect(await who(busy)).toBe(200);
    await pass(avopay, 5 * MINUTE);
    expect(await who(busy)).toBe(401);
  });

  test('the dangerous changes need the password of the last ten minutes', async () => {
    const person = await signedUp(avopay);
    const change = () => person.call('POST', '/api/v1/auth/email', { email: 'not an address' });
    expect((await change()).body.code).toBe('invalid_email');
    await pass(avopay, 11 * MINUTE);
    expect([(await change()).status, (await change()).body.code]).toEqual([403, 'sign_in_again']);
    await signIn(person);
    expect((await change()).body.code).toBe('invalid_email');
  });

  test('B-9: a key cannot do what only a person may, and nobody is told to sign in', async () => {
    const withKey = await avopay.call('POST', '/api/v1/auth/logout');
    expect([withKey.status, withKey.body.code]).toEqual([403, 'session_required']);
    const nobody = await stranger(avopay).call('GET', '/api/v1/auth/session');
    expect([nobody.status, nobody.body.code]).toEqual([401, 'not_signed_in']);
  });

  test('a key in the header wins over the cookie, also a wrong one', async () => {
    const person = await signedUp(avopay);
    const headers = { ...ourPage(avopay), authorization: `Bearer ${avopay.demo.secret_key}` };
    expect((await person.call('GET', '/api/v1/auth/session', undefined, headers)).body.code).toBe('session_required');
    expect((await person.call('GET', '/api/v1/payments/pmt_x', undefined, { ...headers, authorization: 'Bearer no' })).status).toBe(401);
  });

  test('a person makes payments and links for the own account alone', async () => {
    const { email, password } = avopay.demo;
    const person = stranger(avopay);
    await person.call('POST', '/api/v1/auth/login', { email, password });
    const made = await person.call('POST', '/api/v1/payments', { amount: 5, currency: 'EUR' });
    expect(made.status).toBe(201);
    const query = 'query($id: ID!) { payment(id: $id) { source } }';
    expect((await person.graphql(query, { id: made.body.payment_id })).body.data.payment.source).toBe('DASHBOARD');
    const foreign = await signedUp(avopay);
    expect((await foreign.graphql(query, { id: made.body.payment_id })).body.data.payment).toBeNull();
    expect((await person.call('POST', '/api/v1/payment-links', { title: 'Tip', currency: 'EUR' })).status).toBe(201);
  });
});

describe('passwords', () => {
  test('a change of the password signs every other browser out, and tells the person', async () => {
    const person = await signedUp(avopay);
    const other = stranger(avopay);
    await other.call('POST', '/api/v1/auth/login', { email: person.email, password: person.password });
    const wrong = await person.call('POST', '/api/v1/auth/password', { current: 'wrong password', password: 'another password' });
    expect([wrong.status, wrong.body.error]).toEqual([401, 'Wrong e-mail address or password']);
    expect((await person.call('POST', '/api/v1/auth/password', { current: person.password, password: 'another password' })).status).toBe(
      200,
    );
    expect([await who(person), await who(other)]).toEqual([200, 401]);
    expect((await signIn(person)).status).toBe(401);
    expect((await signIn(person, { password: 'another password' })).status).toBe(200);
    expect((await mailsTo(avopay, person.email)).map(({ subject }) => subject)).toContain('How you sign in has changed');
  });

  test('R-17: a reset is answered alike for an address that nobody has, which gets no mail', async () => {
    const { email } = await signedUp(avopay);
    const known = await stranger(avopay).call('POST', '/api/v1/auth/password/reset', { email });
    const unknown = await stranger(avopay).call('POST', '/api/v1/auth/password/reset', { email: 'nobody@shop.example' });
    expect([unknown.status, unknown.text]).toEqual([known.status, known.text]);
    expect(unknown.text).toBe('{"ok":true}');
    await tokenFor(avopay, email, 'reset_password');
    expect(await mailsTo(avopay, 'nobody@shop.example')).toEqual([]);
    expect(await mailsTo(avopay, '')).toEqual([]);
  });

  test('of sixty who use one reset token at once, one sets the password', async () => {
    const person = await signedUp(avopay);
    await person.call('POST', '/api/v1/auth/password/reset', { email: person.email });
    const token = await tokenFor(avopay, person.email, 'reset_password');
    const passwords = Array.from({ length: 60 }, (_, index) => `new password ${index}`);
    const replies = await Promise.all(
      passwords.map((password) => stranger(avopay).call('POST', '/api/v1/auth/password/reset/confirm', { token, password })),
    );
    const won = replies.flatMap(({ status }, index) => (status === 200 ? [passwords[index]] : []));
    expect(won).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 400)).toHaveLength(59);
    expect(await who(person)).toBe(401);
    expect((await signIn(person, { password: won[0] })).status).toBe(200);
    const used = await person.call('POST', '/api/v1/auth/password/reset/confirm', { token, password: 'once more please' });
    expect([used.status, used.body.code]).toEqual([400, 'invalid_token']);
  }, 60_000);

  test('a reset token is worth nothing after an hour, nor as another kind of token, nor after a newer one was used', async () => {
    const person = await signedUp(avopay);
    const ask = () => person.call('POST', '/api/v1/auth/password/reset', { email: person.email });
    const confirm = (token: string) => person.call('POST', '/api/v1/auth/password/reset/confirm', { token, password: 'a new password' });
    await ask();
    const first = await tokenFor(avopay, person.email, 'reset_password');
    expect((await person.call('POST', '/api/v1/auth/verify', { token: first })).body.code).toBe('invalid_token');
    expect((await confirm(await tokenFor(avopay, person.email, 'verify_email'))).body.code).toBe('invalid_token');
    await ask();
    const second = await tokenFor(avopay, person.email, 'reset_password');
    expect(second).not.toBe(first);
    expect((await confirm(second)).status).toBe(200);
    expect((await confirm(first)).body.code).toBe('invalid_token');
    await ask();
    const third = await tokenFor(avopay, person.email, 'reset_password');
    await pass(avopay, HOUR + 1);
    expect((await confirm(third)).body.code).toBe('invalid_token');
  });

  test('an e-mail address changes when its new mailbox answers, and the old one is told', async () => {
    const person = await signedUp(avopay);
    const taken = await signedUp(avopay);
    const email = `new-${person.email}`;
    expect((await person.call('POST', '/api/v1/auth/email', { email: taken.email })).status).toBe(200);
    expect((await person.call('POST', '/api/v1/auth/email', { email })).status).toBe(200);
    expect((await mailsTo(avopay, taken.email)).map(({ template }) => template)).not.toContain('change_email');
    const token = await tokenFor(avopay, email, 'change_email');
    expect((await stranger(avopay).call('POST', '/api/v1/auth/verify', { token })).status).toBe(200);
    const session = (await person.call('GET', '/api/v1/auth/session')).body;
    expect([session.email, session.email_verified]).toEqual([email, true]);
    const texts = (await mailsTo(avopay, person.email)).map(({ text }) => text).join();
    expect(texts).toContain('The e-mail address of your account was changed.');
    expect((await stranger(avopay).call('POST', '/api/v1/auth/verify', { token })).status).toBe(400);
  });
});
