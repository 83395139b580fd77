import type { Page } from 'playwright-core';
import type { LinkPaid } from '../../src/link-page.ts';
import type { CheckoutData } from '../../src/pages.ts';
import type { LinkData } from '../../web/link/contract.ts';
import type { CheckoutServer } from './checkout-server.ts';
import { addMs } from '../../src/lib/time.ts';
import { LANGUAGES } from '../../web/words/languages.ts';
import { LINK_ID, LIQUID, OPEN_LINK, PAYMENT_ID, pendingPayment } from './checkout-server.ts';

/** One state of a page, and how to bring it about. */
export type PageScene = {
  readonly name: string;
  readonly path?: string;
  readonly patch?: Partial<CheckoutData>;
  /** The time that the payment has left. */
  readonly leftMs?: number;
  readonly link?: LinkData;
  readonly answer?: LinkPaid;
  readonly fails?: boolean;
  readonly javaScript?: false;
  /** Time is moved by the test: nothing is waited for. */
  readonly ownClock?: true;
  readonly before?: (page: Page) => Promise<unknown>;
  readonly act?: (page: Page, server: CheckoutServer) => Promise<unknown>;
  /** Words that must stand on the page. */
  readonly says?: string;
  /** Played in every run, not only in the whole one. */
  readonly always?: true;
};

const LONG = 'Unbelievably-long-name-without-any-space-'.repeat(3).slice(0, 80);
const BOTH = { liquid: LIQUID, liquidState: 'OFFERED' };
const PAID_AT = '2026-05-15T14:23:00.000Z';
const PAID: Partial<CheckoutData> = { status: 'PAID', method: 'LIGHTNING', paidAt: PAID_AT, txid: '5f'.repeat(32) };
const DOWN = { lightning: null, lightningState: 'PROVIDER_DOWN' };
const EXPIRED: Partial<CheckoutData> = { status: 'EXPIRED', backUrl: 'https://shop.example/order?status=expired' };
const RECEIPT = `/pay/${PAYMENT_ID}/receipt`;
const LINK = `/pay/${LINK_ID}`;
const FIXED: LinkData = { ...OPEN_LINK, description: null, amountFiat: '150.00', currency: 'USD', approximateSats: '173205' };
const refused = (code: string): LinkPaid => ({ code, retryAfterSeconds: null });
const typing = (amount: string) => async (page: Page) => {
  await page.locator('#amount').fill(amount);
  await page.locator('button.primary').click();
  await page.getByRole('alert').waitFor();
};
const webln = (page: Page) =>
  page.addInitScript(() => {
    Object.assign(globalThis, { webln: { enable: async () => {}, sendPayment: () => Promise.reject(new Error('no')) } });
  });

/** TABLE: the states of web pages that payers see. */
const STATES: readonly PageScene[] = [
  { name: 'pending', says: 'Waiting for your payment' },
  { name: 'two-methods', patch: BOTH, always: true },
  { name: 'liquid', patch: BOTH, act: (page) => page.locator('#tab-liquid').click(), says: 'Send exactly 0.00062341', always: true },
  { name: 'low-time', leftMs: 100_000 },
  { name: 'checking', leftMs: -1_000, says: 'Checking…' },
  { name: 'offline', act: (page) => page.context().setOffline(true), says: 'You appear offline' },
  {
    name: 'reconnecting',
    ownClock: true,
    act: async (page, server) => {
      server.blockSockets(true);
      await page.clock.fastForward(6_000);
    },
    says: 'Reconnecting…',
  },
  { name: 'trouble', ownClock: true, act: (page) => page.clock.fastForward(61_000), says: 'Having trouble?' },
  {
    name: 'browser-wallet',
    before: webln,
    act: (page) => page.getByRole('button', { name: 'Pay from this browser' }).click(),
    says: 'Your wallet did not pay.',
    always: true,
  },
  { name: 'lightning-down', patch: { ...DOWN, liquid: LIQUID }, says: 'Lightning is not available right now.' },
  { name: 'liquid-only', patch: { lightning: null, lightningState: 'NOT_CONFIGURED', liquid: LIQUID }, says: 'L-BTC) payments only' },
  { name: 'liquid-busy', patch: { liquidState: 'NO_ADDRESS_FREE' }, says: 'is not available for this payment' },
  { name: 'no-method', patch: DOWN, says: 'This shop cannot take payments right now.' },
  { name: 'partial', patch: { ...BOTH, receivedSats: '1000' }, act: (page) => page.locator('#tab-liquid').click(), says: 'Send the rest' },
  { name: 'no-script', patch: BOTH, javaScript: false, says: 'Pay until' },
  { name: 'test-payment', patch: { mode: 'TEST', lightning: null }, says: 'Mark as paid' },
  { name: 'colour', patch: { merchant: { name: 'Alba Coffee Roasters', logoUrl: null, brandColour: '#1d5c4a' } } },
  { name: 'long', patch: { ...BOTH, title: LONG, merchant: { name: LONG, logoUrl: null, brandColour: null }, amountFiat: '9999999.99' } },
  { name: 'detected', patch: { status: 'DETECTED' }, says: 'We see your payment', always: true },
  { name: 'detected-slow', patch: { status: 'DETECTED', exception: 'PAYOUT_LOST' }, says: 'longer than usual' },
  { name: 'paid', patch: PAID, says: 'You can close this page.', always: true },
  { name: 'paid-return', patch: { ...PAID, redirectUrl: 'https://shop.example/?status=paid' }, says: 'Return to the shop' },
  { name: 'paid-late', patch: { ...PAID, late: true, method: 'LIQUID' }, says: 'after the time had run out' },
  { name: 'paid-twice', patch: { ...PAID, exception: 'PAID_TWICE' }, says: 'more than once' },
  { name: 'overpaid', patch: { ...PAID, exception: 'OVERPAID', receivedSats: '80000' }, says: 'You sent 0.00080000 L-BTC' },
  { name: 'dropped', patch: { ...PAID, exception: 'DROPPED' }, says: 'has left the network' },
  { name: 'expired', patch: EXPIRED, says: 'Time ran out', always: true },
  { name: 'expired-link', patch: { status: 'EXPIRED', linkId: LINK_ID }, says: 'Start again' },
  { name: 'underpaid', patch: { ...EXPIRED, exception: 'UNDERPAID', receivedSats: '40000' }, says: 'We received 0.00040000 of 0.00062341' },
  { name: 'not-found', path: '/pay/pmt_00000000000000000000000000', says: 'This payment link is not valid' },
  { name: 'unavailable', fails: true, says: 'Nothing was charged', always: true },
  { name: 'receipt', path: RECEIPT, patch: PAID, says: '5f5f5f5f', always: true },
  { name: 'receipt-unpaid', path: RECEIPT, says: 'Not paid' },
  { name: 'landing', path: '/', says: 'Read the documentation' },
  { name: 'link-fixed', path: LINK, link: FIXED, says: 'about 173,205 sats today' },
  { name: 'link-open', path: LINK, link: OPEN_LINK, always: true },
  { name: 'link-yen', path: LINK, link: { ...OPEN_LINK, currency: 'JPY', minimumFiat: '130' } },
  { name: 'link-long', path: LINK, link: { ...FIXED, title: LONG, description: `${LONG} ${LONG}` } },
  { name: 'link-inactive', path: LINK, link: { ...OPEN_LINK, status: 'INACTIVE' }, says: 'This link is switched off.' },
  { name: 'link-too-small', path: LINK, link: OPEN_LINK, answer: refused('amount_too_small'), act: typing('0,10'), always: true },
  { name: 'link-no-price', path: LINK, link: OPEN_LINK, answer: refused('rate_unavailable'), act: typing('5') },
  { name: 'link-shop-closed', path: LINK, link: OPEN_LINK, answer: refused('trial_limit_reached'), act: typing('5') },
];

/** The states with the most words, in every other language. */
const SPOKEN: readonly PageScene[] = LANGUAGES.slice(1).flatMap(({ code, page }): PageScene[] => {
  const lang = `?lang=${code}`;
  return [
    { name: `${code}-two-methods`, path: `/pay/${PAYMENT_ID}${lang}`, patch: BOTH, says: page.scanLightning },
    {
      name: `${code}-liquid`,
      path: `/pay/${PAYMENT_ID}${lang}`,
      patch: BOTH,
      act: (open) => open.locator('#tab-liquid').click(),
      says: page.scanLiquid,
      ...(code === 'he' ? { always: true } : {}),
    },
    { name: `${code}-paid`, path: `/pay/${PAYMENT_ID}${lang}`, patch: PAID, says: page.paid, ...(code === 'de' ? { always: true } : {}) },
    { name: `${code}-expired`, path: `/pay/${PAYMENT_ID}${lang}`, patch: EXPIRED, says: page.expired },
    { name: `${code}-receipt`, path: `${RECEIPT}${lang}`, patch: PAID, says: page.paidTo },
    { name: `${code}-link-open`, path: `${LINK}${lang}`, link: OPEN_LINK, says: page.footer },
    { name: `${code}-link-fixed`, path: `${LINK}${lang}`, link: FIXED, says: page.footer },
  ];
});

export const SCENES: readonly PageScene[] = [...STATES, ...SPOKEN];

/** Puts the server into the state of a scene; what the scene does not name is as always. */
export function setScene(server: CheckoutServer, scene: PageScene): string {
  const at = server.now();
  server.blockSockets(false);
  server.failLoading(scene.fails ?? false);
  server.changeLink(scene.link ?? OPEN_LINK, scene.answer ?? { paymentId: PAYMENT_ID });
  const expiresAt = addMs(at, scene.leftMs ?? 600_000).toISOString();
  server.change({ ...pendingPayment(at), expiresAt, ...scene.patch }, false);
  return scene.path === undefined ? server.payUrl : server.url + scene.path;
}
