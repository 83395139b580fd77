import { expect, test } from 'vitest';
import { parsePassword } from '../../src/accounts/password.ts';
import { readSessionCookie, sessionCookie } from '../../src/accounts/session-cookie.ts';
import { makeGate } from '../../src/lib/gate.ts';
import { isAllowedOrigin } from '../../src/lib/web-origin.ts';
import { MAIL_TEMPLATES } from '../../src/mail/mail.ts';
import { renderMail } from '../../src/mail/render-mail.ts';
import { smtpClient } from '../../src/mail/smtp-client.ts';
import { Secret } from '../../src/lib/secret.ts';
import { parseEmail } from '../../src/accounts/email.ts';

const TOKEN = 'Zm9v_-'.repeat(8).slice(0, 43);

test('over https the cookie is bound to its host and never leaves by plain http', () => {
  const expiresAt = new Date('2026-05-15T14:00:00.000Z');
  expect(sessionCookie({ token: TOKEN, expiresAt }, true)).toBe(
    `__Host-avopay=${TOKEN}; Path=/; Expires=Fri, 15 May 2026 14:00:00 GMT; HttpOnly; SameSite=Lax; Secure`,
  );
  expect(sessionCookie(null, true)).toBe('__Host-avopay=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax; Secure');
  expect(readSessionCookie(`avopay=${TOKEN}`, true)).toBeNull();
  expect(readSessionCookie(`a=b; __Host-avopay=${TOKEN}; c`, true)).toBe(TOKEN);
});

test.each([
  ['none', undefined],
  ['an empty one', 'avopay='],
  ['a short one', `avopay=${TOKEN.slice(1)}`],
  ['one with other characters', `avopay=${TOKEN.slice(1)}!`],
  ['two of them', `avopay=${TOKEN}; avopay=${TOKEN}`],
  ['another name that ends alike', `xavopay=${TOKEN}`],
  ['one beyond the longest header', `${'x=y; '.repeat(2_000)}avopay=${TOKEN}`],
])('a cookie header with %s holds no session', (_what, header) => {
  expect(readSessionCookie(header, false)).toBeNull();
});

test.each([
  ['https://avopay.dev', 'api.avopay.dev', true],
  ['https://api.avopay.dev', 'api.avopay.dev', true],
  ['http://avopay.dev', 'avopay.dev', false],
  ['https://avopay.dev.evil.example', 'avopay.dev', false],
  ['https://avopay.dev:444', 'avopay.dev', false],
  ['null', 'avopay.dev', false],
  ['', 'avopay.dev', false],
])('N-2: a page of %s that asks %s is ours: %s', (origin, host, ours) => {
  expect(isAllowedOrigin(origin, host, ['https://avopay.dev'])).toBe(ours);
});

test.each([' Ann@Shop.Example ', 'ann+tag@shop.example', "o'brien@sub.shop.example"])('%s is an e-mail address', (text) => {
  expect(parseEmail(text)).toEqual({ ok: true, value: text.trim().toLowerCase() });
});

test.each([
  ...['', 'ann', 'ann@', '@shop.example', 'ann@localhost', 'ann@@shop.example', 'ann@shop..example', 'ann@-shop.example'],
  ...['ann@shop.example\nBcc: bob@shop.example', 'ann@shop.example\r\n', 'ann\0@shop.example', '"a b"@shop.example', 'a b@shop.example'],
  ...['Ann <ann@shop.example>', 'ann@shop.example,bob@shop.example', '<ann@shop.example>', 'ann(x)@shop.example'],
  ...[`${'x'.repeat(250)}@shop.example`, 'аnn@shop.example'],
])('%j is no e-mail address', (text) => {
  const parsed = parseEmail(text);
  expect(parsed.ok ? parsed.value : null).toBe(text.trim() === text ? null : 'ann@shop.example'); // spaces around it are no part of it
});

test('a password of eight characters or 128 bytes may be chosen, and nothing on either side', () => {
  expect(parsePassword('1234567').ok).toBe(false);
  expect(parsePassword('12345678').ok).toBe(true);
  expect(parsePassword('e\u0301'.repeat(7)).ok).toBe(false); // seven characters, however many code units
  expect(parsePassword('ü'.repeat(64)).ok).toBe(true);
  expect(parsePassword('ü'.repeat(65)).ok).toBe(false);
});

test('a gate lets so many in at once, keeps so many waiting, and turns the rest away', async () => {
  const gate = makeGate({ atOnce: 2, waitingMax: 3, full: () => new Error('full') });
  let running = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  const work = () => {
    most = Math.max(most, ++running);
    return new Promise<void>((resolve) => ends.push(() => resolve(void running--)));
  };
  const all = Array.from({ length: 7 }, () => gate(work).catch((error: Error) => error.message));
  await Promise.resolve();
  expect([running, await all[5], await all[6]]).toEqual([2, 'full', 'full']);
  for (let done = 0; done < 5; done++) {
    while (ends.length === 0) await Promise.resolve();
    ends.shift()?.();
  }
  expect(await Promise.all(all)).toEqual([undefined, undefined, undefined, undefined, undefined, 'full', 'full']);
  expect(most).toBe(2);
  await expect(gate(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await gate(async () => 'open again')).toBe('open again');
});

test('no fact breaks out of its line, and no subject holds one', () => {
  const facts = { host: 'shop.example\r\nSubject: x\u0000', eventId: 'evt_1', what: 'password', mailId: 'x' };
  for (const template of MAIL_TEMPLATES) {
    const mail = renderMail(
      { id: 'mai_1', recipient: 'ann@shop.example', template, facts },
      { publicUrl: 'https://avopay.dev', token: TOKEN },
    );
    expect(mail?.subject).toMatch(/^[A-Z][a-z A-Z-]+$/);
    expect(mail?.text).not.toMatch(/[\r\0]|\nSubject/);
  }
});

test.each([
  { to: 'ann@shop.example\r\nBcc: bob@shop.example', subject: 'x' },
  { to: 'ann@shop.example', subject: 'x\nBcc: bob@shop.example' },
])('a header with a line break never reaches the mail server: %j', async (part) => {
  const smtp = smtpClient(new Secret('smtp://127.0.0.1:1'), 'AvoPay <no-reply@avopay.dev>');
  await expect(smtp.send({ id: 'mai_1', text: 'x', ...part })).rejects.toThrow('a mail header holds a line break');
  smtp.close();
});
