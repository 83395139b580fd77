import { expect, test } from 'vitest';
import { currentState } from '../../subscriptions/current-state.ts';
import { localBus } from '../../subscriptions/pubsub.ts';

test('a late subscriber hears the state as it is now, and then every change', async () => {
  const bus = localBus();
  let state = 'pending';
  const states = currentState(bus, 'a', async () => state);
  expect((await states.next()).value).toBe('pending');
  const next = states.next();
  state = 'paid';
  bus.publish({ topic: 'a', version: 1 });
  expect((await next).value).toBe('paid');
});

test('announcements that a slow reader misses collapse into one look at the newest state', async () => {
  const bus = localBus();
  let reads = 0;
  const states = currentState(bus, 'a', async () => ++reads);
  await states.next();
  for (let version = 1; version <= 5; version++) bus.publish({ topic: 'a', version });
  expect((await states.next()).value).toBe(2);
});

test('a change between subscribing and the first look is not lost', async () => {
  const bus = localBus();
  let state = 1;
  const states = currentState(bus, 'a', async () => state);
  state = 2;
  bus.publish({ topic: 'a', version: 2 });
  expect((await states.next()).value).toBe(2);
});

test('a reader that leaves while waiting is let go at once, and the bus forgets it', async () => {
  const bus = localBus();
  let reads = 0;
  const states = currentState(bus, 'a', async () => ++reads);
  await states.next();
  const waiting = states.next();
  await states.return?.();
  expect((await waiting).done).toBe(true);
  bus.publish({ topic: 'a', version: 9 });
  expect((await states.next()).done).toBe(true);
  expect(reads).toBe(1);
});

test('what is not there, or not the reader’s, ends the stream', async () => {
  const states = currentState(localBus(), 'a', async () => null);
  expect(await states.next()).toEqual({ done: true, value: undefined });
});
