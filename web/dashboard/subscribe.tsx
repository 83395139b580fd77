import type { ResultOf } from 'gql.tada';
import { ask, serverNow } from './ask.ts';
import { graphql } from './graphql.ts';
import { useAction, useLive } from './hooks.ts';
import { Copy, dayText, Qr, Refused, Waiting, When } from './pieces.tsx';
import { groupedSats } from '../checkout/money-text.ts';

const PLAN = graphql(`query Plan {
  plan {
    state plan endsAt trialUsed trialLimit
    prices { plan usd sats }
    periods { id plan status sats invoice invoiceExpiresAt startsAt endsAt }
  }
}`);
const EVENTS = graphql(`subscription PlanEvents { eventAdded { id } }`);
const CHOOSE = graphql(`mutation ChoosePlan($plan: String) {
  result: createPlanInvoice(plan: $plan) { __typename ... on PlanPeriod { id } ... on Refusal { code message } }
}`);

type Status = ResultOf<typeof PLAN>['plan'];
const PLAN_WORDS = { LIGHTNING_MONTHLY: 'Monthly', LIGHTNING_YEARLY: 'Yearly' } as const;
const PLAN_NAMES = { LIGHTNING_MONTHLY: 'monthly', LIGHTNING_YEARLY: 'yearly' } as const;
/** From so many days before its end on a plan says how long it lasts. */
const SOON_DAYS = 7;
const DAY_MS = 86_400_000;

export function Subscribe() {
  const { data, no, reload } = useLive(PLAN, {}, { subscription: EVENTS });
  return (
    <>
      <h1>Subscribe</h1>
      {data ? <Plan status={data.plan} reload={reload} /> : <Waiting no={no} retry={reload} />}
    </>
  );
}

function stateText(status: Status): string {
  const until = status.endsAt ? dayText(status.endsAt) : '';
  if (status.state === 'TRIAL') return `Trial: ${status.trialUsed} of ${status.trialLimit} free payments used.`;
  if (status.state === 'ACTIVE')
    return `${status.plan ? PLAN_WORDS[status.plan] : 'Your'} plan, paid until ${until}.${soonText(status.endsAt)}`;
  if (status.state === 'GRACE') return `Your plan ended on ${until}. It still works for a little while: renew it now.`;
  if (status.state === 'ENDED') return 'New payments are paused. Open ones still finish. Choose a plan to go on.';
  return 'This server has no plans: everything is free.';
}

/** A plan is renewed by hand: who looks shortly before its end is told. */
function soonText(endsAt: string | null): string {
  const days = endsAt === null ? Number.POSITIVE_INFINITY : Math.ceil((Date.parse(endsAt) - serverNow()) / DAY_MS);
  if (days > SOON_DAYS) return '';
  return ` It ends in ${days === 1 ? 'a day' : `${days} days`}: choose a plan now, and its time is added to what is left.`;
}

function Plan({ status, reload }: { readonly status: Status; readonly reload: () => void }) {
  const { busy, no, run } = useAction();
  const choose = async (plan: keyof typeof PLAN_NAMES) => {
    if (await run(() => ask(CHOOSE, { plan: PLAN_NAMES[plan] }))) reload();
  };
  const open = status.periods.find(({ status: stands, invoice }) => stands === 'open' && invoice);
  const paid = status.periods.filter(({ status: stands }) => stands === 'paid');
  return (
    <>
      <section class="card" aria-labelledby="now">
        <h2 id="now">Where you stand</h2>
        <p role="status">{stateText(status)}</p>
        {status.state !== 'OFF' && (
          <div class="columns">
            {status.prices.map(({ plan, usd, sats }) => (
              <div class="price" key={plan}>
                <h3>{PLAN_WORDS[plan]}</h3>
                <p>
                  <b class="amount">${usd.replace(/\.00$/, '')}</b>{' '}
                  <small class="mute">{sats ? `about ${groupedSats(sats, 'en')} sats` : ''}</small>
                </p>
                {plan === 'LIGHTNING_YEARLY' && <p class="mute">Twelve months at once, ${Number(usd) / 12} a month.</p>}
                <button type="button" class="button" aria-disabled={busy} onClick={() => void choose(plan)}>
                  Choose {PLAN_NAMES[plan]}
                </button>
              </div>
            ))}
          </div>
        )}
        <Refused no={no} />
      </section>
      {open?.invoice && (
        <section class="card scan" aria-labelledby="pay">
          <h2 id="pay">Pay for your {PLAN_NAMES[open.plan]} plan</h2>
          <Qr text={`LIGHTNING:${open.invoice.toUpperCase()}`} label="QR code of the invoice" />
          <p>
            {groupedSats(open.sats, 'en')} sats, with any Lightning wallet
            {open.invoiceExpiresAt && (
              <>
                , until <When at={open.invoiceExpiresAt} />
              </>
            )}
            . This page follows by itself.
          </p>
          <p class="buttons">
            <Copy text={open.invoice} label="Copy invoice" />
            <a class="button small" href={`lightning:${open.invoice}`}>
              Open wallet
            </a>
          </p>
        </section>
      )}
      <section class="card" aria-labelledby="receipts">
        <h2 id="receipts">Receipts</h2>
        {paid.length === 0 && <p class="mute">What you pay for shows here.</p>}
        <ul class="plain">
          {paid.map(({ id, plan, sats, startsAt, endsAt }) => (
            <li key={id}>
              {PLAN_WORDS[plan]}: {startsAt && dayText(startsAt)} to {endsAt && dayText(endsAt)}, {groupedSats(sats, 'en')} sats{' '}
              <code>{id}</code>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
