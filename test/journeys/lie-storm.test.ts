import type { HttpCall } from '../../src/lib/http-client.ts';
import type { OpenedInvoice } from '../../src/swaps/lightning.ts';
import type { SwapBackend } from '../../src/swaps/make-lightning-backend.ts';
import type { SwapWorld } from '../support/swap-world.ts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromHex } from '../../src/lib/bytes.ts';
import { httpCall } from '../../src/lib/http-client.ts';
import { sats } from '../../src/lib/money.ts';
import { answerMutants } from '../support/answer-mutants.ts';
import { Death, keepShown, openSwapWorld } from '../support/swap-world.ts';

/** `SWAPS=1000 LIES=all npm test test/journeys/lie-storm.test.ts` is the published figure; the suite plays a slice of it. */
const SWAPS = Number(process.env['SWAPS'] ?? 5);
const LIES = process.env['LIES'] === 'all' ? Number.POSITIVE_INFINITY : Number(process.env['LIES'] ?? 12);
const ZERO_CONF_MAX_SATS = 100_000n;
/** After the invoice, and after what is still waited for beyond it. */
const OVER_MS = 616_000 + 900_000;

let world: SwapWorld;
beforeAll(async () => {
  world = await openSwapWorld();
  await world.backend().prepare();
});
afterAll(() => world.close());

type Opened = OpenedInvoice & { readonly backend: SwapBackend; readonly subjectId: string };

async function open(amountSats: bigint): Promise<Opened> {
  const backend = world.backend(new Death(), { zeroConfMaxSats: ZERO_CONF_MAX_SATS });
  const request = world.request({ amountSats: sats(amountSats) });
  const result = await backend.open(request, (tx, invoice) => keepShown(tx, invoice, request.subjectId));
  if (!result.ok) throw new Error(result.error.code);
  return { ...result.value, backend, subjectId: request.subjectId };
}

/** The provider's lockup: to the swap's own script and key unless the lie changes that. */
async function lock({ swapId }: Opened, change: (honest: bigint) => { amountSats?: bigint; asset?: 'OTHER'; rbf?: boolean } = () => ({})) {
  const row = await world.row(swapId);
  const answer = world.sealer.open({ table: 'Swap', row: row.id, column: 'responseSealed' }, row.responseSealed ?? fromHex(''));
  const { blindingKey } = JSON.parse(Buffer.from(answer).toString());
  const amountSats = row.onchainSats ?? 0n;
  const honest = {
    script: row.lockupScript ?? fromHex(''),
    blindingPublicKey: secp256k1.getPublicKey(fromHex(blindingKey), true),
    amountSats,
  };
  return world.providerWallet.pay({ ...honest, ...change(amountSats) });
}

/** Takes coins back that no block holds yet, as whoever knows a miner can. */
async function takeBack({ txid, hex }: { txid: string; hex: string }): Promise<void> {
  await world.chain.drop(txid);
  await world.providerWallet.takeBack(hex);
}

const SMALL = 62_341n;
const LARGE = 250_000n;
/** TABLE: lockups that are worth nothing to us, or may be gone tomorrow. None may make the preimage leave. */
const LOCKUPS: readonly ((swap: Opened) => Promise<void>)[] = [
  async (swap) => void (await lock(swap, () => ({ asset: 'OTHER' }))),
  async (swap) => void (await lock(swap, (honest) => ({ amountSats: honest - 1n }))),
  async (swap) => void (await lock(swap, () => ({ amountSats: 1_000n }))),
  async (swap) => {
    const lockup = await lock(swap, () => ({ rbf: true }));
    await swap.backend.reconcile(swap.swapId);
    await takeBack(lockup);
  },
];

test(`of ${SWAPS} swaps with lying lockups none reveals its preimage, and each ends without a claim`, { timeout: 3_600_000 }, async () => {
  const opened: Opened[] = [];
  for (let n = 0; n < SWAPS; n++) {
    const isLarge = n % (LOCKUPS.length + 1) === LOCKUPS.length;
    const swap = await open(isLarge ? LARGE : SMALL);
    opened.push(swap);
    if (isLarge) {
      const lockup = await lock(swap); // honest and final, and more than is claimed unconfirmed
      await swap.backend.reconcile(swap.swapId);
      await takeBack(lockup);
    } else await LOCKUPS[n % (LOCKUPS.length + 1)]?.(swap);
    await swap.backend.reconcile(swap.swapId);
    if (n % 50 === 49) await world.chain.mine(1);
  }
  await world.chain.mine(2);
  for (const swap of opened) await swap.backend.reconcile(swap.swapId);
  world.advance(OVER_MS);
  const ends = new Map<string, number>();
  for (const { backend, subjectId, swapId } of opened) {
    const closed = await backend.close(subjectId);
    const { revealedAt, claimTxSealed, status } = await world.row(swapId);
    const said = await world.said(subjectId);
    const isBad = closed !== 'closed' || revealedAt !== null || claimTxSealed !== null || said.includes('paid');
    const end = isBad ? `${swapId} ${closed} ${status} ${said}` : 'ended';
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  expect(Object.fromEntries(ends)).toEqual({ ended: SWAPS });
});

test(`${Math.ceil(SWAPS / 10)} lockups below the 0-conf cap that are spent twice after the preimage left lose no more than the cap each, with an alarm each`, {
  timeout: 3_600_000,
}, async () => {
  const gone: Opened[] = [];
  for (let n = 0; n < Math.ceil(SWAPS / 10); n++) {
    const swap = await open(SMALL + BigInt(n % 30) * 1_000n);
    const lockup = await lock(swap);
    await swap.backend.reconcile(swap.swapId);
    expect((await world.row(swap.swapId)).revealedAt).not.toBeNull();
    await takeBack(lockup);
    world.advance(60_000);
    await swap.backend.reconcile(swap.swapId);
    gone.push(swap);
  }
  const alarms = world.logged.filter(({ sentence }) => sentence === 'a lockup is gone after the preimage had left');
  expect(new Set(alarms.map(({ facts }) => facts['swapId']))).toEqual(new Set(gone.map(({ swapId }) => swapId)));
  for (const { swapId } of gone) expect((await world.row(swapId)).onchainSats ?? 0n).toBeLessThanOrEqual(ZERO_CONF_MAX_SATS);
});

test(`of ${LIES === Number.POSITIVE_INFINITY ? 'all' : 'some of the'} mutated answers to a creation none shows an invoice`, {
  timeout: 3_600_000,
}, async () => {
  const isCreation = ({ method, url }: Parameters<HttpCall>[0]) => method === 'POST' && url.endsWith('/swap/reverse');
  let honest: object = {};
  const listening = world.backend(new Death(), {
    http: async (call) => {
      const reply = await httpCall(call);
      if (isCreation(call)) honest = JSON.parse(reply.text);
      return reply;
    },
  });
  const first = world.request();
  expect((await listening.open(first, (tx, invoice) => keepShown(tx, invoice, first.subjectId))).ok).toBe(true);

  const all = answerMutants(honest, 40);
  expect(all.length).toBeGreaterThanOrEqual(300);
  const step = Math.max(1, Math.floor(all.length / LIES));
  const some = all.filter((_, n) => n % step === 0);
  const shown: string[] = [];
  for (const [name, change] of some) {
    const lying = world.backend(new Death(), {
      http: async (call) => {
        const reply = await httpCall(call);
        if (!isCreation(call)) return reply;
        const answer = JSON.parse(reply.text);
        change(answer);
        return { ...reply, text: JSON.stringify(answer) };
      },
    });
    const request = world.request();
    const result = await lying.open(request, (tx, invoice) => keepShown(tx, invoice, request.subjectId));
    const rows = await world.rows(request.subjectId);
    if (result.ok || rows.some(({ invoice }) => invoice !== null) || (await world.said(request.subjectId)).length > 0) shown.push(name);
    world.advance(61_000); // whatever is remembered of a provider that lies is over
  }
  expect(shown).toEqual([]);
});
