import type { OperationResult, Route, RouteRequest } from './route.ts';
import { jsonNumber } from '../src/lib/json.ts';
import { nameOf, timeOf } from './read-text.ts';
import { paymentReply, PAYMENT } from './payment-reply.ts';
import { pageOf } from './variables.ts';

/** What REST calls pending is two statuses: the payer's money may be on its way. */
const STATUSES: { readonly [status: string]: readonly string[] } = {
  pending: ['PENDING', 'DETECTED'],
  paid: ['PAID'],
  expired: ['EXPIRED'],
};
const SOURCES = { secret: 'SECRET_KEY', publishable: 'PUBLISHABLE_KEY', link: 'LINK', dashboard: 'DASHBOARD' } as const;
const METHODS = { lightning: 'LIGHTNING', liquid: 'LIQUID' } as const;
const MODES = { live: 'LIVE', test: 'TEST' } as const;

const LIST = (name: string) => `query ${name}($first: Int, $after: String, $filter: PaymentFilter) {
  result: payments(first: $first, after: $after, filter: $filter) {
    edges { node { ${PAYMENT} receivedSats feesSats netSats source mode txid redirectUrl } } pageInfo { hasNextPage endCursor }
  }
}`;

function filterOf({ query }: RouteRequest): { readonly [name: string]: unknown } {
  const { status, from, to, q, source, method, link_id: linkId, mode } = query;
  const statuses = status?.split(',').filter((one) => one !== '') ?? [];
  const named = (field: string, text: string | undefined, names: { readonly [text: string]: string }) =>
    text === undefined ? {} : { [field]: nameOf(field, text, names) };
  return {
    ...(statuses.length === 0 ? {} : { status: statuses.flatMap((one) => STATUSES[nameOf('status', one, STATUS_NAMES)] ?? []) }),
    ...(from === undefined ? {} : { from: timeOf('from', from) }),
    ...(to === undefined ? {} : { to: timeOf('to', to) }),
    ...(q === undefined ? {} : { search: q }),
    ...named('source', source, SOURCES),
    ...named('method', method, METHODS),
    ...(linkId === undefined ? {} : { linkId }),
    ...named('mode', mode, MODES),
  };
}

const STATUS_NAMES = Object.fromEntries(Object.keys(STATUSES).map((name) => [name, name]));

function rowReply(payment: OperationResult): OperationResult {
  const { receivedSats, feesSats, netSats, source, mode, txid, redirectUrl } = payment;
  const sats = (text: string | null) => (text === null ? null : jsonNumber(text));
  return {
    ...paymentReply(payment),
    received_sats: sats(receivedSats),
    fees_sats: sats(feesSats),
    net_sats: sats(netSats),
    source: Object.entries(SOURCES).find(([, name]) => name === source)?.[0] ?? source,
    mode: mode.toLowerCase(),
    txid,
    redirect_url: redirectUrl,
  };
}

function listReply({ edges, pageInfo }: OperationResult) {
  return {
    data: edges.map((edge: OperationResult) => rowReply(edge.node)),
    next_cursor: pageInfo.hasNextPage ? pageInfo.endCursor : null,
  };
}

const READ = { method: 'GET', status: 200, audience: 'secretOrTest', limit: 'read', crossOrigin: false } as const;
/** Rows of one page of the file: the largest that a list gives. */
const CSV_PAGE = 100;

/** TABLE: an account's payments, as pages and as one file. */
export const PAYMENT_LIST_ROUTES: readonly Route[] = [
  {
    ...READ,
    path: '/api/v1/payments',
    operation: LIST('ListPayments'),
    variables: (request) => ({ ...pageOf(request.query), filter: filterOf(request) }),
    reply: listReply,
  },
  {
    ...READ,
    path: '/api/v1/payments.csv',
    operation: LIST('ExportPayments'),
    variables: (request) => ({ first: CSV_PAGE, filter: filterOf(request) }),
    reply: listReply,
    csv: {
      fileName: 'payments.csv',
      columns: [
        ...[
          'payment_id',
          'status',
          'created_at',
          'paid_at',
          'amount_fiat',
          'currency',
          'amount_sats',
          'received_sats',
          'fees_sats',
          'net_sats',
        ],
        ...['method', 'txid', 'link_id', 'source', 'mode', 'late', 'exception', 'settlement', 'metadata'],
      ],
    },
  },
];
