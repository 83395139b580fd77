/** The server's entry to the documentation: whole pages, without any script. */
import type { DocsFacts, DocsPage } from './contract.ts';
import type { ComponentType } from 'preact';
import { render } from 'preact-render-to-string';
import { escapeHtml } from '../checkout/escape-html.ts';
import css from './docs.css?inline';
import { Links, Payments, QuickStart, Sdk } from './guide.tsx';
import { Agents, Errors, Testing, Webhooks } from './guide-more.tsx';
import { Reference } from './reference.tsx';

/** TABLE: the pages in reading order. */
const PAGES: { readonly [Name in DocsPage]: { readonly title: string; readonly Page: ComponentType<{ facts: DocsFacts }> } } = {
  '': { title: 'Quick start', Page: QuickStart },
  payments: { title: 'Payments', Page: Payments },
  links: { title: 'Payment links', Page: Links },
  sdk: { title: 'JS SDK', Page: Sdk },
  webhooks: { title: 'Webhooks', Page: Webhooks },
  agents: { title: 'AI agents', Page: Agents },
  errors: { title: 'Errors and limits', Page: Errors },
  testing: { title: 'Testing', Page: Testing },
  reference: { title: 'Reference', Page: Reference },
};

export const docsStyles: readonly string[] = [css];

export function docsPage(page: DocsPage, facts: DocsFacts): string {
  const { title, Page } = PAGES[page];
  const body = render(
    <div class="page">
      <a class="skip" href="#main">
        Skip to the text
      </a>
      <header class="head">
        <a href="/">
          <span class="tile" aria-hidden="true">
            A
          </span>
          AvoPay
        </a>
        {facts.sandbox && <span class="play">Sandbox: no real money</span>}
      </header>
      <div class="columns">
        <nav aria-label="Documentation">
          <ul>
            {Object.entries(PAGES).map(([name, entry]) => (
              <li key={name}>
                <a href={pathOf(name)} aria-current={name === page ? 'page' : undefined}>
                  {entry.title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <main id="main">
          <Page facts={facts} />
        </main>
      </div>
      <footer>
        Payments settle straight into the merchant’s own wallet. Refunds are made from there, by the merchant.
        {facts.termsUrl && (
          <>
            {' '}
            <a href={facts.termsUrl}>Terms</a>
          </>
        )}
      </footer>
    </div>,
  );
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<meta name="color-scheme" content="light dark"><title>${escapeHtml(`${title} · AvoPay`)}</title>`,
    `<link rel="icon" href="/favicon.svg" type="image/svg+xml"><style>${css}</style></head><body>${body}</body></html>`,
  ].join('');
}

function pathOf(name: string): string {
  return name === '' ? '/docs' : `/docs/${name}`;
}

/** llms.txt: a heading, a summary, and links with what they hold. */
export function llmsText({ apiUrl, publicUrl, chapters }: DocsFacts): string {
  const operations = chapters.flatMap((chapter) => chapter.operations);
  return [
    '# AvoPay',
    '',
    '> Accept Bitcoin Lightning and Liquid (L-BTC) payments that settle into the merchant’s own AQUA wallet.',
    '',
    `- API base: ${apiUrl}/api/v1. JSON in and out; \`Authorization: Bearer ak_live_…\` on servers, \`ak_pub_…\` in pages.`,
    '- To be paid: POST /payments with amount and currency, send the customer to checkout_url, wait for the webhook payment.confirmed or poll GET /payments/:id.',
    '- To pay a checkout page: its Lightning invoice and Liquid address stand in the page as text; it is valid for ten minutes.',
    '- Never deliver on the return of a visitor; compare amount_fiat when a publishable key created the payment.',
    '- Refunds are the merchant’s: no call of this API sends money.',
    '- Every error is JSON with error, code and request_id; on 429 and 503 wait Retry-After seconds.',
    '',
    '## Documentation',
    '',
    ...Object.entries(PAGES).map(([name, { title }]) => `- [${title}](${publicUrl}${pathOf(name)})`),
    `- [OpenAPI 3.1](${apiUrl}/api/v1/openapi.json)`,
    '',
    '## Operations',
    '',
    ...operations.map(({ method, path, summary }) => `- ${method} ${path}: ${summary}`),
    '',
  ].join('\n');
}
