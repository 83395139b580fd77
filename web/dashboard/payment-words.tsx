/** TABLE: statuses as lists say them; the API's words stay in the docs. */
const STATUS_WORDS = { PENDING: 'Waiting', DETECTED: 'Arriving', PAID: 'Paid', EXPIRED: 'Timed out' } as const;
export type Status = keyof typeof STATUS_WORDS;
export const METHOD_WORDS = { LIGHTNING: 'Lightning', LIQUID: 'L-BTC' } as const;
export const SOURCE_WORDS = { LINK: 'Link', SECRET_KEY: 'API', PUBLISHABLE_KEY: 'Website', DASHBOARD: 'Dashboard' } as const;
const EXCEPTION_WORDS = {
  DROPPED: 'The transaction vanished from the chain',
  OVERPAID: 'More came than was asked',
  PAID_TWICE: 'Paid twice',
  PAYOUT_LOST: 'The money was lost on its way',
  UNDERPAID: 'Less came than was asked',
} as const;

/** TABLE: [what stands in the address, what the button says]. */
export const STATUS_FILTERS = [
  ['', 'All'],
  ['paid', 'Paid'],
  ['waiting', 'Waiting'],
  ['expired', 'Timed out'],
] as const;

/** TABLES: [what stands in the address, as REST calls it; what GraphQL calls it; what the list says]. */
export const METHOD_FILTERS = [
  ['lightning', 'LIGHTNING', METHOD_WORDS.LIGHTNING],
  ['liquid', 'LIQUID', METHOD_WORDS.LIQUID],
] as const;
export const SOURCE_FILTERS = [
  ['link', 'LINK', SOURCE_WORDS.LINK],
  ['secret', 'SECRET_KEY', SOURCE_WORDS.SECRET_KEY],
  ['publishable', 'PUBLISHABLE_KEY', SOURCE_WORDS.PUBLISHABLE_KEY],
  ['dashboard', 'DASHBOARD', SOURCE_WORDS.DASHBOARD],
] as const;

/** Null: all of them. */
export function statusesOf(text: string | null): readonly Status[] | null {
  if (text === 'paid') return ['PAID'];
  if (text === 'waiting') return ['PENDING', 'DETECTED'];
  return text === 'expired' ? ['EXPIRED'] : null;
}

export function StatusBadge(props: { readonly status: Status; readonly exception: keyof typeof EXCEPTION_WORDS | null }) {
  return (
    <>
      <span class={`badge ${props.status.toLowerCase()}`}>{STATUS_WORDS[props.status]}</span>
      {props.exception && <small class="exception">{EXCEPTION_WORDS[props.exception]}</small>}
    </>
  );
}

/** What is to come, for whoever wonders. */
export const NEXT_WORDS: { readonly [S in Status]: string } = {
  PENDING: 'The payer can still pay. It turns to Paid by itself, or times out.',
  DETECTED: 'Money is on its way. This usually takes a few seconds.',
  PAID: 'The money went to your wallet. There is nothing to do.',
  EXPIRED: 'Nobody paid in time. L-BTC that comes late is still credited; a late Lightning payment goes back to the payer.',
};
