import type { Page } from 'playwright-core';
import type { OpenDashboard } from '../support/dashboard.ts';
import type { Person } from '../support/person.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeFaults, browserMissing, qrTextFromScreenshot, visit } from '../support/browser.ts';
import { openDashboard, PATIENCE, searchBecomes, widthFaults } from '../support/dashboard.ts';
import { connect, freshDescriptor, merchant } from '../support/merchants.ts';
import { pass, signedUp, verified } from '../support/person.ts';

describe.skipIf(browserMissing() !== null)('where something goes wrong, the dashboard', () => {
  let dashboard: OpenDashboard;
  let page: Page;
  let owner: Person;
  beforeAll(async () => {
    dashboard = await openDashboard({ RATE_LIMITS: 'on' });
    page = dashboard.page;
    owner = await verified(dashboard.avopay, await signedUp(dashboard.avopay));
  });
  afterAll(() => dashboard?.stop());
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const control = (method: string, path: string, body: object = {}) =>
    dashboard.avopay.call(method, `/sandbox/${path}`, { key: null, body });
  const enter = ({ cookie }: Person) => {
    const [name = '', value = ''] = cookie?.split('=') ?? [];
    return page.context().addCookies([{ name, value, url: dashboard.site }]);
  };

  test('X-1: after ten wrong passwords says in how many minutes to come back', PATIENCE, async () => {
    await page.getByLabel('E-mail').fill('nobody@shop.example');
    const password = page.getByLabel('Password');
    await password.fill('wrong password');
    await button('Show').click();
    expect(await password.getAttribute('type')).toBe('text');
    await button('Hide').click();
    expect(await password.getAttribute('type')).toBe('password');
    const says = page.getByRole('alert').locator('p');
    for (let tries = 0; tries < 10; tries++) {
      const answer = page.waitForResponse((reply) => reply.url().endsWith('/graphql'));
      await button('Sign in').click();
      await answer;
      await says.waitFor();
    }
    expect(await says.textContent()).not.toContain('Too many');
    await button('Sign in').click();
    await page.getByText(/^Too many tries\. Try again in 1[45] minutes\.$/).waitFor();
    expect(await axeFaults(page)).toEqual([]);
  });

  test('refuses a pasted change line, a broken checksum, a private key and far too much, each in its own words', PATIENCE, async () => {
    await enter(owner);
    await page.goto(`${dashboard.site}/app/setup`);
    await page.getByText('Paste a descriptor by hand').click();
    const line = freshDescriptor();
    const plain = line.split('#')[0] ?? '';
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.postData() ?? ''));
    const paste = async (text: string) => {
      await page.getByLabel('Watch Only Export').fill(text);
      await button('Connect').click();
      const alert = page.locator('details').getByRole('alert').locator('p');
      await alert.waitFor();
      const words = await alert.textContent();
      await page.getByLabel('Watch Only Export').fill('');
      return words;
    };
    const refusals = [await paste(plain.replace('/0/*', '/1/*')), await paste(`${plain}#aaaaaaaa`), await paste('x'.repeat(501))];
    expect(new Set(refusals).size).toBe(3);
    expect(await paste(plain.replace(/[tx]pub\w+/, 'xprv9s21ZrQH143K'))).toMatch(/private key\. Do not paste/);
    expect(sent.filter((text) => text.includes('xprv'))).toEqual([]);
    expect((await owner.graphql('{ wallet { fingerprint } }')).body.data.wallet).toBeNull();
  });

  test(
    'D-10: shows the wallet of another account as refused, a code that is too old as that, and connects the next one',
    PATIENCE,
    async () => {
      const taken = freshDescriptor();
      await connect(dashboard.avopay, await merchant(dashboard.avopay), taken);
      const code = page.getByRole('img', { name: 'QR code that connects AQUA' });
      const answer = async (descriptor: string) => {
        await code.waitFor();
        const { pathname, search } = new URL((await qrTextFromScreenshot(page, code)) ?? '');
        const LBTC = { Descriptor: descriptor };
        const body = JSON.stringify({ version: '1.0', LBTC, 'BTC-LN': { Type: 'boltz', LBTC } });
        const headers = { 'content-type': 'application/json' };
        return fetch(`${dashboard.avopay.url}${pathname}${search}`, { method: 'POST', headers, body });
      };
      expect((await answer(taken)).status).toBe(409);
      await page.getByText(/another account/).waitFor();
      expect(await widthFaults(page, 'setup-refused')).toEqual([]);
      await button('Show a new code').click();
      await code.waitFor();
      await pass(dashboard.avopay, 5 * 60);
      await page.reload();
      await page.getByText(/the code is valid for [45]:\d\d$/).waitFor(); // by the sandbox's clock, which was moved
      const good = freshDescriptor();
      expect((await answer(good)).status).toBe(200);
      await page.getByRole('heading', { name: 'Your AQUA wallet is connected' }).waitFor();
    },
  );

  test('W-15: Send test says what the server behind it answered: well, badly, or not at all', PATIENCE, async () => {
    const inbox = (await control('POST', 'inbox')).body;
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await button('Add endpoint').click();
    await page.getByLabel('Address').fill(inbox.url);
    await button('Add').click();
    await page.getByRole('button', { name: 'Copy secret' }).waitFor(); // the first dialog has a Close of its own
    await button('Close').click();
    const said = page.locator('.said');
    const sendTest = async () => {
      await button('Send test').click();
      await said.getByText(/answered|No answer/).waitFor();
      return said.textContent();
    };
    expect(await sendTest()).toMatch(/^Your server answered 200 after \d+ ms\./);
    await control('PUT', `inbox/${inbox.id}`, { status: 500 });
    expect(await sendTest()).toMatch(/^Your server answered 500 after \d+ ms\./);
    await control('PUT', `inbox/${inbox.id}`, { status: 200, delay_ms: 12_000 });
    expect(await sendTest()).toMatch(/^No answer after \d+ ms: timeout\./);
    const rows = page.locator('.items > li');
    expect(await rows.count()).toBe(3);
    await page.getByLabel('Only what was given up').check();
    await page.waitForFunction(() => document.querySelectorAll('.items > li').length < 3);
  });

  test('P-18: with the trial used up says so on every page, until a plan is paid', PATIENCE, async () => {
    const { account } = (await owner.graphql('{ account { id } }')).body.data;
    await dashboard.avopay.db.query('UPDATE "Account" SET "trialUsed" = 5 WHERE id = $1', [account.id]);
    await page.goto(`${dashboard.site}/app/subscribe`);
    await page.getByText('New payments are paused. Open ones still finish. Choose a plan to go on.').waitFor();
    await page.getByText('New payments are paused. Open ones still finish. Renew').waitFor();
    await button('Choose monthly').click();
    const code = page.getByRole('img', { name: 'QR code of the invoice' });
    await code.waitFor();
    const invoice = ((await qrTextFromScreenshot(page, code)) ?? '').replace('LIGHTNING:', '').toLowerCase();
    expect((await control('POST', 'pay', { invoice })).status).toBe(200);
    await page.getByText(/^Monthly plan, paid until /).waitFor();
    expect(
      await page
        .getByRole('list')
        .getByText(/^Monthly: /)
        .count(),
    ).toBe(1);
  });

  test(
    'what comes while a list is read further down waits to be asked for; the list turns round by its first column',
    PATIENCE,
    async () => {
      const made = await owner.graphql(
        'mutation { createApiKey(input: { kind: "secret", label: "Shop" }) { ... on NewApiKey { plaintext } } }',
      );
      const key: string = made.body.data.createApiKey.plaintext;
      const order = async () =>
        (await dashboard.avopay.call('POST', '/api/v1/payments', { key, body: { amount: 5, currency: 'EUR' } })).body;
      const first: string = (await order()).payment_id;
      await dashboard.avopay.db.query('SET session_replication_role = replica'); // copies have no events of their own
      await dashboard.avopay.db.query(
        `INSERT INTO "Payment" SELECT (jsonb_populate_record(p, jsonb_build_object('id', left(p.id, 24) || lpad(n::text, 6, '0'),
        'createdAt', p."createdAt" - n * interval '1 hour'))).* FROM "Payment" p, generate_series(1, 18) AS n WHERE p.id = $1`,
        [first],
      );
      await dashboard.avopay.db.query('RESET session_replication_role');
      await page.setViewportSize({ width: 1280, height: 500 });
      await page.goto(`${dashboard.site}/app`);
      const rows = page.locator('tr[data-id]');
      await rows.nth(18).waitFor();
      const date = page.getByRole('columnheader', { name: /^Date/ });
      expect(await date.getAttribute('aria-sort')).toBe('descending');
      await rows.nth(18).scrollIntoViewIfNeeded();
      const before = await rows.first().getAttribute('data-id');
      const next: string = (await order()).payment_id;
      await button('1 new').waitFor();
      expect(await rows.first().getAttribute('data-id')).toBe(before);
      await button('1 new').click();
      await page.locator(`tr.fresh[data-id="${next}"]`).waitFor();
      await date.getByRole('button').click();
      await page.waitForFunction(
        (id) => document.querySelector('tr[data-id]')?.getAttribute('data-id') === id,
        `${first.slice(0, 24)}000018`,
      );
      expect([await date.getAttribute('aria-sort'), new URL(page.url()).search]).toEqual(['ascending', '?order=oldest']);
      expect(await widthFaults(page, 'oldest-first')).toEqual([]);
    },
  );

  test('what narrows a list is taken away one by one', PATIENCE, async () => {
    await page.goto(`${dashboard.site}/app?method=liquid&source=link&search=shoes`);
    await page.getByText('No payments match.').waitFor();
    expect(await widthFaults(page, 'narrowed')).toEqual([]);
    for (const [name, left] of [
      ['Paid with', '?source=link&search=shoes'],
      ['From', '?search=shoes'],
      ['“shoes”', ''],
    ] as const) {
      await page.getByRole('button', { name: new RegExp(`^${name}.*take this away$`) }).click();
      await searchBecomes(page, left);
    }
    await page.locator('tr[data-id]').first().waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('');
  });

  test('a link that was switched off by mistake is back with one click', PATIENCE, async () => {
    await owner.graphql('mutation { createPaymentLink(input: { title: "Tea", amount: "3", currency: "EUR" }) { __typename } }');
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(`${dashboard.site}/app/payment-links`);
    const current = page.getByRole('navigation', { name: 'Sections' }).locator('[aria-current]');
    await current.waitFor();
    const [box, nav] = [await current.boundingBox(), await page.getByRole('navigation', { name: 'Sections' }).boundingBox()];
    expect((box?.x ?? -1) >= (nav?.x ?? 0) && (box?.x ?? 0) + (box?.width ?? 0) <= (nav?.x ?? 0) + (nav?.width ?? 0)).toBe(true);
    await page.setViewportSize({ width: 1280, height: 800 });
    await button('Switch off Tea').click();
    await button('Switch on Tea').waitFor();
    expect(await widthFaults(page, 'link-off')).toEqual([]);
    await button('Undo').click();
    await button('Switch off Tea').waitFor();
    await button('Undo').waitFor({ state: 'detached' });
  });

  test('says on every page that Lightning is down, and no longer when it is back', PATIENCE, async () => {
    const banner = page.getByText('Lightning is not working right now');
    await control('POST', 'faults', { provider: 'connection_refused' });
    await page.goto(`${dashboard.site}/app/payment-links`);
    await page.getByRole('heading', { level: 1, name: 'Payment Links' }).waitFor();
    await pass(dashboard.avopay, 120);
    await page.reload();
    await banner.waitFor();
    expect(await widthFaults(page, 'lightning-down')).toEqual([]);
    expect(await axeFaults(page)).toEqual([]);
    await control('DELETE', 'faults');
    await pass(dashboard.avopay, 120);
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Payment Links' }).waitFor();
    await banner.waitFor({ state: 'detached' });
  });

  test('keeps the chosen colours over a reload, whatever the device prefers', PATIENCE, async () => {
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.getByLabel('Colours').selectOption('Dark');
    const dark = await paper();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByLabel('Colours').waitFor();
    expect([await paper(), await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)]).toEqual([dark, 'dark']);
    expect(await axeFaults(page)).toEqual([]);
    await page.getByLabel('Colours').selectOption('As the device');
    expect(await paper()).toBe(light);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await paper()).toBe(dark);
    await page.emulateMedia({ colorScheme: 'light' });
  });

  test('fits a window at 200 % zoom, in forced colours and without motion', PATIENCE, async () => {
    const context = {
      deviceScaleFactor: 2,
      forcedColors: 'active',
      reducedMotion: 'reduce',
      storageState: await page.context().storageState(),
    } as const;
    for (const path of ['', '/setup', '/webhooks']) {
      const seen = await visit(dashboard.browser, `${dashboard.site}/app${path}`, { width: 640, height: 400, context });
      await seen.page.locator('main h1').waitFor();
      expect(await seen.page.evaluate(() => document.documentElement.scrollWidth), path).toBe(640);
      expect(await seen.page.evaluate(() => document.getAnimations().length), path).toBe(0);
      expect([...seen.violations, ...seen.errors]).toEqual([]);
      await seen.close();
    }
  });
});
