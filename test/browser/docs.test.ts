import type { Browser } from 'playwright-core';
import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '../../rest-adapter/routes.ts';
import { errorRows } from '../../rest-adapter/openapi/errors.ts';
import { LIMITS } from '../../src/limits/limits.ts';
import { startAvopay } from '../support/avopay.ts';
import { axeFaults, browserMissing, horizontalOverflow, openBrowser, takeShot, visit } from '../support/browser.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

const PAGES = ['', '/payments', '/links', '/sdk', '/webhooks', '/agents', '/errors', '/testing', '/reference'];
let avopay: Avopay;
beforeAll(async () => {
  await ensureWebBuilt();
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());
const get = async (path: string) => {
  const reply = await fetch(avopay.url + path);
  return { reply, text: await reply.text() };
};
const plain = (html: string) =>
  html
    .replace(/<[^>]+>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');

test.each(PAGES)('X-9: /docs%s runs no script, holds no inline style, and every link in it leads somewhere', async (page) => {
  const { reply, text } = await get(`/docs${page}`);
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(reply.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'none'; style-src 'sha256-[\w+/=]+'; /);
  expect(text).not.toMatch(/<script|<[^>]+\sstyle=|<[^>]+\son[a-z]+=/);
  const paths = [...text.matchAll(/<a [^>]*?href="(\/[^"#]*)/g)].map(([, path = '']) => path);
  for (const path of new Set(paths)) expect((await fetch(avopay.url + path, { headers: { accept: 'text/html' } })).status, path).toBe(200);
  for (const [, id = ''] of text.matchAll(/href="#([^"]+)"/g)) expect(text).toContain(`id="${id}"`);
});

test('X-5 X-9: the page of errors prints every error and every limit of the code', async () => {
  const text = plain((await get('/docs/errors')).text);
  for (const { error, code } of errorRows()) expect(text).toContain(error + code);
  for (const { covers, limit } of Object.values(LIMITS)) expect(text).toContain(covers.replaceAll('`', '') + limit);
});

test('X-6 X-9: the reference names every route, its fields and its refusals', async () => {
  const text = plain((await get('/docs/reference')).text);
  for (const { method, path } of ROUTES) expect(text).toContain(`${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  for (const words of ['redirect_url', 'Metadata'.toLowerCase(), 'payment_link_inactive', 'curl -X POST']) expect(text).toContain(words);
});

test('the guide says plainly that refunds are the merchant’s', async () => {
  for (const page of ['', '/payments']) expect(plain((await get(`/docs${page}`)).text)).toMatch(/refund/i);
});

test('llms.txt tells an agent the essentials, and every address in it answers', async () => {
  const { reply, text } = await get('/llms.txt');
  expect(reply.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(text).toMatch(/^# AvoPay\n\n> /);
  for (const [, url = ''] of text.matchAll(/\]\((\S+)\)/g))
    expect((await fetch(url.replace('localhost', '127.0.0.1'))).status, url).toBe(200);
  for (const { path } of ROUTES) expect(text).toContain(path.replace(/:(\w+)/g, '{$1}'));
});

test('in the sandbox /graphql shows GraphiQL to a browser', async () => {
  const reply = await fetch(`${avopay.url}/graphql`, { headers: { accept: 'text/html' } });
  expect([reply.status, (await reply.text()).includes('GraphiQL')]).toEqual([200, true]);
});

describe.skipIf(browserMissing())('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  test.each([
    ['/docs', 1280, false],
    ['/docs/errors', 390, true],
    ['/docs/reference', 320, false],
    ['/docs/sdk', 1280, true],
  ])('X-9: %s at %i pixels (dark: %s) has no fault of accessibility, no overflow, and breaks no policy', async (path, width, dark) => {
    const { page, violations, close } = await visit(browser, avopay.url + path, { width, dark, context: { bypassCSP: false } });
    expect([await horizontalOverflow(page), violations]).toEqual([0, []]);
    await takeShot(page, `docs${path.replaceAll('/', '-')}-${width}${dark ? '-dark' : ''}`);
    await close();
    const looked = await visit(browser, avopay.url + path, { width, dark, context: { bypassCSP: true } });
    expect(await axeFaults(looked.page)).toEqual([]);
    await looked.close();
  });
});
