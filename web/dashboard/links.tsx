import type { ResultOf } from 'gql.tada';
import { useEffect, useState } from 'preact/hooks';
import { ask } from './ask.ts';
import { graphql } from './graphql.ts';
import { useAction, useLive } from './hooks.ts';
import { EditLink, NewLink, UPDATE } from './link-forms.tsx';
import { Share } from './link-share.tsx';
import { Refused, Waiting } from './pieces.tsx';
import { fiatText, groupedSats } from '../checkout/money-text.ts';

const LINKS = graphql(`query Links($after: String) {
  paymentLinks(first: 30, after: $after) {
    edges { node { id title description amountFiat currency status paidCount paidSats url embedHtml belowMinimum redirectUrl } }
    pageInfo { endCursor hasNextPage }
  }
}`);
const CHANGES = graphql(`subscription LinkChanges { paymentLinksUpdated { id } }`);

/** So long a link that was just switched off offers the way back at its place. */
const REGRET_MS = 6_000;

export type PaymentLink = ResultOf<typeof LINKS>['paymentLinks']['edges'][number]['node'];

export function Links() {
  const [after, setAfter] = useState<string | null>(null);
  const { data, no, reload } = useLive(LINKS, { after }, { subscription: CHANGES });
  const [making, setMaking] = useState(false);
  const [sharing, setSharing] = useState<string | null>(null);
  const [editing, setEditing] = useState<string | null>(null);
  const links = data?.paymentLinks.edges.map(({ node }) => node) ?? null;
  const shared = links?.find(({ id }) => id === sharing);
  const edited = links?.find(({ id }) => id === editing);
  const saved = () => {
    setEditing(null);
    reload();
  };
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
            <LinkRow key={link.id} link={link} share={() => setSharing(link.id)} edit={() => setEditing(link.id)} reload={reload} />
          ))}
        </ul>
        {data?.paymentLinks.pageInfo.hasNextPage && (
          <button type="button" class="button small" onClick={() => setAfter(data.paymentLinks.pageInfo.endCursor)}>
            Older links
          </button>
        )}
      </section>
      {making && <NewLink onClose={() => setMaking(false)} onMade={made} />}
      {edited && <EditLink link={edited} onClose={() => setEditing(null)} onSaved={saved} />}
      {shared && <Share link={shared} onClose={() => setSharing(null)} />}
    </>
  );
}

type RowProps = { readonly link: PaymentLink; readonly share: () => void; readonly edit: () => void; readonly reload: () => void };
function LinkRow(props: RowProps) {
  const { link } = props;
  const { no, run } = useAction();
  const [regret, setRegret] = useState(false);
  useEffect(() => {
    if (!regret) return;
    const timer = setTimeout(() => setRegret(false), REGRET_MS);
    return () => clearTimeout(timer);
  }, [regret]);
  const active = link.status === 'ACTIVE';
  const change = async () => {
    if (!(await run(() => ask(UPDATE, { input: { id: link.id, status: active ? 'inactive' : 'active' } })))) return;
    setRegret(active);
    props.reload();
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
        <div role="status">
          {regret && (
            <div class="notice">
              <p>Nobody can start to pay it now. Who already did can finish.</p>
              <button type="button" class="button small" onClick={() => void change()}>
                Undo
              </button>
            </div>
          )}
        </div>
      </div>
      <span class={`badge ${active ? 'paid' : 'expired'}`}>{active ? 'On' : 'Switched off'}</span>
      <div class="buttons">
        <button type="button" class="button small" aria-label={`Share ${link.title}`} onClick={props.share}>
          Share
        </button>
        <button type="button" class="button small" aria-label={`Edit ${link.title}`} onClick={props.edit}>
          Edit
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
