import type { JsonReply } from '../support/avopay.ts';
import type { MortalWorld, Victim } from '../support/mortal-world.ts';
import { afterEach, expect, test } from 'vitest';
import { callJson, eventually } from '../support/avopay.ts';
import { openMortalWorld, VICTIMS } from '../support/mortal-world.ts';

/**
 * `KILLS=50 PAYMENTS=100 npm test test/journeys/kill.test.ts` is the published figure; the suite plays a shorter run of the same.
 * `VICTIM=avopay` or `VICTIM=sandbox` kills only that one where the sandbox runs outside.
 */
const KILLS = Number(process.env['KILLS'] ?? 2);
const PAYMENTS = Number(process.env['PAYMENTS'] ?? 3);
const ONLY = VICTIMS.filter((victim) => victim === (process.env['VICTIM'] ?? victim));
/** At most so long, or as long as the last start took: on a slow machine a client needs more time to get anything done. */
const BETWEEN_KILLS_MS = 3_000;
/** How long a client keeps asking while its server is killed again and again. */
const PATIENCE_MS = 240_000;
/** A coin that was sent is seen within this once a server runs again. */
const SEEN_WITHIN_MS = 20_000;
/** Once nobody dies any more, nothing is open for longer. */
const SETTLED_WITHIN_MS = 60_000;
const PAYERS_MAX = 4;

let world: MortalWorld;
let failed = new AbortController();
afterEach(() => world.remove());

test(`kill -9 at ${half(KILLS)} random moments during ${half(PAYMENTS)} payments, half of them in L-BTC, loses nothing and invents nothing`, {
  timeout: 1_800_000,
}, async () => {
  world = await openMortalWorld({ isSandboxOutside: false });
  await playKills({ kills: half(KILLS), payments: half(PAYMENTS), victims: ['avopay'] });
});

test(`with the sandbox outside, kill -9 to ${ONLY.join(' or ')} at ${KILLS} random moments during ${PAYMENTS} payments loses nothing and invents nothing`, {
  timeout: 1_800_000,
}, async () => {
  world = await openMortalWorld({ isSandboxOutside: true });
  await playKills({ kills: KILLS, payments: PAYMENTS, victims: ONLY });
});

/** The suite's short runs share what they have; a published run plays everything in each place. */
function half(count: number): number {
  return process.env['KILLS'] ? count : Math.ceil(count / 2);
}

/** Who fails stops the others before the test ends: none of them goes on in the next test's world. */
async function allOrNone(players: readonly Promise<void>[]): Promise<void> {
  await Promise.all(players).catch(async (error: unknown) => {
    failed.abort();
    await Promise.allSettled(players);
    throw error;
  });
}

type Play = { readonly kills: number; readonly payments: number; readonly victims: readonly Victim[] };

async function playKills({ kills, payments, victims }: Play): Promise<void> {
  const acknowledged: string[] = [];
  failed = new AbortController();
  const killer = async () => {
    let startMs = 0;
    for (let kill = 0; kill < kills && !failed.signal.aborted; kill++) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.max(BETWEEN_KILLS_MS, startMs)));
      const killedMs = performance.now();
      await world.killAndRestart(victims[kill % victims.length] ?? 'avopay');
      startMs = performance.now() - killedMs;
    }
  };
  const lanes = Math.min(PAYERS_MAX, Math.ceil(payments / 3)); // each pays several, so that kills come in the middle of it
  const payers = Array.from({ length: lanes }, async (_, lane) => {
    for (let number = lane; number < payments; number += lanes) acknowledged.push(await payOne(number));
  });
  await allOrNone([killer(), ...payers]);

  const unpaid = async () => {
    const replies = await Promise.all(acknowledged.map((id) => call('GET', `/api/v1/payments/${id}`)));
    return replies.flatMap(({ body }) => (body.status === 'paid' ? [] : [`${body.payment_id} ${body.status}`]));
  };
  await eventually(async () => (await unpaid()).length === 0, SETTLED_WITHIN_MS).catch(() => undefined);
  expect(await unpaid()).toEqual([]);
  expect(new Set(acknowledged).size).toBe(payments);
  const { demo } = await insist(
    'the sandbox',
    () => call('GET', '/sandbox'),
    ({ status }) => status === 200,
  );
  const wallet = (await call('GET', '/sandbox/wallet')).body;
  const { codes, books } = await world.close({ accountId: demo.account_id, wallet });
  expect(codes.filter((code) => code !== 0)).toEqual([]);
  expect(books.faults).toEqual([]);
  expect(books).toMatchObject({ balanced: true, invisibleSats: 0 });
  expect(books.paidPayments).toBeGreaterThanOrEqual(payments);
}

function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<JsonReply> {
  return callJson(world.url + path, { method, body, key: path.startsWith('/sandbox') ? null : world.secretKey, headers });
}

/** While a process is dead calls fail; a client that means it asks again. */
async function insist(step: string, ask: () => Promise<JsonReply>, enough: (reply: JsonReply) => boolean): Promise<JsonReply['body']> {
  let last = 'no answer yet';
  const answer = await eventually(async () => {
    failed.signal.throwIfAborted();
    const reply = await ask().catch((error: unknown) => String(error));
    last = typeof reply === 'string' ? reply : `${reply.status} ${reply.text}`;
    return typeof reply !== 'string' && enough(reply) && reply;
  }, PATIENCE_MS).catch((error: unknown) => {
    throw new Error(`${step}: ${last}`, { cause: error });
  });
  return answer.body;
}

/** @returns the id of a payment that AvoPay acknowledged and that was paid */
async function payOne(number: number): Promise<string> {
  const body = { amount: 5 + number, currency: 'EUR' };
  const created = await insist(
    `create ${number}`,
    () => call('POST', '/api/v1/payments', body, { 'idempotency-key': `order-${number}` }),
    ({ status }) => status === 201,
  );
  const id: string = created.payment_id;
  const read = await insist(
    `read ${number}`,
    () => call('GET', `/api/v1/payments/${id}`),
    ({ status }) => status === 200,
  );
  const { lightning_invoice: invoice, liquid_address: address, amount_sats } = read;
  if (number % 2 === 1 && address !== undefined) {
    await payLiquid({ id, address, amount_sats });
    return id;
  }
  await insist(
    `pay ${id}`,
    () => call('POST', '/sandbox/pay', { invoice }),
    // A payer whose wallet died meanwhile is told that the invoice is paid or on its way: the payment was taken.
    ({ body: reply }) => ['held', 'settled'].includes(reply?.status) || /already paid or on its way/.test(reply?.reason),
  );
  return id;
}

/**
 * The answer of a send can be lost with the server; a payer looks at the page before sending again. Who sends twice after all has paid twice.
 * A send that was acknowledged must be enough: the end of the test asks whether it was.
 */
async function payLiquid({ id, address, amount_sats }: { id: string; address: string; amount_sats: number }): Promise<void> {
  for (let sends = 0; ; sends++) {
    failed.signal.throwIfAborted();
    const sent = await call('POST', '/sandbox/send', { address, amount_sats }).catch(() => null);
    if (sent?.status === 200) return;
    const paid = async () => (await call('GET', `/api/v1/payments/${id}`).catch(() => null))?.body?.status === 'paid';
    if (await eventually(paid, SEEN_WITHIN_MS).catch(() => false)) return;
    if (sends > KILLS) throw new Error(`${id} cannot be sent its L-BTC`);
  }
}
