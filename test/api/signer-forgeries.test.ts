import type { RawAnswer } from '../support/raw-signer.ts';
import type { SwapWorld } from '../support/swap-world.ts';
import { Transaction } from 'liquidjs-lib/src/transaction.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { withWitness } from '../../src/liquid/claim-transaction.ts';
import { parseTransaction } from '../../src/liquid/transaction.ts';
import { SWAP_KEYS_MAX } from '../../src/swaps/signer-wire.ts';
import { deriveSwapKeys } from '../../src/swaps/swap-keys.ts';
import { NO_ASKS_FOR_KEYS, shownKeys, spawnRawSigner } from '../support/raw-signer.ts';
import { openSwapWorld } from '../support/swap-world.ts';

/** `FORGERIES=500 npm test test/api/signer-forgeries.test.ts` is the published figure; the suite plays a slice of it. */
const FORGERIES = Number(process.env['FORGERIES'] ?? 50);

type Row = Awaited<ReturnType<SwapWorld['row']>>;
type Change = { [Name in keyof Row]?: Row[Name] };

let world: SwapWorld;
let signer: Awaited<ReturnType<typeof spawnRawSigner>> | undefined;
/** A swap that was paid, and its claim as it was before it was signed. */
let paid: Row;
let unsigned: string;
let script: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  world = await openSwapWorld();
});
afterAll(async () => {
  await signer?.close();
  await world?.close();
});

/** One payment by Lightning, and a signer beside it. Once for all tests of this file. */
async function ready(): Promise<void> {
  if (signer) return;
  const backend = world.backend();
  await backend.prepare();
  const opened = await backend.open(world.request(), async () => {});
  if (!opened.ok) throw new Error(opened.error.code);
  await world.pay(opened.value);
  await backend.reconcile(opened.value.swapId);
  paid = await world.row(opened.value.swapId);
  expect(paid.status).toBe('claim_accepted');
  unsigned = withWitness(unseal(paid.claimTxSealed ?? new Uint8Array()), []);
  script = (await addressRow()).scriptPubKey;
  signer = await spawnRawSigner(world);
}

function channel() {
  if (!signer) throw new Error('there is no signer yet');
  return signer;
}

const place = () => ({ table: 'Swap', row: paid.id, column: 'claimTxSealed' });
const unseal = (sealed: Uint8Array) => Buffer.from(world.sealer.open(place(), sealed)).toString('utf8');
const seal = (hex: string) => world.sealer.seal(place(), Buffer.from(hex));
const addressRow = async () => {
  const lease = await world.database.client.addressLease.findFirstOrThrow({ where: { swapId: paid.id }, include: { address: true } });
  return lease.address;
};
const write = ({ requestJson: _, ...change }: Change) => world.database.client.swap.update({ where: { id: paid.id }, data: change });

/** TABLE: the moments of a swap's life that a request can meet. */
const MOMENTS = {
  unsigned: () => ({ status: 'lockup_ok', claimTxSealed: seal(unsigned), claimTxid: paid.claimTxid, revealedAt: null, acceptedAt: null }),
  stored: () => ({ status: 'claim_stored', claimTxSealed: paid.claimTxSealed, revealedAt: null, acceptedAt: null }),
  revealed: () => ({ status: 'revealed', claimTxSealed: paid.claimTxSealed, revealedAt: paid.revealedAt, acceptedAt: null }),
  accepted: () => ({ status: 'claim_accepted' }),
} as const satisfies { [name: string]: () => Change };

let lastId = 0;
const sign = (more: object = {}) => channel().ask({ id: ++lastId, ask: 'sign_stored_claim', swapId: paid.id, ...more });
const cooperate = (more: object = {}) => channel().ask({ id: ++lastId, ask: 'start_cooperative', swapId: paid.id, ...more });
const either = (nth: number) => (nth % 2 === 0 ? sign() : cooperate());

/** The claim with something else in it, stored as well as whoever writes to the database and has the sealing key can store it. */
async function storeForged(nth: number, forge: (claim: Transaction) => void): Promise<void> {
  const claim = Transaction.fromHex(unsigned);
  forge(claim);
  const moment = nth % 2 === 0 ? MOMENTS.unsigned() : MOMENTS.revealed();
  await write({ ...moment, claimTxSealed: seal(claim.toHex()), claimTxid: parseTransaction(claim.toHex()).txid });
}

function outputOf(claim: Transaction, wanted: 'paid' | 'fee') {
  const output = claim.outs.find(({ script: one }) => (wanted === 'fee') === (one.length === 0));
  if (!output) throw new Error(`the claim has no ${wanted} output`);
  return output;
}

const p2sh = () => Buffer.from([0xa9, 0x14, ...systemRandom(20), 0x87]);
const feeOf = (sats: number) => Buffer.from([1, ...new Uint8Array(5), (sats >> 16) & 255, (sats >> 8) & 255, sats & 255]);
const ids = () => ({ id: ++lastId });

/** TABLE: every way to ask for what must not be had. Each is played with random parts, again and again. */
const FORGERIES_OF: readonly (readonly [string, (nth: number) => Promise<RawAnswer>])[] = [
  [
    'another address',
    async (nth) => {
      await storeForged(nth, (claim) => {
        outputOf(claim, 'paid').script = p2sh();
      });
      return either(nth);
    },
  ],
  [
    'another address, which the row of the merchant’s address names too',
    async (nth) => {
      const thief = p2sh();
      const { id } = await addressRow();
      await world.database.client.address.update({ where: { id }, data: { scriptPubKey: thief } });
      await storeForged(nth, (claim) => {
        outputOf(claim, 'paid').script = thief;
      });
      const answer = await either(nth);
      await world.database.client.address.update({ where: { id }, data: { scriptPubKey: script } });
      return answer;
    },
  ],
  [
    'a second output beside the merchant’s',
    async (nth) => {
      await storeForged(nth, (claim) => void claim.outs.push({ ...outputOf(claim, 'paid'), script: p2sh() }));
      return either(nth);
    },
  ],
  [
    'another asset',
    async (nth) => {
      await storeForged(nth, (claim) => {
        outputOf(claim, 'fee').asset = Buffer.from([1, ...systemRandom(32)]);
      });
      return either(nth);
    },
  ],
  [
    'a fee that takes the money',
    async (nth) => {
      await storeForged(nth, (claim) => {
        outputOf(claim, 'fee').value = feeOf(201 + (nth % 60_000));
      });
      return either(nth);
    },
  ],
  [
    'another lockup',
    async (nth) => {
      await storeForged(nth, (claim) => {
        for (const input of claim.ins) input.hash = Buffer.from(systemRandom(32));
      });
      return either(nth);
    },
  ],
  [
    'another index',
    async (nth) => {
      await write({ ...(nth % 2 === 0 ? MOMENTS.unsigned() : MOMENTS.revealed()), keyIndex: paid.keyIndex + 1 + nth });
      return either(nth);
    },
  ],
  [
    'another era',
    async (nth) => {
      await write({ ...(nth % 2 === 0 ? MOMENTS.unsigned() : MOMENTS.revealed()), keyEra: 2 + nth });
      return either(nth);
    },
  ],
  [
    'a claim that is not stored',
    async (nth) => {
      await write({ ...MOMENTS.unsigned(), claimTxSealed: null, claimTxid: null, claimFeeSats: null });
      return either(nth);
    },
  ],
  [
    'a swap that does not exist',
    (nth) => channel().ask({ ...ids(), ask: 'sign_stored_claim', swapId: `swp_${toHex(systemRandom(10))}${nth}` }),
  ],
  [
    'the preimage of a claim that is not signed',
    async () => {
      await write(MOMENTS.unsigned());
      return cooperate();
    },
  ],
  [
    'the preimage before the reveal is committed',
    async () => {
      await write(MOMENTS.stored());
      return cooperate();
    },
  ],
  [
    'a second signature',
    async (nth) => {
      await write(nth % 2 === 0 ? MOMENTS.stored() : MOMENTS.revealed());
      return sign();
    },
  ],
  [
    'a swap that an operator has put aside',
    async (nth) => {
      await write({ ...MOMENTS.revealed(), status: 'held', failure: 'by hand' });
      return either(nth);
    },
  ],
  [
    'bytes to sign, by the caller’s own hand',
    async (nth) => {
      await write(MOMENTS.unsigned());
      const more = [
        { hex: unsigned },
        { destinationScript: toHex(p2sh()) },
        { key: { era: 1, index: nth } },
        { sighash: toHex(systemRandom(32)) },
      ];
      return sign(more[nth % more.length]);
    },
  ],
  [
    'the end of a session that nobody began',
    () =>
      channel().ask({
        ...{ ...ids(), ask: 'finish_cooperative', session: toHex(systemRandom(16)) },
        ...{ theirNonce: toHex(systemRandom(66)), theirPartial: toHex(systemRandom(32)) },
      }),
  ],
  ['raw messages', (nth) => channel().say(rawLine(nth))],
];

/** TABLE: what is no request at all. */
function rawLine(nth: number): string | Buffer {
  const swapId = paid.id;
  const lines: readonly (() => string | Buffer)[] = [
    () => '',
    () => '{',
    () => 'null',
    () => '[]',
    () => Buffer.from(systemRandom(200).map((byte) => (byte === 10 ? 11 : byte))),
    () => 'x'.repeat(200_000),
    () => JSON.stringify({ id: 1, ask: 'reveal_seed' }),
    () => JSON.stringify({ id: 1, ask: 'sign', hex: unsigned }),
    () => JSON.stringify({ id: 1, ask: '__proto__' }),
    ...NO_ASKS_FOR_KEYS.map((ask) => () => JSON.stringify(ask)),
    () => JSON.stringify({ id: 1, ask: 'sign_stored_claim', swapId: `${swapId}' OR 1=1 --` }),
    () => JSON.stringify({ id: 1, ask: 'sign_stored_claim', swapId: [swapId] }),
    () => `${JSON.stringify({ id: 1, ask: 'start_cooperative', swapId }).slice(0, -1)},"ask":"seed"}`,
    () => JSON.stringify({ seed: { kind: 'file', path: '/dev/null', mayMake: true } }),
    () => JSON.stringify([{ id: 1, ask: 'sign_stored_claim', swapId }]),
  ];
  const make = lines[Math.floor(nth / FORGERIES_OF.length) % lines.length];
  if (!make) throw new Error('there is always a line');
  return make();
}

test('the signer in its process signs the stored claim, lets the preimage out after the reveal, and shows public keys', async () => {
  await ready();
  const keys = deriveSwapKeys(world.seed, { era: paid.keyEra, index: paid.keyIndex });
  expect(channel().hello).toEqual({
    ready: true,
    eventIdKey: expect.stringMatching(/^[0-9a-f]{64}$/),
    recordKey: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  await write(MOMENTS.unsigned());
  const signed = await sign();
  expect(signed.granted).toMatchObject({ claimHash: toHex(sha256(unsigned)), witness: { length: 4, 1: toHex(keys.preimage) } });
  await write(MOMENTS.revealed());
  expect((await cooperate()).granted).toMatchObject({ preimage: toHex(keys.preimage) });
  const shown = await channel().ask({ ...ids(), ask: 'swap_keys', era: paid.keyEra, index: paid.keyIndex, count: SWAP_KEYS_MAX });
  expect(shown.granted?.keys).toEqual(
    Array.from({ length: SWAP_KEYS_MAX }, (_, nth) => shownKeys(world, { era: paid.keyEra, index: paid.keyIndex + nth })),
  );
});

test(`${FORGERIES} forged requests on the signer’s channel, each of ${FORGERIES_OF.length} kinds: all are refused, and nothing leaks`, {
  timeout: 900_000,
}, async () => {
  await ready();
  const keys = deriveSwapKeys(world.seed, { era: paid.keyEra, index: paid.keyIndex });
  const before = channel().heard().length;
  const granted: string[] = [];
  const kinds = new Set<string>();
  for (let nth = 0; nth < FORGERIES; nth++) {
    const [kind, forge] = FORGERIES_OF[nth % FORGERIES_OF.length] ?? [];
    if (!kind || !forge) throw new Error('there is always a kind');
    const { requestJson: _, ...clean } = paid;
    await write(clean);
    const answer = await forge(nth);
    kinds.add(kind);
    if (answer.refused === undefined) granted.push(`${kind}: ${JSON.stringify(answer).slice(0, 200)}`);
  }
  expect(granted).toEqual([]);
  expect(kinds.size).toBe(Math.min(FORGERIES, FORGERIES_OF.length));
  const heard = channel().heard().slice(before);
  const secrets = [keys.preimage, keys.privateKey, world.seed.reveal()].map((secret) => toHex(secret));
  expect(secrets.filter((secret) => heard.includes(secret))).toEqual([]);
});
