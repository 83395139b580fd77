import type { ResultOf } from 'gql.tada';
import type { Place } from './place.ts';
import { useId, useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { FirstSteps } from './first-steps.tsx';
import { graphql } from './graphql.ts';
import { useLive } from './hooks.ts';
import { PaymentDetail } from './payment-detail.tsx';
import { PaymentsTable } from './payments-table.tsx';
import { Waiting } from './pieces.tsx';
import { METHOD_FILTERS, SOURCE_FILTERS, STATUS_FILTERS, statusesOf } from './payment-words.tsx';
import { dayBounds, usePlace } from './place.ts';
import { Volume } from './volume.tsx';
import { dayName } from './volume-chart.tsx';

const PAYMENTS = graphql(`query Payments($first: Int, $after: String, $filter: PaymentFilter, $oldestFirst: Boolean) {
  payments(first: $first, after: $after, filter: $filter, oldestFirst: $oldestFirst) {
    edges { node { id status exception createdAt amountFiat currency amountSats method source link { title } } }
    pageInfo { endCursor hasNextPage }
  }
}`);
const CHANGES = graphql(`subscription PaymentChanges($filter: PaymentFilter) { paymentsUpdated(filter: $filter) { id } }`);
const ROWS = 20;

export type Row = NonNullable<ResultOf<typeof PAYMENTS>['payments']>['edges'][number]['node'];

export function Payments() {
  const place = usePlace();
  const { status, mode, text, method, source, day, oldestFirst, search, go } = place;
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
  const variables = { first: Math.min(100, ROWS * more), after, filter, oldestFirst };
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
        {!list && <Waiting no={no} retry={reload} />}
        {list?.edges.length === 0 && <Nothing filtered={Boolean(status || text || day || method || source)} />}
        {list && list.edges.length > 0 && (
          <PaymentsTable
            key={JSON.stringify({ filter, oldestFirst, after })}
            rows={list.edges.map(({ node }) => node)}
            {...{ search, oldestFirst }}
            onTurn={() => go({ order: oldestFirst ? null : 'oldest', after: null })}
          />
        )}
        {list && no && <p class="notice bad">{no.message}</p>}
        <p class="pager">
          {after && (
            <button type="button" class="button small" onClick={() => go({ after: null })}>
              Back to the beginning
            </button>
          )}
          {list?.pageInfo.hasNextPage && more < 5 && (
            <button type="button" class="button small" onClick={() => setMore(more + 1)}>
              Show more
            </button>
          )}
          {list?.pageInfo.hasNextPage && more >= 5 && (
            <button type="button" class="button small" onClick={() => go({ after: list.pageInfo.endCursor })}>
              Further payments
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

function Filters({ place }: { readonly place: Place }) {
  const { status, mode, text, method, source, go } = place;
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
      <input
        key={text}
        type="search"
        name="search"
        aria-label="Search by id or metadata"
        placeholder="Search by id or metadata"
        maxLength={100}
        defaultValue={text ?? ''}
      />
      <Chosen place={place} />
    </form>
  );
}

/** What narrows the list beside its status, each to be taken away by itself. */
function Chosen({ place: { text, method, source, day, go } }: { readonly place: Place }) {
  const rows = [
    ['method', method && `Paid with ${method[2]}`],
    ['source', source && `From ${source[2]}`],
    ['day', day && `Made on ${dayName(day)}`],
    ['search', text && `“${text}”`],
  ] as const;
  if (rows.every(([, words]) => !words)) return null;
  return (
    <div class="buttons">
      {rows.map(
        ([name, words]) =>
          words && (
            <button key={name} type="button" class="button small" onClick={() => go({ [name]: null, after: null })}>
              {words}&nbsp;<span aria-hidden="true">×</span>
              <span class="sr">, take this away</span>
            </button>
          ),
      )}
    </div>
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

function Nothing({ filtered }: { readonly filtered: boolean }) {
  if (filtered) {
    return (
      <p class="empty">
        No payments match. <Link href="/">Clear filters</Link>
      </p>
    );
  }
  return (
    <p class="empty">
      Your first payment will show here. <Link href="/payment-links">Make a payment link</Link> or{' '}
      <Link href="/integration">create one over the API</Link>.
    </p>
  );
}
