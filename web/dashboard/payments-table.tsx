import type { Row } from './payments.tsx';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { METHOD_WORDS, SOURCE_WORDS, StatusBadge } from './payment-words.tsx';
import { Money, When } from './pieces.tsx';

type TableProps = {
  readonly rows: readonly Row[];
  readonly search: URLSearchParams;
  readonly oldestFirst: boolean;
  readonly onTurn: () => void;
};

export function PaymentsTable(props: TableProps) {
  const { search, oldestFirst } = props;
  const table = useRef<HTMLTableElement>(null);
  const { shown, waiting, fresh, release } = useCalm(props.rows, table);
  const addressOf = (id: string) => {
    const next = new URLSearchParams(search);
    next.set('payment', id);
    return `/?${next}`;
  };
  return (
    <>
      {waiting > 0 && (
        <button type="button" class="button small newer" onClick={release}>
          {waiting} new
        </button>
      )}
      <table class="rows" ref={table}>
        <thead>
          <tr>
            <th scope="col" aria-sort={oldestFirst ? 'ascending' : 'descending'}>
              <button type="button" class="turn" onClick={props.onTurn}>
                Date <span aria-hidden="true">{oldestFirst ? '↑' : '↓'}</span>
                <span class="sr">, {oldestFirst ? 'newest' : 'oldest'} first instead</span>
              </button>
            </th>
            {['What for', 'From', 'Paid with', 'Status', 'Amount'].map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <PaymentRow key={row.id} row={row} href={addressOf(row.id)} isFresh={fresh.has(row.id)} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function PaymentRow({ row, href, isFresh }: { readonly row: Row; readonly href: string; readonly isFresh: boolean }) {
  return (
    <tr data-id={row.id} class={isFresh ? 'fresh' : undefined}>
      <td>
        <Link href={href}>
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
  );
}

/**
 * Rows that come on top while somebody reads further down wait until they are asked for: nothing may move under a reader's eyes. What is shown
 * already changes in place.
 */
function useCalm(rows: readonly Row[], table: { readonly current: HTMLTableElement | null }) {
  const top = useRef(rows[0]?.id);
  const known = useRef(new Set(rows.map(({ id }) => id)));
  const [, look] = useState(0);
  useEffect(() => {
    const onScroll = () => !isAbove(table.current) && look((times) => times + 1);
    addEventListener('scroll', onScroll, { passive: true });
    return () => removeEventListener('scroll', onScroll);
  }, [table]);
  const before = rows.findIndex(({ id }) => id === top.current);
  const waiting = before > 0 && isAbove(table.current) ? before : 0;
  if (waiting === 0) top.current = rows[0]?.id;
  const shown = rows.slice(waiting);
  const fresh = new Set(shown.filter(({ id }) => !known.current.has(id)).map(({ id }) => id));
  useEffect(() => {
    for (const { id } of shown) known.current.add(id);
  });
  const release = () => {
    top.current = rows[0]?.id;
    look((times) => times + 1);
    table.current?.scrollIntoView({ block: 'start' });
  };
  return { shown, waiting, fresh, release };
}

function isAbove(table: HTMLTableElement | null): boolean {
  return table !== null && table.getBoundingClientRect().top < 0;
}
