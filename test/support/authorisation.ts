import type { Avopay } from './avopay.ts';
import type { Json } from './json.ts';
import { createClient } from 'graphql-ws';
import { getNamedType, isCompositeType, isInterfaceType, isObjectType, isUnionType, type GraphQLField } from 'graphql';
import { WebSocket } from 'ws';
import { schema } from '../../schema/index.ts';

/** Who asks in the matrix. `page` is a payer's page: it holds nothing but the id of another payment. */
export const CALLERS = ['none', 'page', 'publishable', 'test secret A', 'secret A', 'secret B', 'session A', 'session B'] as const;
export type CallerName = (typeof CALLERS)[number];

/** What a cell says: let in (whatever then became of the request), refused as unknown, as not allowed, or told that there is no such thing. */
export type Cell = 'in' | '401' | '403' | '404';

/** Headers by which each caller is known. */
export type Callers = { readonly [Name in CallerName]: Readonly<Record<string, string>> };

/** Asks a REST route as one caller and reads the cell from its status. */
export async function askRoute(avopay: Avopay, caller: Record<string, string>, request: { method: string; path: string; body?: unknown }) {
  const { status } = await avopay.call(request.method, request.path, { key: null, headers: caller, body: request.body });
  return cellOfStatus(status);
}

function cellOfStatus(status: number): Cell {
  if (status >= 500 && status !== 503) throw new Error(`answered ${status}`);
  return status === 401 || status === 403 || status === 404 ? `${status}` : 'in';
}

/** Asks a root field of the schema as one caller, by a document made from the schema itself. */
export async function askField(avopay: Avopay, caller: Record<string, string>, kind: 'query' | 'mutation', field: string, args: Json) {
  const reply = await avopay.call('POST', '/graphql', {
    ...{ key: null, headers: caller },
    body: { query: documentFor(kind, field), variables: args },
  });
  return cellOfAnswer(reply.body, field);
}

/** Subscribes over a real socket. It is let in when it says a first state, or says nothing wrong by the time that three questions after it are answered. */
export async function askSubscription(avopay: Avopay, caller: Record<string, string>, field: string, args: Json): Promise<Cell> {
  const { authorization, ...headers } = caller;
  const client = createClient({
    url: `${avopay.url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { headers });
      }
    },
    lazy: false,
    retryAttempts: 0,
    ...(authorization === undefined ? {} : { connectionParams: { authorization } }),
  });
  try {
    const said = new Promise<Cell>((resolve, reject) => {
      client.subscribe<Json>(
        { query: documentFor('subscription', field), variables: args },
        {
          next: (message) => resolve(cellOfAnswer(message, field)),
          error: (error) => (Array.isArray(error) ? resolve(cellOfErrors(error)) : reject(error)),
          complete: () => resolve('404'), // a stream of nothing
        },
      );
    });
    return await Promise.race([said, quietFor(client)]);
  } finally {
    await client.dispose();
  }
}

/** Each of these reads the key and a row, as the subscription did before it began: it has had its time to be refused. */
async function quietFor(client: ReturnType<typeof createClient>): Promise<Cell> {
  for (let i = 0; i < 3; i++) {
    for await (const _ of client.iterate({
      query: '{ payments(first: 1) { edges { cursor } } checkout(paymentId: "pmt_none") { title } }',
    }));
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  return 'in';
}

function cellOfAnswer({ data, errors }: Json, field: string): Cell {
  if (errors) return cellOfErrors(errors);
  const result = data?.[field];
  if (result === null) return '404';
  return result?.__typename === 'Refusal' ? cellOfKind(result.kind) : 'in';
}

function cellOfErrors(errors: readonly Json[]): Cell {
  const [first] = errors;
  const kind = first?.extensions?.kind;
  if (!kind) throw new Error(`not a refusal: ${JSON.stringify(errors)}`);
  return cellOfKind(kind);
}

const KINDS: { readonly [kind: string]: Cell } = { UNAUTHENTICATED: '401', FORBIDDEN: '403', NOT_FOUND: '404' };

function cellOfKind(kind: string): Cell {
  return KINDS[kind.toUpperCase().replaceAll('-', '_')] ?? 'in';
}

export function rootFields(kind: 'query' | 'mutation' | 'subscription'): { readonly [name: string]: GraphQLField<unknown, unknown> } {
  const types = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() };
  return types[kind]?.getFields() ?? {};
}

/** An operation of one root field with every argument as a variable, and the least that may be selected of what it answers. */
function documentFor(kind: 'query' | 'mutation' | 'subscription', name: string): string {
  const field = rootFields(kind)[name];
  if (!field) throw new Error(`no field ${name}`);
  const declared = field.args.map((arg) => `$${arg.name}: ${arg.type}`).join(', ');
  const passed = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const type = getNamedType(field.type);
  const refusal = isUnionType(type) && type.getTypes().some((one) => one.name === 'Refusal') ? ' ... on Refusal { kind }' : '';
  const selection =
    isCompositeType(type) && (isObjectType(type) || isInterfaceType(type) || isUnionType(type)) ? ` { __typename${refusal} }` : '';
  return `${kind} Ask${declared ? `(${declared})` : ''} { ${name}${passed ? `(${passed})` : ''}${selection} }`;
}
