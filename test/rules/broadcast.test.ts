import { GraphQLError, parse } from 'graphql';
import { createSchema } from 'graphql-yoga';
import { expect, test } from 'vitest';
import { makeBroadcasts } from '../../subscriptions/broadcasts.ts';
import { currentState, existing } from '../../subscriptions/current-state.ts';
import { localBus } from '../../subscriptions/pubsub.ts';

const NOT_FOUND = { kind: 'not-found', code: 'payment_not_found', message: 'Payment not found' } as const;
const DOCUMENT = parse('subscription { checkout { status } }');
/** Long enough for everything that has begun to have ended. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 10));

/** One payment on a real bus, and sockets whose other side reads only when it is let. */
function world() {
  const bus = localBus();
  const now = { status: 'pending' as string | null, listeners: 0, reads: 0, executions: 0, fault: null as Error | null };
  const counted = {
    ...bus,
    listen: (...args: Parameters<typeof bus.listen>) => {
      now.listeners++;
      const leave = bus.listen(...args);
      return () => {
        now.listeners -= Number(left.size < left.add(leave).size);
        leave();
      };
    },
  };
  const left = new Set<() => void>();
  const read = async () => {
    now.reads++;
    if (now.fault) throw now.fault;
    return now.status === null ? null : { status: now.status };
  };
  const schema = createSchema({
    typeDefs: 'type Query { none: Int } type State { status: String } type Subscription { checkout: State }',
    resolvers: {
      Subscription: {
        checkout: { subscribe: () => existing(currentState(counted, 'payment', read), NOT_FOUND), resolve: (state: object) => state },
      },
      State: { status: ({ status }: { status: string }) => [++now.executions, status].at(1) },
    },
  });
  const broadcasts = makeBroadcasts((error) => new GraphQLError(error instanceof GraphQLError ? error.message : 'Unexpected error.'));
  const subscribe = async (id: string) => {
    const told: string[] = [];
    const waiting: (() => void)[] = [];
    const line = { isSlow: false };
    const wire = {
      isBusy: () => line.isSlow,
      sendFrame: (frame: Buffer, sent?: () => void) => {
        const { payload, ...head } = JSON.parse(frame.toString());
        expect(head).toEqual({ id, type: 'next' });
        told.push(payload.data.checkout.status);
        if (sent) waiting.push(sent);
      },
    };
    const stream = await broadcasts.join({ args: { schema, document: DOCUMENT }, wire, id });
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
    const readsOn = () => {
      for (const sent of waiting.splice(0)) sent();
    };
    return { told, stream, line, readsOn, begin: () => stream.next() };
  };
  const change = async (status: string | null) => {
    now.status = status;
    bus.publish({ topic: 'payment', version: 1 });
    await settle();
  };
  return { now, subscribe, change };
}

test('each of a hundred sockets is told every change under its own id, from one read and one execution', async () => {
  const { now, subscribe, change } = world();
  const readers = await Promise.all(Array.from({ length: 100 }, (_, n) => subscribe(`id-"${n}"`)));
  for (const { begin } of readers) void begin();
  await settle();
  const before = { ...now };
  await change('paid');
  for (const { told } of readers) expect(told).toEqual(['pending', 'paid']);
  expect([now.reads - before.reads, now.executions - before.executions, now.listeners]).toEqual([1, 1, 1]);
});

test('a change between the first look and the joining is not lost, and nobody else is told anything twice', async () => {
  const { subscribe, change } = world();
  const early = await subscribe('early');
  void early.begin();
  await settle();
  const late = await subscribe('late');
  await change('paid');
  void late.begin();
  await settle();
  expect(early.told).toEqual(['pending', 'paid']);
  expect(late.told).toEqual(['pending', 'paid']);
});

test('a socket that reads slowly skips states, keeps at most two waiting, and ends with the newest', async () => {
  const { subscribe, change } = world();
  const slow = await subscribe('1');
  const quick = await subscribe('1');
  void slow.begin();
  void quick.begin();
  await settle();
  slow.line.isSlow = true;
  for (const status of ['one', 'two', 'three', 'paid']) await change(status);
  expect(slow.told).toEqual(['pending', 'one']);
  slow.line.isSlow = false;
  slow.readsOn();
  await settle();
  expect(slow.told).toEqual(['pending', 'one', 'paid']);
  expect(quick.told).toEqual(['pending', 'one', 'two', 'three', 'paid']);
});

test('a socket that leaves is told nothing more, and the last one takes the listener with it, also before it has begun', async () => {
  const { now, subscribe, change } = world();
  const [leaving, staying, hasty] = [await subscribe('1'), await subscribe('2'), await subscribe('3')];
  const ended = leaving.begin();
  void staying.begin();
  await hasty.stream.return();
  await settle();
  await leaving.stream.return();
  expect((await ended).done).toBe(true);
  await change('paid');
  expect([leaving.told, staying.told, hasty.told]).toEqual([['pending'], ['pending', 'paid'], []]);
  expect(now.listeners).toBe(1);
  await staying.stream.return();
  expect(now.listeners).toBe(0);
});

test('what is no longer there ends the stream; what cannot be read ends it with an error that says nothing', async () => {
  const gone = world();
  const { begin } = await gone.subscribe('1');
  const ended = begin();
  await settle();
  await gone.change(null);
  expect((await ended).done).toBe(true);
  const broken = world();
  const reader = await broken.subscribe('1');
  const failed = reader.begin().then(
    () => null,
    (fault: Error) => fault.message,
  );
  await settle();
  broken.now.fault = new Error('password of the database');
  await broken.change('paid');
  expect(await failed).toBe('Unexpected error.');
  expect(broken.now.listeners).toBe(0);
});
