import type { ResultOf } from 'gql.tada';
import { useState } from 'preact/hooks';
import { Link, useLocation, useSearch } from 'wouter-preact';
import { FirstSteps } from './first-steps.tsx';
import { graphql } from './graphql.ts';
import { useLive, useRead } from './hooks.ts';
import { PaymentDetail } from './payment-detail.tsx';
import { Money, Waiting, When } from './pieces.tsx';
import { fiatText, groupedSats } from '../checkout/money-text.ts';
import { METHOD_WORDS, SOURCE_WORDS, STATUS_FILTERS, StatusBadge, statusesOf } from './payment-words.tsx';

const PAYMENTS = graphql(`query Payments($first: Int, $after: String, $filter: PaymentFilter) {
  payments(first: $first, after: $after, filter: $filter) {
    edges { node { id status exception createdAt amountFiat currency amountSats method source link { title } } }
    pageInfo { endCursor hasNextPage }
  }
}`);
const CHANGES = graphql(`subscription PaymentChanges($filter: PaymentFilter) { paymentsUpdated(filter: $filter) { id } }`);
const STATS = graphql(`query Stats { paymentStats(days: 30) { currency started paid fiat sats days { fiat sats } } }`);
const ROWS = 20;

type Row = NonNullable<ResultOf<typeof PAYMENTS>['payments']>['edges'][number]['node'];

/** What stands in the address: reload, back and a shared link show the same list. */
function usePlace() {
  const search = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const go = (changes: { readonly [name: string]: string | null }) => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    const text = next.toString();
    navigate(text === '' ? '/' : `/?${text}`);
  };
  return {
    status: search.get('status'),
    mode: search.get('mode') === 'test' ? 'TEST' : 'LIVE',
    text: search.get('search'),
    search,
    go,
  } as const;
}

export function Payments() {
  const { status, mode, text, search, go } = usePlace();
  const [more, setMore] = useState(1);
  const statuses = statusesOf(status);
  const filter = { mode, ...(statuses ? { status: [...statuses] } : {}), ...(text ? { search: text } : {}) };
  const after = search.get('after');
  const variables = { first: Math.min(100, ROWS * more), after, filter };
  const { data, no, reload } = useLive(PAYMENTS, variables, { subscription: CHANGES, variables: { filter: { mode } } });
  const list = data?.payments ?? null;
  const shown = search.get('payment');
  return (
    <>
      <div class="head">
        <h1>Payments</h1>
        <a class="button" href={csvAddress(status, mode, text)} download>
          Download CSV
        </a>
      </div>
      <FirstSteps />
      <Numbers />
      <section class="card" aria-labelledby="list-title">
        <h2 id="list-title" class="sr">
          List of payments
        </h2>
        <Filters status={status} mode={mode} text={text} go={go} />
        {list ? (
          <Table rows={list.edges.map(({ node }) => node)} search={search} filtered={Boolean(status || text)} />
        ) : (
          <Waiting no={no} retry={reload} />
        )}
        {list && no && <p class="notice bad">{no.message}</p>}
        <p class="pager">
          {after && (
            <button type="button" class="button small" onClick={() => go({ after: null })}>
              Back to the newest
            </button>
          )}
          {list?.pageInfo.hasNextPage && more < 5 && (
            <button type="button" class="button small" onClick={() => setMore(more + 1)}>
              Show more
            </button>
          )}
          {list?.pageInfo.hasNextPage && more >= 5 && (
            <button type="button" class="button small" onClick={() => go({ after: list.pageInfo.endCursor })}>
              Older payments
            </button>
          )}
        </p>
      </section>
      {shown && <PaymentDetail id={shown} onClose={() => go({ payment: null })} />}
    </>
  );
}

function csvAddress(status: string | null, mode: string, text: string | null): string {
  const query = new URLSearchParams({ mode: mode.toLowerCase() });
  const statuses = statusesOf(status);
  if (statuses) query.set('status', status === 'waiting' ? 'pending' : statuses.join(',').toLowerCase());
  if (text) query.set('q', text);
  return `/api/v1/payments.csv?${query}`;
}

function Numbers() {
  const { data } = useRead(STATS, {});
  const stats = data?.paymentStats[0];
  if (!stats) return null;
  const today = stats.days.at(-1);
  const share = stats.started === 0 ? null : Math.round((stats.paid * 100) / stats.started);
  const rows = [
    ['Today', fiatText(today?.fiat ?? '0', stats.currency, 'en'), `${groupedSats(today?.sats ?? '0', 'en')} sats`],
    ['Last 30 days', fiatText(stats.fiat, stats.currency, 'en'), `${groupedSats(stats.sats, 'en')} sats`],
    ['Paid of all started', share === null ? '–' : `${share}%`, `${stats.paid} of ${stats.started}`],
  ] as const;
  return (
    <dl class="numbers">
      {rows.map(([name, big, small]) => (
        <div class="card" key={name}>
          <dt>{name}</dt>
          <dd>
            <b>{big}</b>
            <small class="mute">{small}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

type Go = (changes: { readonly [name: string]: string | null }) => void;
function Filters(props: { readonly status: string | null; readonly mode: string; readonly text: string | null; readonly go: Go }) {
  const { status, mode, text, go } = props;
  return (
    <form
      class="filters"
      onSubmit={(event) => {
        event.preventDefault();
        const typed = new FormData(event.currentTarget).get('search');
        go({ search: typeof typed === 'string' ? typed.trim() : null, after: null });
      }}
    >
      <fieldset class="chips">
        <legend class="sr">Status</legend>
        {STATUS_FILTERS.map(([value, words]) => (
          <label key={words}>
            <input type="radio" name="status" checked={(status ?? '') === value} onChange={() => go({ status: value, after: null })} />
            <span>{words}</span>
          </label>
        ))}
        <label>
          <input type="checkbox" checked={mode === 'TEST'} onChange={() => go({ mode: mode === 'TEST' ? null : 'test', after: null })} />
          <span>Test payments</span>
        </label>
      </fieldset>
      <input
        type="search"
        name="search"
        aria-label="Search by id or metadata"
        placeholder="Search by id or metadata"
        maxLength={100}
        defaultValue={text ?? ''}
      />
    </form>
  );
}

function Table(props: { readonly rows: readonly Row[]; readonly search: URLSearchParams; readonly filtered: boolean }) {
  if (props.rows.length === 0) {
    return props.filtered ? (
      <p class="empty">
        No payments match. <Link href="/">Clear filters</Link>
      </p>
    ) : (
      <p class="empty">
        Your first payment will show here. <Link href="/payment-links">Make a payment link</Link> or{' '}
        <Link href="/integration">create one over the API</Link>.
      </p>
    );
  }
  const addressOf = (id: string) => {
    const next = new URLSearchParams(props.search);
    next.set('payment', id);
    return `/?${next}`;
  };
  return (
    <table class="rows">
      <thead>
        <tr>
          {['Date', 'What for', 'From', 'Paid with', 'Status', 'Amount'].map((name) => (
            <th scope="col" key={name}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <tr key={row.id} data-id={row.id}>
            <td>
              <Link href={addressOf(row.id)}>
                <When at={row.createdAt} />
              </Link>
            </td>
            <td class="what">{row.link?.title ?? <code>…{row.id.slice(-6)}</code>}</td>
            <td>{SOURCE_WORDS[row.source]}</td>
            <td>{row.method ? METHOD_WORDS[row.method] : '–'}</td>
            <td>
              <StatusBadge status={row.status} exception={row.exception} />
            </td>
            <td class="money">
              <Money fiat={row.amountFiat} currency={row.currency} sats={row.amountSats} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
