import type { ResultOf } from 'gql.tada';
import type { Place } from './place.ts';
import { useId, useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { FirstSteps } from './first-steps.tsx';
import { graphql } from './graphql.ts';
import { useLive } from './hooks.ts';
import { PaymentDetail } from './payment-detail.tsx';
import { Money, Waiting, When } from './pieces.tsx';
import { METHOD_FILTERS, METHOD_WORDS, SOURCE_FILTERS, SOURCE_WORDS, STATUS_FILTERS, StatusBadge, statusesOf } from './payment-words.tsx';
import { dayBounds, usePlace } from './place.ts';
import { Volume } from './volume.tsx';
import { dayName } from './volume-chart.tsx';

const PAYMENTS = graphql(`query Payments($first: Int, $after: String, $filter: PaymentFilter) {
  payments(first: $first, after: $after, filter: $filter) {
    edges { node { id status exception createdAt amountFiat currency amountSats method source link { title } } }
    pageInfo { endCursor hasNextPage }
  }
}`);
const CHANGES = graphql(`subscription PaymentChanges($filter: PaymentFilter) { paymentsUpdated(filter: $filter) { id } }`);
const ROWS = 20;

type Row = NonNullable<ResultOf<typeof PAYMENTS>['payments']>['edges'][number]['node'];

export function Payments() {
  const place = usePlace();
  const { status, mode, text, method, source, day, search, go } = place;
  const [more, setMore] = useState(1);
  const statuses = statusesOf(status);
  const filter = {
    mode,
    ...(statuses ? { status: [...statuses] } : {}),
    ...(text ? { search: text } : {}),
    ...(method ? { method: method[1] } : {}),
    ...(source ? { source: source[1] } : {}),
    ...(day ? dayBounds(day) : {}),
  };
  const after = search.get('after');
  const variables = { first: Math.min(100, ROWS * more), after, filter };
  const { data, no, reload } = useLive(PAYMENTS, variables, { subscription: CHANGES, variables: { filter: { mode } } });
  const list = data?.payments ?? null;
  const shown = search.get('payment');
  return (
    <>
      <div class="head">
        <h1>Payments</h1>
        <a class="button" href={csvAddress(place)} download>
          Download CSV
        </a>
      </div>
      <FirstSteps />
      <Volume />
      <section class="card" aria-labelledby="list-title">
        <h2 id="list-title" class="sr">
          List of payments
        </h2>
        <Filters place={place} />
        {list ? (
          <Table rows={list.edges.map(({ node }) => node)} search={search} filtered={Boolean(status || text || day || method || source)} />
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

function csvAddress({ status, mode, text, method, source, day }: Place): string {
  const query = new URLSearchParams({ mode: mode.toLowerCase() });
  const statuses = statusesOf(status);
  if (statuses) query.set('status', status === 'waiting' ? 'pending' : statuses.join(',').toLowerCase());
  if (text) query.set('q', text);
  if (method) query.set('method', method[0]);
  if (source) query.set('source', source[0]);
  if (day) for (const [name, value] of Object.entries(dayBounds(day))) query.set(name, value);
  return `/api/v1/payments.csv?${query}`;
}

function Filters({ place: { status, mode, text, method, source, day, go } }: { readonly place: Place }) {
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
      <div class="choices">
        <Choice label="Paid with" rows={METHOD_FILTERS} chosen={method?.[0]} onChoose={(name) => go({ method: name, after: null })} />
        <Choice label="From" rows={SOURCE_FILTERS} chosen={source?.[0]} onChoose={(name) => go({ source: name, after: null })} />
      </div>
      {day && (
        <button type="button" class="button small" onClick={() => go({ day: null, after: null })}>
          Made on {dayName(day)} <span aria-hidden="true">×</span>
          <span class="sr">, show every day</span>
        </button>
      )}
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

function Choice(props: {
  readonly label: string;
  readonly rows: readonly (readonly [string, string, string])[];
  readonly chosen: string | undefined;
  readonly onChoose: (name: string) => void;
}) {
  const id = useId();
  return (
    <p class="choice">
      <label for={id}>{props.label}</label>
      <select id={id} value={props.chosen ?? ''} onChange={(event) => props.onChoose(event.currentTarget.value)}>
        <option value="">Any</option>
        {props.rows.map(([name, , words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </p>
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
