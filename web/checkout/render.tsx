/** The server's entry: whole pages from payments. */
import { render } from 'preact-render-to-string';
import { Landing } from '../landing/landing.tsx';
import { App } from './app.tsx';
import type { CheckoutData, CheckoutView, PageOptions, ProblemKind } from './contract.ts';
import { htmlDocument } from './document.ts';
import { Frame } from './frame.tsx';
import { lightningQrText, qrSvg } from './qr.ts';
import { checkoutView } from './view.ts';
import type { Words } from './words.ts';
import { languageOf, pickLanguage } from './words.ts';

export { linkPage } from '../link/link-page.tsx';
export { inlineStyles } from './document.ts';

export function renderCheckout(view: CheckoutView): { readonly body: string } {
  const { words } = languageOf(view.language);
  const codes = {
    lightning: view.lightning && qrSvg(lightningQrText(view.lightning.invoice)),
    liquid: view.liquid && qrSvg(view.liquid.uri),
  };
  return { body: render(<App view={view} words={words} codes={codes} clock={null} />) };
}

export function checkoutPage(data: CheckoutData, options: PageOptions): string {
  const language = pickLanguage(options.languages);
  const view = checkoutView(data, { language: language.code, sandbox: options.sandbox });
  const changing = view.status === 'pending' || view.status === 'detected';
  return htmlDocument({ language, title: titleOf(view, language.words), body: renderCheckout(view).body, view, changing }, options);
}

function titleOf(view: CheckoutView, words: Words): string {
  if (view.status === 'paid') return words.paidTitle(view.merchantName);
  if (view.status === 'expired') return words.expiredTitle(view.merchantName);
  return words.documentTitle(view.fiat, view.merchantName);
}

export function problemPage(kind: ProblemKind, options: PageOptions): string {
  const language = pickLanguage(options.languages);
  const { words } = language;
  const title = kind === 'not_found' ? words.notFound : words.unavailable;
  const text = kind === 'not_found' ? words.notFoundText : words.unavailableText;
  const body = render(
    <Frame merchantName={null} logoPath={null} play={options.sandbox ? words.sandbox : null} footer={words.problemFooter}>
      <main class="one">
        <section class="card outcome" aria-labelledby="outcome">
          <h1 id="outcome">{title}</h1>
          <p class="lead">{text}</p>
          {kind === 'unavailable' && (
            <a class="button primary" href="?">
              {words.tryAgain}
            </a>
          )}
        </section>
      </main>
    </Frame>,
  );
  return htmlDocument({ language, title, body }, options);
}

export function landingPage(options: PageOptions): string {
  const language = pickLanguage(options.languages);
  const body = render(<Landing publicUrl={options.publicUrl} sandbox={options.sandbox} termsUrl={options.termsUrl ?? null} />);
  return htmlDocument({ language, title: 'AvoPay: bitcoin payments for any website', body, indexed: true }, options);
}
