import type { ResultOf } from 'gql.tada';
import { useState } from 'preact/hooks';
import { ask } from './ask.ts';
import { graphql } from './graphql.ts';
import { useAction, useLive } from './hooks.ts';
import { Copy, Dialog, Field, Form, Qr, Refused, Waiting } from './pieces.tsx';
import { fiatText, groupedSats } from '../checkout/money-text.ts';

const LINKS = graphql(`query Links($after: String) {
  paymentLinks(first: 30, after: $after) {
    edges { node { id title description amountFiat currency status paidCount paidSats url embedHtml belowMinimum redirectUrl } }
    pageInfo { endCursor hasNextPage }
  }
}`);
const CHANGES = graphql(`subscription LinkChanges { paymentLinksUpdated { id } }`);
const CREATE = graphql(`mutation CreateLink($input: CreatePaymentLinkInput!) {
  result: createPaymentLink(input: $input) { __typename ... on PaymentLink { id } ... on Refusal { code message } }
}`);
const UPDATE = graphql(`mutation UpdateLink($input: UpdatePaymentLinkInput!) {
  result: updatePaymentLink(input: $input) { __typename ... on PaymentLink { id } ... on Refusal { code message } }
}`);
const CURRENCIES = ['EUR', 'USD', 'GBP', 'CHF', 'JPY', 'CAD', 'AUD', 'BRL', 'DKK'];

type PaymentLink = ResultOf<typeof LINKS>['paymentLinks']['edges'][number]['node'];

export function Links() {
  const [after, setAfter] = useState<string | null>(null);
  const { data, no, reload } = useLive(LINKS, { after }, { subscription: CHANGES });
  const [making, setMaking] = useState(false);
  const [sharing, setSharing] = useState<string | null>(null);
  const links = data?.paymentLinks.edges.map(({ node }) => node) ?? null;
  const shared = links?.find(({ id }) => id === sharing);
  const made = (id: string) => {
    setMaking(false);
    reload();
    setSharing(id);
  };
  return (
    <>
      <div class="head">
        <h1>Payment Links</h1>
        <button type="button" class="button primary" onClick={() => setMaking(true)}>
          New payment link
        </button>
      </div>
      <section class="card">
        {!links && <Waiting no={no} retry={reload} />}
        {links?.length === 0 && <p class="empty">Sell something without code: make a link, share it, get paid.</p>}
        <ul class="plain items">
          {links?.map((link) => (
            <LinkRow key={link.id} link={link} share={() => setSharing(link.id)} reload={reload} />
          ))}
        </ul>
        {data?.paymentLinks.pageInfo.hasNextPage && (
          <button type="button" class="button small" onClick={() => setAfter(data.paymentLinks.pageInfo.endCursor)}>
            Older links
          </button>
        )}
      </section>
      {making && <NewLink onClose={() => setMaking(false)} onMade={made} />}
      {shared && <Share link={shared} onClose={() => setSharing(null)} />}
    </>
  );
}

function LinkRow(props: { readonly link: PaymentLink; readonly share: () => void; readonly reload: () => void }) {
  const { link } = props;
  const { no, run } = useAction();
  const active = link.status === 'ACTIVE';
  const change = async () => {
    if (await run(() => ask(UPDATE, { input: { id: link.id, status: active ? 'inactive' : 'active' } }))) props.reload();
  };
  return (
    <li>
      <div class="item-main">
        <h2>{link.title}</h2>
        <p class="mute">
          {link.amountFiat === null ? `Any amount in ${link.currency}` : fiatText(link.amountFiat, link.currency, 'en')} · paid{' '}
          {link.paidCount} {link.paidCount === 1 ? 'time' : 'times'}, {groupedSats(link.paidSats, 'en')} sats
        </p>
        {link.belowMinimum && <p class="notice warn">At today’s rate this price is too small to be paid. Make a new link.</p>}
        <Refused no={no} />
      </div>
      <span class={`badge ${active ? 'paid' : 'expired'}`}>{active ? 'On' : 'Switched off'}</span>
      <div class="buttons">
        <button type="button" class="button small" aria-label={`Share ${link.title}`} onClick={props.share}>
          Share
        </button>
        <button
          type="button"
          class="button small"
          aria-label={`Switch ${active ? 'off' : 'on'} ${link.title}`}
          onClick={() => void change()}
        >
          Switch {active ? 'off' : 'on'}
        </button>
      </div>
    </li>
  );
}

function NewLink(props: { readonly onClose: () => void; readonly onMade: (id: string) => void }) {
  const { busy, no, run } = useAction();
  const onSend = async (typed: { readonly [name: string]: string }) => {
    const { title = '', description = '', amount = '', currency = 'EUR', redirect = '' } = typed;
    const input = {
      ...{ title, currency, amount: amount.trim().replace(',', '.') || null },
      ...{ description: description.trim() || null, redirectUrl: redirect.trim() || null },
    };
    const made = await run(() => ask(CREATE, { input }));
    if (made?.result.__typename === 'PaymentLink') props.onMade(made.result.id);
  };
  return (
    <Dialog title="New payment link" onClose={props.onClose}>
      <Form onSend={(typed) => void onSend(typed)} busy={busy} no={no} button="Create link">
        <Field label="What is paid for" name="title" input={{ required: true, maxLength: 120 }} />
        <Field label="Amount" name="amount" hint="Empty: the payer chooses. It cannot be changed later." input={{ inputMode: 'decimal' }} />
        <p class="field">
          <label for="currency">Currency</label>
          <select id="currency" name="currency">
            {CURRENCIES.map((currency) => (
              <option key={currency}>{currency}</option>
            ))}
          </select>
        </p>
        <Field label="More about it (optional)" name="description" input={{ maxLength: 500 }} />
        <Field label="Where payers go afterwards (optional)" name="redirect" type="url" input={{ placeholder: 'https://' }} />
      </Form>
    </Dialog>
  );
}

function Share({ link, onClose }: { readonly link: PaymentLink; readonly onClose: () => void }) {
  return (
    <Dialog title={link.title} onClose={onClose}>
      <Qr text={link.url} label={`QR code of the link ${link.title}`} />
      <p class="code">{link.url}</p>
      <p class="buttons">
        <Copy text={link.url} label="Copy link" />
        <a class="button small" href={link.url} target="_blank" rel="noreferrer">
          Open it
        </a>
      </p>
      <h3>A button for your page</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <pre class="code" tabIndex={0}>
        {link.embedHtml}
      </pre>
      <Copy text={link.embedHtml} label="Copy the button" />
    </Dialog>
  );
}
