import type { Page } from 'playwright-core';
import type { OpenDashboard } from '../support/dashboard.ts';
import type { Person } from '../support/person.ts';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deriveAddress } from '../../src/wallets/derive-address.ts';
import { axeFaults, browserMissing, takeShot, visit } from '../support/browser.ts';
import { giveCamera, isCameraOff } from '../support/camera.ts';
import { openDashboard, PATIENCE, signInAs, widthFaults } from '../support/dashboard.ts';
import { freshDescriptor } from '../support/merchants.ts';
import { pass, signedUp, tokenFor, verified } from '../support/person.ts';
import { jpeg, MARKS } from '../support/pictures.ts';
import { parsed } from '../support/wallets.ts';

describe.skipIf(browserMissing() !== null)('the owner of a shop, in the dashboard', () => {
  let dashboard: OpenDashboard;
  let page: Page;
  let owner: Person;
  let password: string;
  let recoveryCodes: readonly string[] = [];
  beforeAll(async () => {
    dashboard = await openDashboard();
    page = dashboard.page;
    owner = await verified(dashboard.avopay, await signedUp(dashboard.avopay));
    password = owner.password;
    await enter(page, owner);
  });
  afterAll(() => dashboard?.stop());
  const signIn = () => signInAs(page, { email: owner.email, password });
  const enter = (where: Page, { cookie }: Person) => {
    const [name = '', value = ''] = cookie?.split('=') ?? [];
    return where.context().addCookies([{ name, value, url: dashboard.site }]);
  };
  const button = (name: string) => page.getByRole('button', { name, exact: true });

  test('a wallet is connected by its pasted export; recovery words are sent nowhere', PATIENCE, async () => {
    await page.goto(`${dashboard.site}/app/setup`);
    await page.getByText('Paste a descriptor by hand').click();
    expect(await page.getByRole('button', { name: 'Scan it with this camera' }).count()).toBe(0);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.postData() ?? ''));
    const words = 'abandon ability able about above absent absorb abstract absurd abuse access accident';
    await page.getByLabel('Watch Only Export').fill(words);
    await button('Connect').click();
    await page.getByText('This looks like recovery words').waitFor();
    expect(asked.filter((text) => text.includes('abandon'))).toEqual([]);
    const line = freshDescriptor();
    await page.getByLabel('Watch Only Export').fill(`${line}\n${line.split('#')[0]?.replace('/0/*', '/1/*')}`);
    await button('Connect').click();
    await page.getByRole('heading', { name: 'Your AQUA wallet is connected' }).waitFor();
    expect(await page.locator('section:has(#wallet) .code').textContent()).toBe(deriveAddress(parsed(line), 0).confidential);
  });

  test('a wallet is connected by its export before the camera, which is switched off then', PATIENCE, async () => {
    const person = await signedUp(dashboard.avopay);
    const line = freshDescriptor();
    const before = async (desk: Page) => {
      await enter(desk, person);
      await giveCamera(desk, `${line}\n${line.split('#')[0]?.replace('/0/*', '/1/*')}`);
    };
    const desk = await visit(dashboard.browser, `${dashboard.site}/app/setup`, { before });
    await desk.page.getByText('Paste a descriptor by hand').click();
    await desk.page.getByRole('button', { name: 'Scan it with this camera' }).click();
    await desk.page.getByRole('heading', { name: 'Your AQUA wallet is connected' }).waitFor();
    expect(await desk.page.locator('section:has(#wallet) .code').textContent()).toBe(deriveAddress(parsed(line), 0).confidential);
    expect([await isCameraOff(desk.page), ...desk.violations, ...desk.errors]).toEqual([true]);
    const reply = await fetch(`${dashboard.avopay.url}/app`);
    expect(reply.headers.get('permissions-policy')).toContain('camera=(self), microphone=()');
    await desk.close();
  });

  test('A-6: a key is rolled while the old one goes on, until it is revoked: then it opens nothing', PATIENCE, async () => {
    const open = async (key: string) => (await dashboard.avopay.call('GET', '/api/v1/payments', { key })).status;
    const made = await owner.graphql(
      'mutation { createApiKey(input: { kind: "secret", label: "Web shop" }) { ... on NewApiKey { plaintext } } }',
    );
    const madeKey: string = made.body.data.createApiKey.plaintext;
    await page.getByRole('link', { name: 'Integration' }).click();
    await page.getByRole('button', { name: /^Roll Web shop/ }).click();
    const next = (await page.locator('dialog .code').textContent()) ?? '';
    expect(next).not.toBe(madeKey);
    await button('I have saved it').click();
    const old = page.getByRole('listitem').filter({ hasText: /Ends \d/ });
    await old.waitFor();
    expect(await Promise.all([madeKey, next].map(open))).toEqual([200, 200]);
    await old.getByRole('button', { name: /^Revoke/ }).click();
    await page.getByRole('dialog').getByText(madeKey.slice(-4)).waitFor();
    expect(await widthFaults(page, 'key-revoke')).toEqual([]);
    await button('Revoke this key').click();
    await page.getByText('Revoked', { exact: true }).waitFor();
    expect(await Promise.all([madeKey, next].map(open))).toEqual([401, 200]);
    expect(await page.getByRole('button', { name: /^Revoke Web shop/ }).count()).toBe(1);
  });

  test('a photograph becomes the logo that payers see, small and without its place; an SVG does not', PATIENCE, async () => {
    await page.goto(`${dashboard.site}/app/settings`);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.postData() ?? ''));
    const choose = (name: string, mimeType: string, buffer: Buffer) =>
      page.locator('input[type=file]').setInputFiles({ name, mimeType, buffer });
    await choose('logo.svg', 'image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'));
    await page.getByText('Choose a PNG, JPEG or WebP picture.').waitFor();
    await choose('torn.png', 'image/png', Buffer.from('torn'));
    await page.getByText('This picture cannot be read.').waitFor();
    expect(asked.filter((text) => text.includes('setLogo'))).toEqual([]);
    await choose('photograph.jpg', 'image/jpeg', await jpeg(3_000, 2_000, 6));
    await page.getByText('Payers see the new logo.').waitFor();
    const shown = page.locator('.shop-logo img');
    await page.waitForFunction(() => (document.querySelector('.shop-logo img') as HTMLImageElement | null)?.naturalWidth === 171);
    expect(await shown.evaluate((image: HTMLImageElement) => image.naturalHeight)).toBe(256);
    const sent = asked.find((text) => text.includes('setLogo')) ?? '';
    const picture = Buffer.from(JSON.parse(sent).variables.image, 'base64');
    expect(MARKS.filter((mark) => picture.includes(mark))).toEqual([]);
    expect(await axeFaults(page)).toEqual([]);
    expect(await widthFaults(page, 'logo')).toEqual([]);
    const made = await owner.graphql(
      'mutation { createApiKey(input: { kind: "secret", mode: "test", label: "Look" }) { ... on NewApiKey { plaintext } } }',
    );
    const reply = await dashboard.avopay.call('POST', '/api/v1/payments', {
      key: made.body.data.createApiKey.plaintext,
      body: { amount: 5, currency: 'EUR' },
    });
    const checkout = await visit(dashboard.browser, `${dashboard.site}/pay/${reply.body.payment_id}`);
    const header = checkout.page.locator('.shop img');
    expect(await header.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.clientWidth, image.alt])).toEqual([171, 36, '']);
    await takeShot(checkout.page, 'checkout-with-logo');
    expect([...checkout.violations, ...checkout.errors]).toEqual([]);
    await checkout.close();
    await button('Remove logo').click();
    await page.getByText('The logo is gone.').waitFor();
    await page.locator('.logo-tile').waitFor();
  });

  test('a second factor is switched on, and signing in asks for it', PATIENCE, async () => {
    await page.getByRole('link', { name: 'Settings' }).click();
    await button('Use an authenticator app').click();
    const secret = (await page.locator('section:has(#factor) .code').textContent()) ?? '';
    await page.getByRole('textbox', { name: 'Code' }).fill(new TOTP({ secret }).generate());
    await button('Turn on').click();
    await page.getByText('Each of these codes works once').waitFor();
    const codes = ((await page.locator('section:has(#factor) .code').textContent()) ?? '').split(' ');
    expect(codes).toHaveLength(10);
    await button('Sign out').first().click();
    await signIn();
    await page.getByRole('textbox', { name: 'Code' }).fill('000000');
    await button('Continue').click();
    await page.getByRole('alert').getByText(/\w/).waitFor();
    await page.getByRole('textbox', { name: 'Code' }).fill(codes[0] ?? '');
    await button('Continue').click();
    await page.getByRole('heading', { level: 1, name: 'Payments' }).waitFor();
    recoveryCodes = codes.slice(1);
  });

  test('a passkey is added after the password was asked again, signs its owner in, and is removed', PATIENCE, async () => {
    const device = await page.context().newCDPSession(page);
    await device.send('WebAuthn.enable');
    const kind = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true } as const;
    await device.send('WebAuthn.addVirtualAuthenticator', {
      options: { ...kind, isUserVerified: true, automaticPresenceSimulation: true },
    });
    await page.getByRole('link', { name: 'Settings' }).click();
    await button('Add a passkey').click();
    await page.getByLabel('What you call it').fill('Laptop in the shop');
    await pass(dashboard.avopay, 11 * 60);
    await button('Make it now').click();
    const again = page.getByRole('dialog', { name: 'Sign in again' });
    await again.getByText('This needs your password from the last 10 minutes.').waitFor();
    await again.getByRole('button', { name: 'Close' }).click();
    await page.locator('section:has(#passkeys)').getByRole('alert').getByText(/\w/).waitFor();
    await button('Make it now').click();
    await again.getByLabel('E-mail').fill(owner.email);
    await again.getByLabel('Password').fill('a wrong password');
    await again.getByRole('button', { name: 'Continue' }).click();
    await again.getByRole('alert').getByText(/\w/).waitFor();
    expect(await widthFaults(page, 'sign-in-again')).toEqual([]);
    await again.getByLabel('Password').fill(password);
    await again.getByRole('button', { name: 'Continue' }).click();
    await again.getByLabel('Code').fill(recoveryCodes[0] ?? '');
    await again.getByRole('button', { name: 'Continue' }).click();
    await button('Remove Laptop in the shop').waitFor();
    expect(await widthFaults(page, 'passkey')).toEqual([]);
    await button('Sign out').first().click();
    await signIn();
    await button('Use a passkey').click();
    await page.getByRole('heading', { level: 1, name: 'Payments' }).waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await button('Remove Laptop in the shop').click();
    await button('Remove this passkey').click();
    await page.getByText('passkey removed').waitFor();
    expect(await button('Remove Laptop in the shop').count()).toBe(0);
    await device.detach();
  });

  test('a forgotten password is replaced by the mail that comes, and every browser is signed out', PATIENCE, async () => {
    const elsewhere = await visit(dashboard.browser, `${dashboard.site}/app/forgot`);
    await elsewhere.page.getByLabel('E-mail').fill(owner.email);
    await elsewhere.page.getByRole('button', { name: 'Send the mail' }).click();
    await elsewhere.page.getByRole('status').waitFor(PATIENCE);
    const token = await tokenFor(dashboard.avopay, owner.email, 'reset_password');
    await elsewhere.page.goto(`${dashboard.site}/reset-password#token=${token}`);
    password = 'another horse battery';
    await elsewhere.page.getByLabel('New password').fill(password);
    await elsewhere.page.getByRole('button', { name: 'Set password' }).click();
    await elsewhere.page.getByText('Your new password is set').waitFor(PATIENCE);
    await elsewhere.close();
    await page.goto(`${dashboard.site}/app`);
    await signIn();
    await page.getByRole('textbox', { name: 'Code' }).waitFor();
    expect([...dashboard.seen.violations, ...dashboard.seen.errors]).toEqual([]);
  });
});
