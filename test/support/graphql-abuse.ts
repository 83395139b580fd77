/** Sixty documents that nobody sends in good faith. With a secret key each would be answered if it were only well meant. */
export type Abuse = { readonly name: string; readonly query: unknown; readonly variables?: unknown; readonly operationName?: string };

const repeat = (count: number, part: (index: number) => string, between = ' ') =>
  Array.from({ length: count }, (_, i) => part(i)).join(between);
const ID = 'pmt_00000000000000000000000000';
const PAYMENT = `payment(id: "${ID}")`;
/** Payments and endpoints lead to each other through deliveries. */
const deep = (levels: number) =>
  `{ ${PAYMENT} { ${'deliveries(first: 1) { edges { node { endpoint { '.repeat(levels)} id ${'} } } }'.repeat(levels)} } }`;
const laughs = (levels: number) =>
  `{ ${PAYMENT} { ...F0 } } ${repeat(levels, (i) => `fragment F${i} on Payment { id ...F${i + 1} ... on Payment { ...F${i + 1} } }`)} fragment F${levels} on Payment { id }`;
const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = { a: value };
  return value;
};
const INTROSPECT = '__schema { types { name } }';

const ALIASES: readonly Abuse[] = [
  { name: 'eleven aliases', query: `{ ${repeat(11, (i) => `a${i}: ${PAYMENT} { id }`)} }` },
  { name: 'fifty aliases of one field', query: `{ ${repeat(50, (i) => `a${i}: __typename`)} }` },
  { name: 'aliases below the root', query: `{ ${PAYMENT} { ${repeat(60, (i) => `a${i}: status`)} } }` },
  { name: 'aliases in a fragment', query: `{ ${PAYMENT} { ...F } } fragment F on Payment { ${repeat(30, (i) => `a${i}: amountSats`)} }` },
  { name: 'aliases in inline fragments', query: `{ ${repeat(12, (i) => `... on Query { a${i}: ${PAYMENT} { id } }`)} }` },
  { name: 'aliases of a subscription', query: `subscription { ${repeat(12, (i) => `a${i}: checkout(paymentId: "${ID}") { status }`)} }` },
  { name: 'a login by aliases', query: `mutation { ${repeat(11, (i) => `a${i}: redeliver(deliveryId: "dlv_${i}") { __typename }`)} }` },
];

const DEPTH: readonly Abuse[] = [
  ...[4, 8, 20].map((levels) => ({ name: `lists inside lists, ${levels} times`, query: deep(levels) })),
  { name: 'depth by inline fragments', query: `{ ${PAYMENT} { ${'... on Payment { link { '.repeat(20)}id${' } }'.repeat(20)} } }` },
  {
    name: 'depth by fragments',
    query: `${deep(0).replace(' id ', ' ...A ')} fragment A on Payment { ${'deliveries { edges { node { endpoint { '.repeat(4)} id ${'} } } }'.repeat(4)} }`,
  },
  {
    name: 'a hundred by a hundred rows',
    query: '{ payments(first: 100) { edges { node { deliveries(first: 100) { edges { node { id } } } } } } }',
  },
  {
    name: 'a hundred by as many as a variable says',
    query: 'query ($n: Int) { payments(first: 100) { edges { node { deliveries(first: $n) { edges { node { id } } } } } } }',
    variables: { n: 1 },
  },
  {
    name: 'all lists at once',
    query: `{ ${repeat(6, () => 'payments(first: 100) { edges { node { deliveries { edges { node { attempts { number } } } } } } }')} }`,
  },
];

const FRAGMENTS: readonly Abuse[] = [
  { name: 'a fragment in itself', query: `{ ${PAYMENT} { ...A } } fragment A on Payment { ...A }` },
  {
    name: 'two fragments in each other',
    query: `{ ${PAYMENT} { ...A } } fragment A on Payment { id ...B } fragment B on Payment { id ...A }`,
  },
  {
    name: 'three fragments in a ring',
    query: `{ ${PAYMENT} { ...A } } ${repeat(3, (i) => `fragment ${'ABC'[i]} on Payment { ...${'BCA'[i]} }`)}`,
  },
  {
    name: 'a ring through a field',
    query: `{ ${PAYMENT} { ...A } } fragment A on Payment { link { id } deliveries { edges { node { endpoint { deliveries { edges { node { ...B } } } } } } } } fragment B on Delivery { endpoint { deliveries { edges { node { ...B } } } } }`,
  },
  { name: 'a ring in a subscription', query: `subscription { paymentUpdated(id: "${ID}") { ...A } } fragment A on Payment { id ...A }` },
  { name: 'fragments that double 20 times', query: laughs(20) },
  { name: 'fragments that double 30 times', query: laughs(30) },
  { name: 'fifty fragments for nothing', query: `{ __typename } ${repeat(50, (i) => `fragment F${i} on Payment { id }`)}` },
  { name: 'a fragment that is not there', query: `{ ${PAYMENT} { ...Nothing } }` },
  { name: 'one fragment spread a hundred times', query: `{ ${PAYMENT} { ${'...A '.repeat(100)} } } fragment A on Payment { id }` },
];

const DIRECTIVES: readonly Abuse[] = [
  { name: 'eleven @include on one field', query: `{ __typename ${'@include(if: true) '.repeat(11)} }` },
  { name: 'fifty unknown directives', query: `{ __typename ${repeat(50, (i) => `@a${i}`)} }` },
  { name: 'a directive on each of twenty fields', query: `{ ${PAYMENT} { ${repeat(20, () => 'id @include(if: true)')} } }` },
  { name: 'directives on the operation', query: `query ${'@skip(if: false) '.repeat(12)} { __typename }` },
  { name: '@defer', query: `{ ${PAYMENT} { ... @defer { id } } }` },
  { name: '@stream', query: '{ payments { edges @stream { node { id } } } }' },
];

const TOKENS: readonly Abuse[] = [
  { name: 'six hundred names', query: `{ ${'__typename '.repeat(600)} }` },
  { name: 'one field four hundred times', query: `{ ${'__typename '.repeat(400)} }` },
  { name: 'one field of a payment forty times', query: `{ ${PAYMENT} { ${'status '.repeat(40)} } }` },
  { name: 'one root field forty times', query: `{ ${repeat(40, () => `${PAYMENT} { id }`)} }` },
  { name: 'a list argument of five hundred', query: `{ payments(filter: { status: [${'PAID '.repeat(500)}] }) { edges { cursor } } }` },
  { name: 'braces three hundred deep', query: `{ payments(filter: ${'{ a: '.repeat(300)}1${' }'.repeat(300)}) { edges { cursor } } }` },
  {
    name: 'brackets four hundred deep',
    query: `{ payments(filter: { status: ${'['.repeat(400)}${']'.repeat(400)} }) { edges { cursor } } }`,
  },
  { name: 'two hundred variables', query: `query (${repeat(200, (i) => `$a${i}: Int`)}) { __typename }` },
  { name: 'a name of twelve thousand letters', query: `{ ${'a'.repeat(12_000)} }` },
  { name: 'two hundred arguments', query: `{ payments(${repeat(200, (i) => `a${i}: 1`)}) { edges { cursor } } }` },
];

const INTROSPECTION: readonly Abuse[] = [
  { name: 'the schema that leads to itself', query: `{ __schema { types { ${'fields { type { '.repeat(6)}name${' } }'.repeat(6)} } } }` },
  { name: 'possible types of possible types', query: `{ __schema { types { ${'possibleTypes { '.repeat(8)}name${' }'.repeat(8)} } } }` },
  {
    name: 'interfaces and fields in turn',
    query: `{ __type(name: "Payment") { ${'interfaces { fields { type { '.repeat(4)}name${' } } }'.repeat(4)} } }`,
  },
  { name: 'twelve schemas', query: `{ ${repeat(12, (i) => `a${i}: ${INTROSPECT}`)} }` },
];

const OPERATIONS: readonly Abuse[] = [
  { name: 'two operations', query: 'query A { __typename } query B { __typename }', operationName: 'A' },
  { name: 'forty operations', query: repeat(40, (i) => `query Q${i} { __typename }`), operationName: 'Q1' },
  { name: 'a query with a mutation behind it', query: 'query A { __typename } mutation B { __typename }', operationName: 'B' },
  {
    name: 'eleven mutations in one',
    query: `mutation { ${repeat(11, (i) => `deleteWebhookEndpoint(id: "${i}") { __typename }`)} }`,
  },
  { name: 'two subscriptions in one', query: `subscription { eventAdded { id } checkout(paymentId: "${ID}") { status } }` },
  { name: 'eleven different root fields', query: `{ ${PAYMENT} { id } ${repeat(10, (i) => `a${i}: events { edges { cursor } }`)} }` },
  { name: 'only a fragment', query: 'fragment A on Payment { id }' },
  { name: 'nothing', query: '' },
  { name: 'a type definition', query: '{ __typename } type Query { money: Int }' },
  { name: 'a schema extension', query: '{ __typename } extend type Query { money: Int }' },
  { name: 'a number', query: 7 },
  { name: 'a list', query: ['{ __typename }'] },
  { name: 'an operation that is not there', query: 'query A { __typename }', operationName: 'B' },
];

const VARIABLES: readonly Abuse[] = [
  { name: 'five thousand values', query: '{ __typename }', variables: { a: Array.from({ length: 5_000 }, () => 1) } },
  { name: 'values three thousand deep', query: '{ __typename }', variables: nested(3_000) },
  {
    name: 'three thousand statuses',
    query: 'query ($f: PaymentFilter) { payments(filter: $f) { edges { cursor } } }',
    variables: { f: { status: Array.from({ length: 3_000 }, () => 'PAID') } },
  },
  {
    name: 'three thousand names',
    query: '{ __typename }',
    variables: Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`a${i}`, null])),
  },
];

export const ABUSES: readonly Abuse[] = [
  ...[...ALIASES, ...DEPTH, ...FRAGMENTS, ...DIRECTIVES, ...TOKENS],
  ...[...INTROSPECTION, ...OPERATIONS, ...VARIABLES],
];
