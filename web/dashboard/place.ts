import { useLocation, useSearch } from 'wouter-preact';
import { METHOD_FILTERS, SOURCE_FILTERS } from './payment-words.tsx';

export type Go = (changes: { readonly [name: string]: string | null }) => void;
export type Place = {
  readonly status: string | null;
  readonly mode: 'LIVE' | 'TEST';
  readonly text: string | null;
  /** A row of the table of that name; undefined: any. */
  readonly method: (typeof METHOD_FILTERS)[number] | undefined;
  readonly source: (typeof SOURCE_FILTERS)[number] | undefined;
  /** Of UTC, as 2026-05-15; null: every day. */
  readonly day: string | null;
  readonly oldestFirst: boolean;
  readonly search: URLSearchParams;
  readonly go: Go;
};

/** What stands in the address of the payments: reload, back and a shared link show the same. */
export function usePlace(): Place {
  const search = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const go: Go = (changes) => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    const text = next.toString();
    navigate(text === '' ? '/' : `/?${text}`);
  };
  const day = search.get('day') ?? '';
  return {
    status: search.get('status'),
    mode: search.get('mode') === 'test' ? 'TEST' : 'LIVE',
    text: search.get('search'),
    method: METHOD_FILTERS.find(([name]) => name === search.get('method')),
    source: SOURCE_FILTERS.find(([name]) => name === search.get('source')),
    day: Number.isNaN(Date.parse(dayStart(day))) ? null : day,
    oldestFirst: search.get('order') === 'oldest',
    search,
    go,
  };
}

/** A day of UTC as the times between which it lies. */
export function dayBounds(day: string): { readonly from: string; readonly to: string } {
  const from = dayStart(day);
  return { from, to: new Date(Date.parse(from) + 86_400_000).toISOString() };
}

function dayStart(day: string): string {
  return `${day}T00:00:00.000Z`;
}
