import type { ResultOf } from 'gql.tada';
import { graphql } from './graphql.ts';
import { useLive } from './hooks.ts';
import { METHOD_WORDS, NEXT_WORDS, SOURCE_WORDS, StatusBadge } from './payment-words.tsx';
import { Copy, Dialog, Facts, Money, Waiting, When } from './pieces.tsx';
import { groupedSats } from '../checkout/money-text.ts';

const PAYMENT = graphql(`query PaymentDetail($id: ID!) {
  payment(id: $id) {
    id status exception createdAt expiresAt paidAt amountFiat currency amountSats receivedSats feesSats netSats method source mode late
    txid transactionUrl settlement metadata checkoutUrl
    rate { fiatPerBtc currency sources }
    timeline { at code text }
    deliveries(first: 10) { edges { node { id status event { type } attempts { number httpStatus errorCode } } } }
  }
}`);
const CHANGES = graphql(`subscription PaymentDetailChanges($id: ID!) { paymentUpdated(id: $id) { id } }`);
type Payment = NonNullable<ResultOf<typeof PAYMENT>['payment']>;

/** Everything about one payment; its id stands in the address. */
export function PaymentDetail(props: { readonly id: string; readonly onClose: () => void }) {
  const { data, no, reload } = useLive(PAYMENT, { id: props.id }, { subscription: CHANGES, variables: { id: props.id } });
  return (
    <Dialog title="Payment" onClose={props.onClose}>
      {!data && <Waiting no={no} retry={reload} />}
      {data && !data.payment && <p>There is no payment of that id in your account.</p>}
      {data?.payment && <Detail payment={data.payment} />}
    </Dialog>
  );
}

function Detail({ payment }: { readonly payment: Payment }) {
  return (
    <>
      <p class="detail-top">
        <Money fiat={payment.amountFiat} currency={payment.currency} sats={payment.amountSats} />
        <StatusBadge status={payment.status} exception={payment.exception} />
      </p>
      <p class="mute">{NEXT_WORDS[payment.status]}</p>
      <h3>What happened</h3>
      <ol class="timeline">
        {payment.timeline.map(({ at, code, text }) => (
          <li key={`${at} ${code}`}>
            <When at={at} /> <span>{text}</span>
          </li>
        ))}
      </ol>
      <h3>Facts</h3>
      <Facts rows={factRows(payment)} />
      <h3>Webhooks</h3>
      {payment.deliveries.edges.length === 0 ? (
        <p class="mute">Nothing was sent about it.</p>
      ) : (
        <ul class="plain">
          {payment.deliveries.edges.map(({ node }) => (
            <li key={node.id}>
              <code>{node.event.type}</code> {node.status.toLowerCase()}, {node.attempts.length} of 4 tries
              {node.attempts.at(-1)?.httpStatus ? `, answered ${node.attempts.at(-1)?.httpStatus}` : ''}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Transaction({ txid, url }: { readonly txid: string | null; readonly url: string | null }) {
  if (!txid) return '–';
  const text = <code>{txid}</code>;
  if (!url) return text;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  );
}

function factRows(payment: Payment) {
  const satsOf = (sats: string | null) => (sats === null ? '–' : `${groupedSats(sats, 'en')} sats`);
  const rows = [
    ['Id', <code key="id">{payment.id}</code>],
    ['Asked for by', SOURCE_WORDS[payment.source]],
    ['Paid with', payment.method ? METHOD_WORDS[payment.method] : '–'],
    ['Received', satsOf(payment.receivedSats)],
    ['Fees', satsOf(payment.feesSats)],
    ['In your wallet', satsOf(payment.netSats)],
    ['Exchange rate', `${payment.rate.fiatPerBtc} ${payment.rate.currency} (${payment.rate.sources.join(', ')})`],
    ['Valid until', <When key="until" at={payment.expiresAt} />],
    ['Transaction', <Transaction key="txid" txid={payment.txid} url={payment.transactionUrl} />],
    ['Checkout page', <Copy key="copy" text={payment.checkoutUrl} label="Copy its address" />],
    ...Object.entries(payment.metadata).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const),
  ] as const;
  return rows;
}
