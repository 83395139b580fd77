import type { Plan } from './plan.ts';
import type { ProviderSwap } from './provider.ts';
import type { Row } from './rows.ts';
import type { World } from './world.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { releaseSwap } from '../../src/swaps/release-swap.ts';
import { findHinted } from '../../src/swaps/swap-store.ts';
import { makeTransaction, WORTHLESS_ASSET } from './chain.ts';
import { openPayment } from './opening.ts';

const BLOCK_MS = 60_000;
/** Blocks that come like this bring timeouts within a session's reach. */
const FAST_BLOCK_MS = 6_000;
const CLIENT_TRIES = 8;

/** Sets clients, payers, miners and hints in motion. */
export function startActors(world: World): void {
  for (const plan of world.plans) world.time.in(plan.createAfterMs, 'client asks', () => ask(world, plan, CLIENT_TRIES), null);
  mine(world);
  minute(world);
}

/** A client asks one of the servers, and again until it has heard a yes. */
function ask(world: World, plan: Plan, tries: number): void {
  const { time, faults } = world;
  const node = faults.dice.oneOf(world.nodes);
  let heard = false;
  const again = () => {
    if (heard || tries <= 1 || faults.strikes('client_gives_up')) return;
    time.in(faults.dice.whole(2_000, 12_000), 'client asks again', () => ask(world, plan, tries - 1), null);
  };
  time.in(25_000, 'client loses patience', () => !heard && again(), null);
  if (!node.graph) return;
  time.current = node.owner;
  const opened = openPayment(node.graph, plan);
  opened.then(
    (isOpen) => {
      if (!isOpen) return;
      heard = true;
      time.in(1, 'client hears', () => pay(world, plan), null);
    },
    (fault: unknown) => node.graph?.log.error({ fault }, 'a payment could not be created'),
  );
}

const paying = new WeakSet<Plan>();

/** What this payer was going to do, once it has been shown where. */
function pay(world: World, plan: Plan): void {
  if (paying.has(plan)) return;
  paying.add(plan);
  const { time } = world;
  if (plan.payLightningAfterMs !== null) time.in(plan.payLightningAfterMs, 'payer pays invoice', () => payInvoice(world, plan), null);
  for (const coin of plan.liquid) time.in(coin.afterMs, 'payer sends L-BTC', () => sendCoin(world, plan, coin), null);
}

function payInvoice(world: World, { paymentId, amountSats }: Plan): void {
  const row = [...(world.server.tables.get('swap')?.values() ?? [])].find(
    (one) => one['subjectId'] === paymentId && one['invoice'] !== null,
  );
  if (row) payShown(world, row, amountSats);
}

/** Pays what a swap shows. `heldMs`: so long the provider has the payer's money before it locks up; else as it likes. */
export function payShown(world: World, row: Row, amountSats: bigint, heldMs: number | null = null): void {
  const { time, faults, provider } = world;
  const swap = provider.swaps.get(toHex(row['preimageHash'] as Uint8Array));
  if (!swap) return;
  if (`${row['invoice']}` !== swap.answer.invoice || (row['invoiceSats'] as bigint) !== amountSats)
    world.violate('I12 another invoice was shown');
  if (time.nowMs >= swap.expiresAtMs) return;
  swap.isPaid = true;
  time.note('invoice paid');
  const lateMs = faults.strikes('lockup_late') ? faults.dice.whole(30_000, 500_000) : faults.dice.whole(200, 4_000);
  time.in(heldMs ?? lateMs, 'provider locks up', () => lockUp(world, swap), null);
}

function lockUp(world: World, swap: ProviderSwap): void {
  const { time, faults, provider, chain } = world;
  provider.lockUp(swap);
  world.pokeAll();
  hint(world, swap);
  if (faults.strikes('lockup_replaced')) {
    const withAnother = faults.dice.hits(0.5);
    time.in(faults.dice.whole(0, 70_000), 'lockup replaced', () => provider.replaceLockup(swap, withAnother), null);
  }
  if (!faults.strikes('lockup_evicted')) return;
  time.in(
    faults.dice.whole(0, 60_000),
    'lockup evicted',
    () => {
      const txid = swap.lockups.at(-1);
      const known = txid === undefined ? undefined : chain.known.get(txid);
      if (!known || known.gone || known.height !== null) return;
      chain.drop(known.txid);
      swap.isDoubleSpent = true;
      world.hit('C20');
      if (faults.dice.hits(0.5))
        time.in(faults.dice.whole(1_000, 60_000), 'lockup back', () => void chain.add(known.hex, time.nowMs), null);
    },
    null,
  );
}

/** A word from the provider to every server: lost, twice, or false. */
function hint(world: World, swap: ProviderSwap): void {
  const { time, faults } = world;
  for (const node of world.nodes) {
    if (faults.strikes('hints_lost')) {
      world.hit('C8');
      continue;
    }
    const times = faults.strikes('hints_doubled') ? 2 : 1;
    if (times === 2) world.hit('C9');
    for (let i = 0; i < times; i++) {
      const follow = () => {
        const { graph } = node;
        const found = graph && findHinted(graph.claiming, 'one', [swap.answer.id]);
        const look = (ids: ReadonlyMap<string, string>) => {
          for (const id of ids.values()) graph?.runner.lookSoon(id);
        };
        void found?.then(look).catch(() => undefined);
      };
      time.in(faults.dice.whole(50, 3_000), 'hint', follow, node.owner);
    }
  }
}

function sendCoin(world: World, plan: Plan, { amountSats, droppedAfterMs, backAfterMs }: Plan['liquid'][number]): void {
  const { time, chain, server } = world;
  const lease = [...(server.tables.get('addressLease')?.values() ?? [])].find((row) => row['paymentId'] === plan.paymentId);
  const address = lease && server.tables.get('address')?.get(String(lease['addressId']));
  if (!address) return;
  const fund = { txid: toHex(world.chance.bytes(32)), vout: 0 };
  const asset = world.faults.strikes('coin_worthless') ? { asset: WORTHLESS_ASSET } : {};
  const made = makeTransaction([fund], [{ script: address['scriptPubKey'] as Uint8Array, valueSats: amountSats, ...asset }]);
  chain.add(made.hex, time.nowMs);
  world.pokeAll();
  if (droppedAfterMs === null) return;
  time.in(droppedAfterMs, 'coin dropped', () => drop(), null);
  const back = () => {
    chain.add(made.hex, time.nowMs);
    world.pokeAll();
  };
  const drop = () => {
    const known = chain.known.get(made.txid);
    if (!known || known.height !== null) return;
    chain.drop(made.txid);
    world.pokeAll();
    if (backAfterMs !== null) time.in(backAfterMs, 'coin back', back, null);
  };
}

function mine(world: World): void {
  const { time, faults, chain, provider } = world;
  const everyMs = faults.on.has('blocks_fast') && !faults.over ? FAST_BLOCK_MS : BLOCK_MS;
  const block = () => {
    if (faults.strikes('reorganisation')) {
      chain.unmine();
      world.hit('reorganisation');
    }
    const isEmpty = faults.strikes('blocks_empty');
    chain.mine(() => isEmpty);
    if (faults.strikes('claim_evicted')) evictClaim(world);
    provider.takeBack();
    world.pokeAll();
    mine(world);
  };
  time.in(everyMs, 'block', block, null);
}

/** A claim that waits leaves the mempools: whoever keeps looking sends it again. */
function evictClaim(world: World): void {
  const { chain, server } = world;
  for (const row of server.tables.get('swap')?.values() ?? []) {
    const known = chain.known.get(String(row['claimTxid']));
    if (!known || known.gone || known.height !== null) continue;
    chain.drop(known.txid);
    world.hit('C20');
  }
}

/** The provider's own minute: invoices end; and strangers say that something has happened. */
function minute(world: World): void {
  const { time, faults, provider } = world;
  provider.tick();
  for (const swap of provider.swaps.values()) {
    if (swap.status !== 'swap.created' && !faults.over && faults.dice.hits(0.1)) hint(world, swap);
    if (faults.strikes('hints_forged')) hint(world, swap);
  }
  mendHeld(world);
  time.in(20_000, 'provider looks', () => minute(world), null);
}

/** The operator, where there is one, lets a held swap be judged again, now and then. */
function mendHeld({ server, follower, faults, time, isOperatorAway }: World): void {
  if (isOperatorAway) return;
  for (const row of server.tables.get('swap')?.values() ?? []) {
    if (row['status'] !== 'held' || row['revealedAt'] !== null || !follower?.graph || !faults.dice.hits(0.1)) continue;
    time.current = follower.owner;
    void releaseSwap({ ...follower.graph.claiming, random: follower.graph.random }, String(row['id'])).catch(() => undefined); // asked again later
  }
}
