import type { CheckoutData, PageOptions, PageRenderer } from '../web/checkout/contract.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * `npm run bench:render`, after `npm run build:web`: how long the server takes to make one checkout page with both codes, beside a baseline:
 * the same HTML, already made, copied and escaped once. The goal is 30 ms at the 95th percentile.
 */
const PAGES = 500;
const WARM_UP = 50;
const LANGUAGES = ['en', 'de', 'ja', 'he'];

const root = join(import.meta.dirname, '..');
const vectors: { readonly valid: readonly { readonly invoice: string }[] } = JSON.parse(
  readFileSync(join(root, 'test', 'vectors', 'bolt11.json'), 'utf8'),
);
const invoice = vectors.valid[0]?.invoice ?? '';
const address = 'VJL91DTj36BbkwA8Rkpv4ESgxGKQpyAPMey39HTfuBVYd3CPcasCGNWgt8QimrGRcqo6RVbju7Mdwz5V';
const assetId = '6f0279e9ed041c3d710a9f57d0c02928416460c4b722ae3457a11eec381c526d';
const PAYMENT: CheckoutData = {
  ...{ paymentId: 'pmt_0123456789abcdefghjkmnpqrs', status: 'PENDING', mode: 'LIVE', title: 'Order 1042', linkId: null },
  merchant: { name: 'Alba Coffee Roasters', logoUrl: null, brandColour: '#1d5c4a' },
  ...{ amountFiat: '49.99', currency: 'EUR', amountSats: '62341', receivedSats: '0' },
  lightning: { invoice, uri: `lightning:${invoice}`, expiresAt: '2026-05-15T14:23:00.000Z' },
  liquid: { address, uri: `liquidnetwork:${address}?amount=0.00062341&assetid=${assetId}`, amountLbtc: '0.00062341', assetId },
  ...{ lightningState: 'OFFERED', liquidState: 'OFFERED', expiresAt: '2026-05-15T14:23:00.000Z', serverTime: '2026-05-15T14:13:00.000Z' },
  ...{ paidAt: null, method: null, txid: null, late: false, exception: null, redirectUrl: null, backUrl: null },
};

type Row = { readonly p50: number; readonly p95: number; readonly cpu: number };

function measure(make: (at: number) => string): Row {
  for (let at = 0; at < WARM_UP; at++) make(at);
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let at = 0; at < PAGES; at++) {
    const startMs = performance.now();
    make(at);
    times.push(performance.now() - startMs);
  }
  const { user, system } = process.cpuUsage(before);
  times.sort((left, right) => left - right);
  return { p50: times[Math.floor(PAGES * 0.5)] ?? 0, p95: times[Math.floor(PAGES * 0.95)] ?? 0, cpu: (user + system) / 1_000 / PAGES };
}

const renderer = (await import(pathToFileURL(join(root, 'web', 'dist', 'server', 'render.js')).href)) as PageRenderer; // built from web/checkout/render.tsx
const optionsOf = (at: number): PageOptions => ({
  ...{ publicUrl: 'https://avopay.example', sandbox: false, script: '/assets/checkout.js', keep: '' },
  languages: LANGUAGES[at % LANGUAGES.length] ?? 'en',
});
const page = renderer.checkoutPage(PAYMENT, optionsOf(0));
const rows = {
  'render one page': measure((at) => renderer.checkoutPage(PAYMENT, optionsOf(at))),
  'baseline: escape and copy the made page': measure(() => page.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`)),
};
for (const [name, { p50, p95, cpu }] of Object.entries(rows)) {
  process.stdout.write(`${name}: median ${p50.toFixed(2)} ms, 95 % within ${p95.toFixed(2)} ms, processor ${cpu.toFixed(2)} ms\n`);
}
