import type { CheckoutSockets } from '../support/checkout-sockets.ts';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { localBus } from '../../subscriptions/pubsub.ts';
import { topics } from '../../subscriptions/topics.ts';
import { serveCheckouts } from '../support/checkout-sockets.ts';
import { paymentFixture } from '../support/payments.ts';

const PENDING = paymentFixture({ status: 'pending' });
const QUERY = `subscription { checkout(paymentId: "${PENDING.id}") { status lightningState } }`;
const SOCKETS = 60;

const bus = localBus();
let payment: typeof PENDING | null = PENDING;
let fault: Error | null = null;
let served: CheckoutSockets;
beforeAll(async () => {
  const readPayment = async (id: string) => {
    if (fault) throw fault;
    return id === PENDING.id ? payment : null;
  };
  served = await serveCheckouts({ bus, readPayment });
});
afterAll(() => served.close());

/** The protocol by hand: what is sent and what comes, as it is on the wire. */
async function open() {
  const socket = new WebSocket(served.url, 'graphql-transport-ws');
  const told: { id?: string; type: string; payload?: unknown }[] = [];
  const send = (message: object) => socket.send(JSON.stringify(message));
  socket.on('message', (data) => told.push(JSON.parse(String(data))));
  await once(socket, 'open');
  send({ type: 'connection_init' });
  await once(socket, 'message');
  const closed = once(socket, 'close').then(([code]) => Number(code));
  const subscribe = (id: string, query: string = QUERY) => send({ id, type: 'subscribe', payload: { query } });
  return { socket, told, send, subscribe, closed, of: (id: string) => told.filter((message) => message.id === id) };
}

const change = (to: typeof payment) => {
  payment = to;
  bus.publish({ topic: topics.subject(PENDING.id), version: 1 });
};
const EXPIRED = { ...PENDING, status: 'expired' } as unknown as typeof PENDING; // of an expired payment only the status is asked for here

test('each socket is told each state once, under the id that it chose, and more than one subscription goes over one socket', async () => {
  change(PENDING);
  const all = await Promise.all(Array.from({ length: SOCKETS }, open));
  for (const { subscribe } of all) for (const id of ['1', 'ä"2']) subscribe(id);
  for (const { told } of all) await expect.poll(() => told.length).toBe(3);
  change(EXPIRED);
  for (const { told } of all) await expect.poll(() => told.length).toBe(5);
  for (const { of } of all) for (const id of ['1', 'ä"2']) expect(of(id).map(({ type }) => type)).toEqual(['next', 'next']);
  const [one] = all;
  expect(one?.of('ä"2').map(({ payload }) => payload)).toEqual(one?.of('1').map(({ payload }) => payload));
  expect(JSON.stringify(one?.of('1')[1])).toContain('"EXPIRED"');
  for (const { socket } of all) socket.close();
});

test('what one socket completes goes on for others, and an id can be used again', async () => {
  change(PENDING);
  const [leaving, staying] = [await open(), await open()];
  for (const { subscribe } of [leaving, staying]) subscribe('1');
  for (const { told } of [leaving, staying]) await expect.poll(() => told.length).toBe(2);
  leaving.send({ id: '1', type: 'complete' });
  leaving.send({ type: 'ping' });
  await expect.poll(() => leaving.told.at(-1)?.type).toBe('pong');
  change(EXPIRED);
  await expect.poll(() => staying.told.length).toBe(3);
  expect(leaving.told.length).toBe(3);
  leaving.subscribe('1');
  await expect.poll(() => JSON.stringify(leaving.told.at(-1))).toContain('"EXPIRED"');
  for (const { socket } of [leaving, staying]) socket.close();
});

test('a payment that is not there is refused in words, and a fault in none', async () => {
  const { told, of, subscribe, socket } = await open();
  subscribe('none', QUERY.replace(PENDING.id, `${PENDING.id.slice(0, -1)}z`));
  await expect.poll(() => of('none').length).toBe(2);
  expect(JSON.stringify(of('none')[0])).toContain('payment_not_found');
  expect(of('none')[1]).toEqual({ id: 'none', type: 'complete' });
  change(PENDING);
  subscribe('1');
  await expect.poll(() => of('1').length).toBe(1);
  fault = new Error('password of the database');
  change(PENDING);
  await expect.poll(() => of('1').length).toBeGreaterThan(1);
  fault = null;
  expect(of('1')[1]).toMatchObject({ type: 'error', payload: [{ message: 'Unexpected error.' }] });
  expect(JSON.stringify(told)).not.toContain('password');
  socket.close();
});

test('a socket that asks and never reads is cut before its answers fill the memory', { timeout: 60_000 }, async () => {
  const { socket, send, closed } = await open();
  socket.pause();
  const payload = { text: 'x'.repeat(15_000) };
  const flood = setInterval(() => {
    for (let n = 0; n < 50; n++) send({ type: 'ping', payload });
  }, 5);
  try {
    await expect.poll(() => socket.readyState === WebSocket.OPEN && socket.bufferedAmount < 20_000_000, { timeout: 50_000 }).toBe(false);
    socket.resume();
    expect(await closed).toBe(1006);
  } finally {
    clearInterval(flood);
  }
});
