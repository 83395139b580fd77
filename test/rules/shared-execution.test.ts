import type { ExecutionResult } from 'graphql';
import { parse } from 'graphql';
import { createSchema, createYoga } from 'graphql-yoga';
import { expect, test } from 'vitest';
import { shareExecutions } from '../../subscriptions/shared-execution.ts';

/** Readers of a state are handed the very same object; each object here is one, and each stream shows two. */
const STATES = [{ status: 'pending' }, { status: 'paid' }];
type State = (typeof STATES)[number];

function world() {
  const seen = { executions: 0, left: 0 };
  const states = async function* (): AsyncGenerator<State> {
    try {
      yield* STATES;
    } finally {
      seen.left++;
    }
  };
  const field = { subscribe: states, resolve: (state: State) => state };
  const yoga = createYoga({
    logging: false,
    plugins: [shareExecutions()],
    schema: createSchema({
      typeDefs: `type Query { none: Int } type State { status(shout: Boolean): String broken: String }
        type Subscription { checkout(id: ID): State paymentUpdated(id: ID): State }`,
      resolvers: {
        Subscription: { checkout: field, paymentUpdated: field },
        State: {
          status: ({ status }: State, { shout }: { shout?: boolean }) => {
            seen.executions++;
            return shout ? status.toUpperCase() : status;
          },
          broken: () => {
            throw new Error('this field is broken');
          },
        },
      },
    }),
  });
  const open = async (text: string, variableValues: object = {}) => {
    const { schema, subscribe, contextFactory } = yoga.getEnveloped({});
    const document = documents.get(text) ?? parse(text);
    documents.set(text, document); // as the server's own parser, which remembers what it has parsed
    const stream = await subscribe({ schema, document, variableValues, contextValue: await contextFactory() });
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
    return stream;
  };
  const documents = new Map<string, ReturnType<typeof parse>>();
  const follow = async (text: string, variables?: object) => {
    const told: ExecutionResult[] = [];
    for await (const state of await open(text, variables)) told.push(state);
    return told;
  };
  return { seen, open, follow };
}

const CHECKOUT = 'subscription ($shout: Boolean) { checkout { status(shout: $shout) } }';

test('of a hundred readers of a payment’s page each is told every state, and each state is executed once', async () => {
  const { seen, follow } = world();
  const told = await Promise.all(Array.from({ length: 100 }, () => follow(CHECKOUT)));
  for (const one of told) expect(one).toEqual(STATES.map((state) => ({ data: { checkout: state } })));
  expect(seen.executions).toBe(STATES.length);
});

test('who asks for something else is answered that: other words, other variables, another name', async () => {
  const { follow } = world();
  const first = async (text: string, variables?: object) => (await follow(text, variables))[0]?.data;
  await follow(CHECKOUT);
  expect(await first(CHECKOUT, { shout: true })).toEqual({ checkout: { status: 'PENDING' } });
  expect(await first('subscription { checkout { state: status } }')).toEqual({ checkout: { state: 'pending' } });
  expect(await first(CHECKOUT)).toEqual({ checkout: { status: 'pending' } });
});

test('what depends on who asks is executed for each of them', async () => {
  const { seen, follow } = world();
  await Promise.all(Array.from({ length: 3 }, () => follow('subscription { paymentUpdated { status } }')));
  expect(seen.executions).toBe(3 * STATES.length);
});

test('a reader that leaves ends its own stream and nobody else’s; a broken field is told to each', async () => {
  const { seen, open, follow } = world();
  const [leaving, staying] = [await open(CHECKOUT), await open(CHECKOUT)];
  await Promise.all([leaving.next(), staying.next()]);
  await leaving.return(undefined);
  expect(seen.left).toBe(1);
  expect((await staying.next()).value).toEqual({ data: { checkout: STATES[1] } });
  const [one, other] = await Promise.all([0, 1].map(() => follow('subscription { checkout { broken } }')));
  expect(one).toEqual(other);
  expect(one?.[0]?.errors).toHaveLength(1);
});
