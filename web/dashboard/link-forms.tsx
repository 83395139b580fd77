import type { PaymentLink } from './links.tsx';
import { ask } from './ask.ts';
import { graphql } from './graphql.ts';
import { useAction } from './hooks.ts';
import { Dialog, Field, Form } from './pieces.tsx';
import { fiatText } from '../checkout/money-text.ts';

const CREATE = graphql(`mutation CreateLink($input: CreatePaymentLinkInput!) {
  result: createPaymentLink(input: $input) { __typename ... on PaymentLink { id } ... on Refusal { code message } }
}`);
export const UPDATE = graphql(`mutation UpdateLink($input: UpdatePaymentLinkInput!) {
  result: updatePaymentLink(input: $input) { __typename ... on PaymentLink { id } ... on Refusal { code message } }
}`);
const CURRENCIES = ['EUR', 'USD', 'GBP', 'CHF', 'JPY', 'CAD', 'AUD', 'BRL', 'DKK'];

type Typed = { readonly [name: string]: string };

export function NewLink(props: { readonly onClose: () => void; readonly onMade: (id: string) => void }) {
  const { busy, no, run } = useAction();
  const onSend = async (typed: Typed) => {
    const { amount = '', currency = 'EUR' } = typed;
    const input = { ...wordsIn(typed), currency, amount: amount.trim().replace(',', '.') || null };
    const made = await run(() => ask(CREATE, { input }));
    if (made?.result.__typename === 'PaymentLink') props.onMade(made.result.id);
  };
  return (
    <Dialog title="New payment link" onClose={props.onClose}>
      <Form onSend={(typed) => void onSend(typed)} busy={busy} no={no} button="Create link">
        <Title />
        <Field label="Amount" name="amount" hint="Empty: the payer chooses. It cannot be changed later." input={{ inputMode: 'decimal' }} />
        <p class="field">
          <label for="currency">Currency</label>
          <select id="currency" name="currency">
            {CURRENCIES.map((currency) => (
              <option key={currency}>{currency}</option>
            ))}
          </select>
        </p>
        <More />
      </Form>
    </Dialog>
  );
}

/** What payers read can change; what they are asked for cannot: somebody may hold the link with its price in mind. */
export function EditLink(props: { readonly link: PaymentLink; readonly onClose: () => void; readonly onSaved: () => void }) {
  const { link } = props;
  const { busy, no, run } = useAction();
  const onSend = async (typed: Typed) => {
    if (await run(() => ask(UPDATE, { input: { id: link.id, ...wordsIn(typed) } }))) props.onSaved();
  };
  return (
    <Dialog title={`Edit ${link.title}`} onClose={props.onClose}>
      <Form onSend={(typed) => void onSend(typed)} busy={busy} no={no} button="Save">
        <Title link={link} />
        <More link={link} />
        <p class="mute">
          {link.amountFiat === null
            ? `Payers choose the amount, in ${link.currency}.`
            : `The price is ${fiatText(link.amountFiat, link.currency, 'en')}.`}{' '}
          It cannot be changed: make a new link for another one, and switch this one off.
        </p>
      </Form>
    </Dialog>
  );
}

function wordsIn({ title = '', description = '', redirect = '' }: Typed) {
  return { title, description: description.trim() || null, redirectUrl: redirect.trim() || null };
}

function Title({ link }: { readonly link?: PaymentLink }) {
  return <Field label="What is paid for" name="title" input={{ required: true, maxLength: 120, defaultValue: link?.title ?? '' }} />;
}

function More({ link }: { readonly link?: PaymentLink }) {
  return (
    <>
      <p class="field">
        <label for="description">More about it (optional)</label>
        <textarea id="description" name="description" rows={3} maxLength={500} defaultValue={link?.description ?? ''} />
      </p>
      <Field
        label="Where payers go afterwards (optional)"
        name="redirect"
        type="url"
        input={{ placeholder: 'https://', defaultValue: link?.redirectUrl ?? '' }}
      />
    </>
  );
}
