/** What the server says of a payment, for whoever was shown a receipt: a page without any script, rendered on the server only. */
import type { CheckoutData, CheckoutView, PageOptions } from './contract.ts';
import type { Language } from '../words/words.ts';
import { render } from 'preact-render-to-string';
import { fill } from '../words/fill.ts';
import { pickLanguage } from '../words/languages.ts';
import { htmlDocument } from './document.ts';
import { Frame } from './frame.tsx';
import { Facts } from './pieces.tsx';
import { checkoutView, timeText } from './view.ts';

const TXID = /^[0-9a-f]{64}$/;

export function receiptPage(data: CheckoutData, options: PageOptions & { readonly checkedAt: Date }): string {
  const language = pickLanguage(options.languages);
  const { page, still } = language;
  const view = checkoutView(data, { ...options, language: language.code });
  const play = view.play && (view.play === 'sandbox' ? page.sandbox : page.test);
  const body = render(
    <Frame merchantName={view.merchantName} colour={view.colour} logoPath={view.logoPath} play={play} footer={still.problemFooter}>
      <main class="one">
        <section class="card outcome" aria-labelledby="outcome">
          <p class="what">{still.receipt}</p>
          <h1 id="outcome">{verdictOf(view, language)}</h1>
          <p class="lead">{fill(still.receiptSource, { host: new URL(options.publicUrl).host })}</p>
          <Facts rows={[...rowsOf(view, data, language), [still.checkedAt, timeText(options.checkedAt.getTime(), language.code)]]} />
        </section>
      </main>
    </Frame>,
  );
  return htmlDocument({ language, title: fill(still.receiptOf, { merchant: view.merchantName }), body }, options);
}

function verdictOf({ status }: CheckoutView, { page, still }: Language): string {
  if (status === 'paid') return still.receiptPaid;
  return status === 'detected' ? page.detected : still.receiptUnpaid;
}

type Row = Parameters<typeof Facts>[0]['rows'][number];

function rowsOf(view: CheckoutView, data: CheckoutData, { code, page, still }: Language): readonly Row[] {
  const rows: Row[] = [
    [page.paidTo, <bdi key="merchant">{view.merchantName}</bdi>],
    [page.total, view.fiat],
    [page.inBitcoin, fill(page.sats, { amount: view.sats })],
  ];
  if (view.status === 'paid') {
    if (view.paidAtMs !== null) rows.push([page.paidAt, timeText(view.paidAtMs, code)]);
    if (data.method !== null) rows.push([still.paidWith, data.method === 'LIGHTNING' ? page.lightning : page.liquid]);
    if (data.txid !== null && TXID.test(data.txid)) rows.push([still.transaction, <code key="txid">{data.txid}</code>]);
  }
  rows.push([page.reference, <code key="reference">{view.paymentId}</code>]);
  return rows;
}
