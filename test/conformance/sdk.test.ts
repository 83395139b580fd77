import type { Browser, Page } from 'playwright-core';
import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import type { Shop } from '../support/shop.ts';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';
import { browserMissing, openBrowser, visit } from '../support/browser.ts';
import { startShop } from '../support/shop.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

const BYTES_MAX = 1_500;
let avopay: Avopay;
beforeAll(async () => {
  await ensureWebBuilt();
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());
const options = (more: object = {}) => ({ publishableKey: avopay.demo.publishable_key, amount: 9.99, currency: 'EUR', ...more });

describe('the files', () => {
  test.each(['/js/avopay.js', '/js/avopay.mjs'])(
    'J-6: %s is under 1.5 kB packed, cacheable, and open to the pages of any site',
    async (path) => {
      const reply = await fetch(avopay.url + path);
      const text = await reply.text();
      expect(gzipSync(text, { level: 9 }).length).toBeLessThan(BYTES_MAX);
      expect(Object.fromEntries(reply.headers)).toMatchObject({
        'content-type': 'text/javascript; charset=utf-8',
        'cache-control': 'public, max-age=3600',
        'access-control-allow-origin': '*',
        'x-content-type-options': 'nosniff',
      });
      const again = await fetch(avopay.url + path, {
        headers: { 'if-none-match': reply.headers.get('etag') ?? '', 'cache-control': 'max-age=0' },
      });
      expect(again.status).toBe(304);
      expect(text).toContain(new URL(avopay.url).port);
      expect(text).not.toContain('api.avopay.dev');
    },
  );

  test('J-6: the pinned copy never changes and matches the integrity that the docs print', async () => {
    const docs = (await (await fetch(`${avopay.url}/docs/sdk`)).text()).replaceAll('&quot;', '"');
    const [, path = '', integrity = ''] = /src="[^"]*(\/js\/avopay-\w+\.js)"\s+integrity="([^"]+)"/.exec(docs) ?? [];
    const reply = await fetch(avopay.url + path);
    expect(reply.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(integrity).toBe(
      `sha384-${createHash('sha384')
        .update(await reply.text())
        .digest('base64')}`,
    );
  });

  test.each(['/js/avopay-000000000000.js', '/js/constructor', '/js/..%2fmanifest.json'])('%s is not there', async (path) => {
    expect((await fetch(avopay.url + path)).status).toBe(404);
  });
});

describe.skipIf(browserMissing())('in a page', () => {
  let browser: Browser;
  let shop: Shop;
  beforeAll(async () => {
    [browser, shop] = await Promise.all([openBrowser(), startShop()]);
  });
  afterAll(async () => {
    await browser?.close();
    await shop?.close();
  });

  /** A shop page with the script and a button that pays; errors land in the page. */
  const openShop = async (more: object = {}, { tag = '', before = async (_page: Page): Promise<unknown> => undefined } = {}) => {
    const html = `<!doctype html><script src="${avopay.url}/js/avopay.js" ${tag}></script><button>Pay</button><output></output><script>
      document.querySelector('button').onclick = () => AvoPay.pay({ ...${JSON.stringify(options(more))}, onError: (error) => {
        document.querySelector('output').textContent += error instanceof Error ? error.message : 'not an error';
      } }).then((session) => { window.answered = [session]; });
    </script>`;
    return visit(browser, shop.show('/', html), { before });
  };
  const error = async (page: Page) => {
    await page.waitForFunction(() => document.querySelector('output')?.textContent);
    return page.textContent('output');
  };

  test('J-1 J-2: AvoPay.pay creates a payment with the page’s words and sends the browser to its checkout', async () => {
    const { page, close, errors } = await openShop({ redirectUrl: 'https://yoursite.com/thank-you', metadata: { cart: 7 } });
    await page.click('button');
    await page.waitForURL(/\/pay\/pmt_/);
    const id = /pmt_\w+/.exec(page.url())?.[0];
    const { body } = await avopay.call('GET', `/api/v1/payments/${id}`);
    expect(body).toMatchObject({ amount_fiat: 9.99, currency: 'EUR', metadata: { cart: 7 }, status: 'pending' });
    expect(errors).toEqual([]);
    await close();
  });

  test('J-6: a double click makes one payment, and whoever comes back can pay again', async () => {
    let asked = 0;
    const { page, close } = await openShop(
      {},
      { before: async (one) => one.on('request', (request) => (asked += request.method() === 'POST' ? 1 : 0)) },
    );
    await page.dblclick('button');
    await page.waitForURL(/\/pay\/pmt_/);
    expect(asked).toBe(1);
    await page.goBack();
    await page.click('button');
    await page.waitForURL(/\/pay\/pmt_/);
    expect(asked).toBe(2);
    await close();
  });

  test('J-3: onError hears the words of the API in an Error, pay resolves to nothing, and the button works again', async () => {
    const { page, close } = await openShop({ amount: 0.01 });
    await page.click('button');
    expect(await error(page)).toBe('Amount too small — minimum is 1000 sats equivalent');
    await page.waitForFunction(() => 'answered' in window);
    expect(await page.evaluate(() => (window as unknown as { answered: unknown[] }).answered[0] === undefined)).toBe(true); // put there by the page
    await page.click('button');
    await page.waitForFunction(() => document.querySelector('output')?.textContent?.split('Amount').length === 3);
    await close();
  });

  test('J-3: without onError the error goes to the console', async () => {
    const said: string[] = [];
    const html = `<!doctype html><script src="${avopay.url}/js/avopay.js"></script><script>AvoPay.pay({ publishableKey: 'ak_pub_none', amount: 1, currency: 'EUR' })</script>`;
    const { page, close, errors } = await visit(browser, shop.show('/bare', html), {
      before: async (one) => one.on('console', (message) => message.type() === 'error' && said.push(message.text())),
    });
    await expect.poll(() => said.join('\n')).toContain('Invalid or missing API key');
    expect([errors, page.url()]).toEqual([[], `${shop.url}/bare`]);
    await close();
  });

  test('J-6: a secret key is refused before anything is sent', async () => {
    let asked = 0;
    const { page, close } = await openShop(
      { publishableKey: avopay.demo.secret_key },
      { before: async (one) => one.on('request', (request) => (asked += request.method() === 'POST' ? 1 : 0)) },
    );
    await page.click('button');
    expect(await error(page)).toMatch(/^This is a secret key\. It must never be in a web page/);
    expect(asked).toBe(0);
    await close();
  });

  test('J-6: a server that cannot be reached, one that answers no JSON and one that never answers are told apart', async () => {
    const dead = await openShop({}, { tag: 'data-api="http://127.0.0.1:9"' });
    await dead.page.click('button');
    expect(await error(dead.page)).toBe('AvoPay could not be reached — please try again');
    await dead.close();

    const odd = await openShop(
      {},
      {
        before: (one) =>
          one.route('**/api/v1/payments', (route) =>
            route.fulfill({ status: 502, body: '<html>', headers: { 'access-control-allow-origin': '*' } }),
          ),
      },
    );
    await odd.page.click('button');
    expect(await error(odd.page)).toBe('AvoPay answered 502');
    await odd.close();

    const mute = await openShop(
      {},
      {
        before: async (one) => {
          await one.clock.install();
          await one.route('**/api/v1/payments', () => {});
        },
      },
    );
    const sent = mute.page.waitForRequest('**/api/v1/payments');
    await mute.page.click('button');
    await sent;
    await mute.page.clock.fastForward(15_001);
    expect(await error(mute.page)).toBe('AvoPay did not answer in time — please try again');
    await mute.close();
  });

  test('J-6: data-api names another API than the one that the script came from', async () => {
    const { page, close } = await openShop({}, { tag: 'data-api="https://api.example/"' });
    const asked = page.waitForRequest('**/api/v1/payments');
    await page.click('button');
    expect((await asked).url()).toBe('https://api.example/api/v1/payments');
    await close();
  });

  test('J-4: browsers load avopay.mjs as a module, and a pinned script by its integrity', async () => {
    const { files, pinned } = await pinOf();
    const html = `<!doctype html><script src="${avopay.url}${pinned}" integrity="${files}" crossorigin="anonymous"></script>
      <script type="module">import AvoPay from '${avopay.url}/js/avopay.mjs'; window.kinds = [typeof window.AvoPay.pay, typeof AvoPay.pay, typeof AvoPay.create];</script>`;
    const { page, close, errors } = await visit(browser, shop.show('/module', html));
    await page.waitForFunction(() => 'kinds' in window);
    expect(await page.evaluate(() => (window as unknown as { kinds: string[] }).kinds)).toEqual(['function', 'function', 'function']); // put there by the page
    expect(errors).toEqual([]);
    await close();
  });

  async function pinOf() {
    const text = await (await fetch(`${avopay.url}/js/avopay.js`)).text();
    const hash = createHash('sha384').update(text).digest('base64');
    return { files: `sha384-${hash}`, pinned: `/js/avopay-${hash.replace(/\W/g, '').slice(0, 12)}.js` };
  }
});

describe('in Node', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'avopay-sdk-'));
    for (const name of ['avopay.js', 'avopay.mjs']) {
      await writeFile(join(folder, name), await (await fetch(`${avopay.url}/js/${name}`)).text());
    }
    await cp(join(import.meta.dirname, '../../web/dist/sdk'), join(folder, 'node_modules/avopay'), { recursive: true });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  /** Runs a program beside the downloaded files and answers what it printed. */
  const run = async (name: string, program: string): Promise<Json> => {
    await writeFile(join(folder, name), program);
    const { stdout } = await promisify(execFile)(process.execPath, [name], { cwd: folder });
    return JSON.parse(stdout);
  };
  const print = 'then((session) => console.log(JSON.stringify(session ?? null)))';

  test.each([
    ['a.cjs', `const AvoPay = require('./avopay.js');`],
    ['b.mjs', `import AvoPay from './avopay.js';`],
    ['c.mjs', `import AvoPay from './avopay.mjs';`],
  ])('J-4 J-5: %s, %s pays at the server that it came from and answers the session, without a page to redirect', async (name, load) => {
    const session = await run(name, `${load} AvoPay.pay(${JSON.stringify(options())}).${print}`);
    expect(session).toEqual({
      payment_id: expect.stringMatching(/^pmt_/),
      checkout_url: expect.stringContaining('/pay/pmt_'),
      expires_at: expect.any(String),
    });
  });

  test.each([
    ['d.cjs', `const AvoPay = require('avopay');`],
    ['e.mjs', `import AvoPay from 'avopay';`],
  ])('J-4: the npm package loads from %s, and takes the address of the API', async (name, load) => {
    expect(await run(name, `${load} AvoPay.pay(${JSON.stringify(options({ api: avopay.url }))}).${print}`)).toHaveProperty('payment_id');
  });

  test('J-3: pay never rejects, not even for an onError that throws; create does', async () => {
    const said = await run(
      'f.cjs',
      `const AvoPay = require('./avopay.js'); console.error = () => {};
       const bad = ${JSON.stringify(options({ currency: 'SEK' }))};
       (async () => {
         const answers = [await AvoPay.pay({ ...bad, onError() { throw new Error('mine'); } }), await AvoPay.pay(bad), await AvoPay.pay()];
         const rejected = await AvoPay.create(bad).catch((error) => [error instanceof Error, error.message]);
         console.log(JSON.stringify([answers.map(String), rejected]));
       })();`,
    );
    expect(said).toEqual([
      ['undefined', 'undefined', 'undefined'],
      [true, 'currency must be one of EUR, USD, GBP, CAD, AUD, JPY, CHF, DKK, BRL'],
    ]);
  });

  test('J-5: two customers of one Node process are two payments', async () => {
    const ids = await run(
      'g.cjs',
      `const AvoPay = require('./avopay.js'); const one = () => AvoPay.pay(${JSON.stringify(options())});
       Promise.all([one(), one()]).then((all) => console.log(JSON.stringify(all.map((session) => session.payment_id))));`,
    );
    expect(new Set(ids).size).toBe(2);
  });
});
