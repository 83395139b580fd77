/** The server's entry: whole pages from payments. */
import type { CheckoutData, CheckoutPageData, CheckoutView, PageOptions, ProblemKind } from './contract.ts';
import type { Language } from '../words/words.ts';
import { render } from 'preact-render-to-string';
import { Landing } from '../landing/landing.tsx';
import { fill } from '../words/fill.ts';
import { LANGUAGES, pickLanguage } from '../words/languages.ts';
import { App } from './app.tsx';
import { htmlDocument } from './document.ts';
import { Frame } from './frame.tsx';
import { lightningQrText, qrSvg } from './qr.ts';
import { checkoutView } from './view.ts';

export { linkPage } from '../link/link-page.tsx';
export { inlineStyles } from './document.ts';
export { receiptPage } from './receipt.tsx';

export function renderCheckout({ view, words }: CheckoutPageData): { readonly body: string } {
  const codes = {
    lightning: view.lightning && qrSvg(lightningQrText(view.lightning.invoice)),
    liquid: view.liquid && qrSvg(view.liquid.uri),
  };
  return { body: render(<App view={view} words={words} codes={codes} clock={null} />) };
}

export function checkoutPage(data: CheckoutData, options: PageOptions): string {
  const language = pickLanguage(options.languages);
  const view = checkoutView(data, { ...options, language: language.code });
  const changing = view.status === 'pending' || view.status === 'detected';
  const alive = { view, words: language.page };
  return htmlDocument({ language, title: titleOf(view, language), body: renderCheckout(alive).body, alive, changing }, options);
}

function titleOf(view: CheckoutView, { page, still }: Language): string {
  const merchant = view.merchantName;
  if (view.status === 'paid') return fill(page.paidTitle, { merchant });
  if (view.status === 'expired') return fill(page.expiredTitle, { merchant });
  return fill(still.documentTitle, { amount: view.fiat, merchant });
}

export function problemPage(kind: ProblemKind, options: PageOptions): string {
  const language = pickLanguage(options.languages);
  const { page, still } = language;
  const title = kind === 'not_found' ? still.notFound : still.unavailable;
  const text = kind === 'not_found' ? still.notFoundText : still.unavailableText;
  const body = render(
    <Frame merchantName={null} logoPath={null} play={options.sandbox ? page.sandbox : null} footer={still.problemFooter}>
      <main class="one">
        <section class="card outcome" aria-labelledby="outcome">
          <h1 id="outcome">{title}</h1>
          <p class="lead">{text}</p>
          {kind === 'unavailable' && (
            <a class="button primary" href={options.keep || '?'}>
              {still.tryAgain}
            </a>
          )}
        </section>
      </main>
    </Frame>,
  );
  return htmlDocument({ language, title, body }, options);
}

/** Merchants and their programmers read English, here and in the documentation. */
export function landingPage(options: PageOptions): string {
  const body = render(<Landing publicUrl={options.publicUrl} sandbox={options.sandbox} termsUrl={options.termsUrl ?? null} />);
  return htmlDocument({ language: LANGUAGES[0], title: 'AvoPay: bitcoin payments for any website', body, indexed: true }, options);
}
