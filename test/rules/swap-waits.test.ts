import type { Facts } from '../../src/swaps/decide-next.ts';
import type { SwapState } from '../../src/swaps/swap.ts';
import { describe, expect, test } from 'vitest';
import { sats } from '../../src/lib/money.ts';
import { asksProvider, isAnnounced, waitsForBlocks } from '../../src/swaps/decide-next.ts';
import { apply, decide, EMPTY, fromEnd, GOOD_OUTPUT, holding, POINT, POLICY, view } from '../support/swap-decisions.ts';
import { CLAIM, LOCKUP, OFFER, STATES, swapIn } from '../support/swap-fixtures.ts';

const SLOW = { ...GOOD_OUTPUT, signalsReplacement: true };
const POOR = { ...GOOD_OUTPUT, txid: 'aa'.repeat(32), unblinded: holding(1n) };
const look = (afterMs: number, more: object = {}) => ({ do: 'look_again', afterMs, ...more });

const withBigints = (_name: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);

describe('a swap is looked at again', () => {
  const tried = { broadcastTried: true };
  const claimInMempool = view({ heights: new Map([[CLAIM.txid, null]]) });
  const claimInBlock = view({ heights: new Map([[CLAIM.txid, 1_000]]) });
  test.each<[string, SwapState, Partial<Facts>, object]>([
    ['five seconds after no chain source said anything', STATES.verified, { chain: null }, look(5_000, { concern: 'no_chain_source' })],
    ['the same with a lockup seen', STATES.lockup_seen, { chain: null }, look(5_000, { concern: 'no_chain_source' })],
    ['five seconds after a lockup that may be replaced', STATES.lockup_seen, { chain: view({ outputs: [SLOW] }) }, look(5_000)],
    ['three seconds after an invoice that may be over', STATES.verified, { chain: EMPTY, at: fromEnd(1) }, look(3_000)],
    ['three seconds after a lockup went out of sight', STATES.lockup_ok, { chain: EMPTY }, look(3_000, { concern: 'lockup_not_visible' })],
    ['three seconds after nobody took the claim', STATES.revealed, tried, look(3_000, { concern: 'claim_not_accepted' })],
    ['the same without a chain source', STATES.revealed, { ...tried, chain: null }, look(3_000, { concern: 'no_chain_source' })],
    ['five seconds after a claim was accepted and dropped out', STATES.claim_accepted, tried, look(5_000)],
    ['five seconds, for the same, without a chain source', STATES.claim_accepted, { ...tried, chain: null }, look(5_000)],
    ['a minute after a source took its claim', STATES.claim_accepted, { ...tried, broadcastTaken: true }, look(60_000)],
    ['a minute after its claim was seen waiting', STATES.claim_accepted, { chain: claimInMempool }, look(60_000)],
    ['a quarter of a minute once its claim stands in a block', STATES.claim_accepted, { chain: claimInBlock }, look(15_000)],
    ['a minute after its lockup was gone', STATES.revealed, { ...tried, chain: EMPTY }, look(60_000, { alarm: 'lockup_gone' })],
    ['ten minutes later while an operator holds it', STATES.held, {}, look(600_000)],
    ['ten minutes later when it is over and no source answers', STATES.expired, { chain: null }, look(600_000)],
  ])('%s', (_when, state, change, decision) => {
    expect(decide(state, change)).toEqual(decision);
  });

  test('half a minute after its lockup turned bad, while the preimage is ours', () => {
    for (const state of [STATES.lockup_seen, STATES.lockup_ok, STATES.claim_stored]) {
      expect(decide(state, { chain: view({ tipHeight: 1_940 }) })).toEqual(look(30_000, { concern: 'lockup_too_late' }));
    }
  });
});

describe('a list of transactions is enough', () => {
  const at = (height: number | null) => ({ tipHeight: 1_000, heights: new Map([[CLAIM.txid, height]]) });
  const waits = (state: SwapState, listed = at(null)) => waitsForBlocks(swapIn(state), listed);

  test('while our accepted claim is listed and one block too few lies on it, and then alone', () => {
    expect([at(null), at(1_000), at(999)].map((listed) => waits(STATES.claim_accepted, listed))).toEqual([true, true, false]);
    expect(waits(STATES.claim_accepted, { tipHeight: 1_000, heights: new Map([[LOCKUP.txid, null]]) })).toBe(false);
    const others = Object.values(STATES).filter(({ status }) => status !== 'claim_accepted');
    expect(others.filter((state) => waits(state))).toEqual([]);
  });

  test('because whatever those transactions hold, all that would be done is wait', () => {
    const foreign = new Map([[POINT, { txid: 'ff'.repeat(32), height: 1 }]]);
    for (const height of [null, 1_000]) {
      const chains = [{}, { outputs: [] }, { outputs: [POOR] }, { spends: foreign }].map((more) => view({ ...at(height), ...more }));
      const decisions = chains.map((chain) => decide(STATES.claim_accepted, { chain }));
      expect(new Set(decisions.map((decision) => JSON.stringify(decision))).size).toBe(1);
      expect(decisions[0]).toMatchObject({ do: 'look_again' });
    }
  });
});

describe('the provider’s word', () => {
  test('is asked for only where it can change what is done', () => {
    const words = [null, 'swap.created', 'transaction.mempool', 'invoice.settled', 'invoice.expired', 'swap.expired', 'transaction.failed'];
    const chains = [null, EMPTY, view(), view({ outputs: [POOR] }), view({ outputs: [SLOW] }), view({ outputs: [POOR, GOOD_OUTPUT] })];
    for (const state of Object.values(STATES)) {
      for (const chain of chains) {
        if (asksProvider(POLICY, swapIn(state), chain)) continue;
        for (const at of [fromEnd(-300), fromEnd(45), fromEnd(899), fromEnd(86_400)]) {
          const said = words.map((provider) => JSON.stringify(decide(state, { chain, provider, at }), withBigints));
          const isUnheard = state.status !== 'verified' && state.status !== 'lockup_seen'; // whose word was never asked for
          expect([state.status, isUnheard ? 1 : new Set(said).size]).toEqual([state.status, 1]);
        }
      }
    }
  });

  test('is asked for where nothing good lies on the chain, and a seen lockup is not there', () => {
    const asks = (state: SwapState, chain: ReturnType<typeof view> | null) => asksProvider(POLICY, swapIn(state), chain);
    expect([EMPTY, view({ outputs: [POOR] })].map((chain) => asks(STATES.verified, chain))).toEqual([true, true]);
    expect([view(), view({ outputs: [SLOW] }), null].map((chain) => asks(STATES.verified, chain))).toEqual([false, false, false]);
    expect([EMPTY, view(), null].map((chain) => asks(STATES.lockup_seen, chain))).toEqual([true, false, false]);
  });

  test('counts as an announcement in three forms only', () => {
    const statuses = [null, '', 'swap.created', 'transaction.mempool', 'transaction.confirmed', 'invoice.settled', 'invoice.expired'];
    expect(statuses.filter(isAnnounced)).toEqual(['transaction.mempool', 'transaction.confirmed', 'invoice.settled']);
  });

  test.each(['transaction.mempool', 'transaction.confirmed', 'invoice.settled'])('%s keeps an invoice open that is over', (provider) => {
    expect(decide(STATES.verified, { chain: EMPTY, provider, at: fromEnd(899) })).toEqual(look(3_000));
  });

  test.each([
    ['invoice.expired', 'invoice_expired'],
    ['swap.expired', 'swap_expired'],
    ['transaction.failed', 'transaction_failed'],
    ['transaction.refunded', 'transaction_refunded'],
  ])('%s ends an open swap, and one whose lockup is not visible', (provider, reason) => {
    expect(decide(STATES.verified, { chain: EMPTY, provider })).toEqual(apply({ kind: 'expired', reason }));
    expect(decide(STATES.lockup_seen, { chain: EMPTY, provider })).toEqual(apply({ kind: 'lockup_lost', reason: 'lockup_vanished' }));
  });

  test('is not needed: one that says nothing ends nothing', () => {
    expect(decide(STATES.lockup_seen, { chain: EMPTY, provider: null })).toMatchObject({ do: 'look_again', concern: 'lockup_not_visible' });
  });
});

describe('of several outputs', () => {
  test('one that only waits for its block is taken when none is better', () => {
    expect(decide(STATES.verified, { chain: view({ outputs: [POOR, SLOW] }) })).toEqual({ do: 'accept_lockup', lockup: LOCKUP });
  });

  test('a bad one beside a good one that is spent is the reason to close', () => {
    const spends = new Map([[POINT, { txid: 'ab', height: null }]]);
    const chain = view({ outputs: [GOOD_OUTPUT, POOR], spends });
    expect(decide(STATES.verified, { chain, at: fromEnd(1) })).toEqual(apply({ kind: 'expired', reason: 'lockup_too_little' }));
  });

  test('a spent good one alone is no bad one', () => {
    const chain = view({ spends: new Map([[POINT, { txid: 'ab', height: null }]]) });
    expect(decide(STATES.verified, { chain, at: fromEnd(1) })).toEqual(look(3_000));
  });

  test('of one transaction the very one that was accepted is claimed', () => {
    const outputs = [{ ...GOOD_OUTPUT, vout: 1, unblinded: holding(1n) }, GOOD_OUTPUT];
    expect(decide(STATES.claim_stored, { chain: view({ outputs }) })).toEqual({ do: 'release_preimage' });
    expect(decide({ ...STATES.lockup_ok, claim: null }, { chain: view({ outputs }) })).toEqual({ do: 'build_claim', output: GOOD_OUTPUT });
  });
});

test('a lockup whose block is known later is claimed all the same once its address is taken', () => {
  const chain = view({ outputs: [{ ...GOOD_OUTPUT, height: 1_000 }] });
  expect(decide(STATES.lockup_ok, { chain })).toEqual({ do: 'sign_claim' });
  expect(decide(STATES.claim_stored, { chain })).toEqual({ do: 'release_preimage' });
});

test('a lockup of exactly the value that needs no block needs none', () => {
  const policy = { ...POLICY, zeroConfMaxSats: OFFER.onchainSats };
  expect(decide(STATES.lockup_seen, {}, policy)).toEqual({ do: 'take_address' });
  expect(decide(STATES.lockup_seen, {}, { ...policy, zeroConfMaxSats: sats(OFFER.onchainSats - 1n) })).toEqual(look(5_000));
});

describe('a buried spend of the lockup', () => {
  const spentBy = (txid: string) => view({ spends: new Map([[POINT, { txid, height: 999 }]]), heights: new Map([[LOCKUP.txid, 998]]) });

  test('that is our own claim loses nothing', () => {
    expect(decide(STATES.held, { chain: spentBy(CLAIM.txid) })).toEqual(look(600_000));
  });

  test('ends a held swap that never had a claim', () => {
    expect(decide({ ...STATES.held, claim: null }, { chain: spentBy('ab') })).toEqual(
      apply({ kind: 'lockup_lost', reason: 'lockup_taken_back' }),
    );
  });
});
