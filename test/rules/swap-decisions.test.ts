import type { Facts } from '../../src/swaps/decide-next.ts';
import type { SeenOutput } from '../../src/swaps/verify-lockup.ts';
import { describe, expect, test } from 'vitest';
import { sats } from '../../src/lib/money.ts';
import { addMs } from '../../src/lib/time.ts';
import { SWAP_STATUSES } from '../../src/swaps/swap.ts';
import { verifyLockup } from '../../src/swaps/verify-lockup.ts';
import { apply, decide, EMPTY, fromEnd, GOOD_OUTPUT, holding, lbtcAsset, POINT, view } from '../support/swap-decisions.ts';
import { AT, CLAIM, LOCKUP, OFFER, STATES } from '../support/swap-fixtures.ts';

describe('a lockup is good only when it', () => {
  const terms = {
    lockupScript: OFFER.lockupScript,
    lbtcAsset,
    promisedSats: OFFER.onchainSats,
    timeoutHeight: 2_000,
    zeroConfMaxSats: sats(300_000n),
  };
  test.each<[string, object, Partial<SeenOutput>, Partial<typeof terms>, number]>([
    ['pays our script', { verdict: 'refused', reason: 'wrong_script' }, { script: new Uint8Array(34) }, {}, 1_000],
    ['can be read', { verdict: 'refused', reason: 'unreadable' }, { unblinded: null }, {}, 1_000],
    ['is L-BTC', { verdict: 'refused', reason: 'wrong_asset' }, { unblinded: holding(250_000n, 'ff'.repeat(32)) }, {}, 1_000],
    ['holds what was promised', { verdict: 'refused', reason: 'too_little' }, { unblinded: holding(249_999n) }, {}, 1_000],
    ['leaves an hour to claim', { verdict: 'refused', reason: 'too_late' }, {}, {}, 1_940],
    ['cannot be replaced', { verdict: 'wait', reason: 'replaceable' }, { signalsReplacement: true }, {}, 1_000],
    [
      'is small enough for the mempool',
      { verdict: 'wait', reason: 'above_zero_conf_limit' },
      {},
      { zeroConfMaxSats: sats(249_999n) },
      1_000,
    ],
  ])('%s', (_name, verdict, seen, change, tip) => {
    expect(verifyLockup({ ...terms, ...change }, { ...GOOD_OUTPUT, ...seen }, tip)).toEqual(verdict);
  });

  test('is mined, or small and final', () => {
    expect(verifyLockup(terms, GOOD_OUTPUT, 1_939)).toEqual({ verdict: 'claimable' });
    expect(verifyLockup({ ...terms, zeroConfMaxSats: sats(0n) }, { ...GOOD_OUTPUT, height: 999, signalsReplacement: true }, 1_000)).toEqual(
      {
        verdict: 'claimable',
      },
    );
    expect(verifyLockup(terms, { ...GOOD_OUTPUT, unblinded: { ...holding(250_001n), confidential: false } }, 1_000)).toEqual({
      verdict: 'claimable',
    });
  });
});

describe('an open swap', () => {
  test('accepts a good lockup, whatever the provider says, also after its invoice', () => {
    for (const provider of [null, 'swap.created', 'invoice.expired', 'swap.expired', 'made.up']) {
      expect(decide(STATES.verified, { provider, at: fromEnd(3_600) })).toEqual({ do: 'accept_lockup', lockup: LOCKUP });
    }
  });

  test('takes the good one of two lockups, and the one that can be claimed at once', () => {
    const poor = { ...GOOD_OUTPUT, txid: 'aa'.repeat(32), unblinded: holding(1n) };
    const slow = { ...GOOD_OUTPUT, txid: 'bb'.repeat(32), signalsReplacement: true };
    expect(decide(STATES.verified, { chain: view({ outputs: [poor, slow, GOOD_OUTPUT] }) })).toEqual({
      do: 'accept_lockup',
      lockup: LOCKUP,
    });
  });

  test('does not accept one that is spent already', () => {
    const spends = new Map([[POINT, { txid: 'ab', height: null }]]);
    expect(decide(STATES.verified, { chain: view({ spends }) })).toMatchObject({ do: 'look_again' });
  });

  test('knows nothing without a chain source, however late it is', () => {
    expect(decide(STATES.verified, { chain: null, provider: 'swap.expired', at: fromEnd(86_400) })).toMatchObject({
      do: 'look_again',
      concern: 'no_chain_source',
    });
  });

  test.each<[string, Partial<Facts>, string | null]>([
    ['in time', { at: fromEnd(-1) }, null],
    ['in its first seconds over', { at: fromEnd(29) }, null],
    ['half a minute over', { at: fromEnd(30) }, 'invoice_expired'],
    ['over by the provider’s word, before its time', { at: fromEnd(-300), provider: 'invoice.expired' }, 'invoice_expired'],
    ['failed at the provider', { at: fromEnd(-300), provider: 'transaction.failed' }, 'transaction_failed'],
    ['over, the provider silent for less than a minute', { at: fromEnd(59), provider: null }, null],
    ['over, the provider silent for a minute', { at: fromEnd(60), provider: null }, 'invoice_expired'],
    ['over, a lockup announced and not seen yet', { at: fromEnd(899), provider: 'transaction.mempool' }, null],
    ['over, a lockup announced and never seen', { at: fromEnd(900), provider: 'transaction.mempool' }, 'lockup_never_seen'],
    [
      'over, the announced lockup double spent',
      { at: fromEnd(30), provider: 'transaction.mempool', announcedDead: true },
      'invoice_expired',
    ],
    ['too near the timeout', { at: fromEnd(-300), chain: { ...EMPTY, tipHeight: 1_940 } }, 'timeout_reached'],
  ])('with no lockup, %s', (_name, change, reason) => {
    const decision = decide(STATES.verified, { chain: EMPTY, ...change });
    expect(decision).toMatchObject(reason === null ? { do: 'look_again' } : apply({ kind: 'expired', reason }));
  });

  test('with a bad lockup waits for the invoice’s end and closes', () => {
    const chain = view({ outputs: [{ ...GOOD_OUTPUT, unblinded: holding(250_000n, 'ff'.repeat(32)) }] });
    expect(decide(STATES.verified, { chain })).toMatchObject({ do: 'look_again', concern: 'lockup_wrong_asset' });
    expect(decide(STATES.verified, { chain, at: fromEnd(0), provider: 'transaction.mempool' })).toEqual(
      apply({ kind: 'expired', reason: 'lockup_wrong_asset' }),
    );
  });

  test('is looked at again no later than its invoice ends', () => {
    expect(decide(STATES.verified, { chain: EMPTY, at: fromEnd(-10) })).toEqual({ do: 'look_again', afterMs: 11_000 });
    expect(decide(STATES.verified, { chain: EMPTY, at: fromEnd(-100) })).toEqual({ do: 'look_again', afterMs: 30_000 });
    expect(decide(STATES.verified, { chain: EMPTY, at: fromEnd(-100), provider: 'transaction.mempool' })).toEqual({
      do: 'look_again',
      afterMs: 1_000,
    });
  });
});

describe('a swap whose preimage is still ours', () => {
  test('goes one step at a time: address, build, sign, release', () => {
    expect(decide(STATES.lockup_seen)).toEqual({ do: 'take_address' });
    expect(decide({ ...STATES.lockup_ok, claim: null })).toEqual({ do: 'build_claim', output: GOOD_OUTPUT });
    expect(decide(STATES.lockup_ok)).toEqual({ do: 'sign_claim' });
    expect(decide(STATES.claim_stored)).toEqual({ do: 'release_preimage' });
  });

  test('goes no step while its lockup may be replaced', () => {
    const chain = view({ outputs: [{ ...GOOD_OUTPUT, signalsReplacement: true }] });
    for (const state of [STATES.lockup_seen, STATES.lockup_ok, STATES.claim_stored])
      expect(decide(state, { chain })).toMatchObject({ do: 'look_again' });
  });

  test('writes down the block of its lockup first', () => {
    expect(decide(STATES.lockup_seen, { chain: view({ outputs: [{ ...GOOD_OUTPUT, height: 1_000 }] }) })).toEqual({
      do: 'accept_lockup',
      lockup: { ...LOCKUP, height: 1_000 },
    });
  });

  test.each<[string, Partial<Facts>, object]>([
    ['no chain source', { chain: null }, { do: 'look_again' }],
    [
      'a spent lockup',
      { chain: view({ spends: new Map([[POINT, { txid: 'ab', height: null }]]) }) },
      apply({ kind: 'lockup_lost', reason: 'lockup_taken_back' }),
    ],
    ['the timeout', { chain: view({ tipHeight: 2_000 }) }, apply({ kind: 'lockup_lost', reason: 'too_late_to_claim' })],
    ['less than an hour to the timeout', { chain: view({ tipHeight: 1_940 }) }, { do: 'look_again', concern: 'lockup_too_late' }],
    ['a lockup that is not visible', { chain: EMPTY }, { do: 'look_again', concern: 'lockup_not_visible' }],
    [
      'a lockup that is not visible long after',
      { chain: EMPTY, at: fromEnd(900) },
      apply({ kind: 'lockup_lost', reason: 'lockup_vanished' }),
    ],
    [
      'a lockup that is not visible, the provider says it is over',
      { chain: EMPTY, provider: 'swap.expired' },
      apply({ kind: 'lockup_lost', reason: 'lockup_vanished' }),
    ],
  ])('never releases it with %s', (_name, change, decision) => {
    for (const state of [STATES.lockup_seen, STATES.lockup_ok, STATES.claim_stored]) expect(decide(state, change)).toMatchObject(decision);
  });

  test('follows a replaced lockup only before its address is taken', () => {
    const other = { ...GOOD_OUTPUT, txid: 'cc'.repeat(32) };
    const chain = view({ outputs: [other], heights: new Map([[other.txid, null]]) });
    expect(decide(STATES.lockup_seen, { chain })).toEqual({ do: 'accept_lockup', lockup: { ...LOCKUP, txid: other.txid } });
    expect(decide(STATES.claim_stored, { chain })).toMatchObject({ do: 'look_again', concern: 'lockup_not_visible' });
  });
});

describe('a swap whose preimage may be out', () => {
  const known = (height: number | null, tipHeight = 1_000) =>
    view({
      tipHeight,
      heights: new Map([
        [LOCKUP.txid, 999],
        [CLAIM.txid, height],
      ]),
      spends: new Map([[POINT, { txid: CLAIM.txid, height }]]),
    });
  const foreign = (height: number | null) =>
    view({
      heights: new Map([
        [LOCKUP.txid, 999],
        ['ab', height],
      ]),
      spends: new Map([[POINT, { txid: 'ab', height }]]),
    });

  test('broadcasts, with or without a chain source, and at any height', () => {
    for (const chain of [null, view(), EMPTY, view({ tipHeight: 5_000 }), foreign(null), foreign(1_000)]) {
      const decision = chain && chain.heights.size === 0 && chain.tipHeight >= 2_000 ? null : decide(STATES.revealed, { chain });
      expect(decision).toEqual({ do: 'broadcast' });
    }
  });

  test('broadcasts once in a run', () => {
    expect(decide(STATES.revealed, { broadcastTried: true })).toMatchObject({ do: 'look_again', concern: 'claim_not_accepted' });
    expect(decide(STATES.claim_accepted, { broadcastTried: true })).toMatchObject({ do: 'look_again' });
  });

  test.each(['revealed', 'claim_accepted'] as const)(
    'an alarm rings for a swap that is %s when its lockup is gone and nobody takes the claim',
    (status) => {
      expect(decide(STATES[status], { chain: EMPTY })).toEqual({ do: 'broadcast' });
      expect(decide(STATES[status], { chain: EMPTY, broadcastTried: true })).toMatchObject({ do: 'look_again', alarm: 'lockup_gone' });
      for (const calm of [{ chain: EMPTY, broadcastTaken: true }, { chain: null }, {}]) {
        expect(decide(STATES[status], { ...calm, broadcastTried: true })).not.toHaveProperty('alarm');
      }
    },
  );

  test('is accepted when a source knows its claim, and buried under two blocks', () => {
    expect(decide(STATES.revealed, { chain: known(null) })).toEqual(apply({ kind: 'claim_accepted', at: AT }));
    expect(decide(STATES.claim_accepted, { chain: known(null) })).toMatchObject({ do: 'look_again' });
    expect(decide(STATES.claim_accepted, { chain: known(1_000) })).toMatchObject({ do: 'look_again' });
    expect(decide(STATES.claim_accepted, { chain: known(999) })).toEqual(apply({ kind: 'claim_buried', at: AT }));
  });

  test('is sent again when its claim has dropped out', () => {
    expect(decide(STATES.claim_accepted, { chain: view() })).toEqual({ do: 'broadcast' });
  });

  test('is lost only when another spend is buried, or the lockup is gone at the timeout', () => {
    for (const state of [STATES.revealed, STATES.claim_accepted, { ...STATES.held, revealedAt: AT }]) {
      expect(decide(state, { chain: foreign(999) })).toEqual(apply({ kind: 'lockup_lost', reason: 'lockup_taken_back' }));
      expect(decide(state, { chain: { ...EMPTY, tipHeight: 2_000 } })).toEqual(apply({ kind: 'lockup_lost', reason: 'lockup_vanished' }));
      expect(decide(state, { chain: foreign(1_000) }).do).not.toBe('apply');
    }
  });
});

describe('a swap that is over', () => {
  test('writes a late lockup down once and never claims it', () => {
    expect(decide(STATES.expired)).toEqual(apply({ kind: 'lockup_found', lockup: LOCKUP }));
    expect(decide({ ...STATES.expired, lockup: LOCKUP })).toMatchObject({ do: 'look_again' });
  });

  test('is looked at ever more rarely until the provider’s timeout, then never', () => {
    const { invoiceExpiresAt } = STATES.expired.offer;
    const afterMinutes = (over: number) => decide(STATES.expired, { chain: EMPTY, at: addMs(invoiceExpiresAt, over * 60_000) });
    for (const [over, minutes] of [
      [0, 10],
      [20, 10],
      [40, 20],
      [240, 120],
      [480, 240],
      [1_400, 240],
    ] as const) {
      expect(afterMinutes(over)).toEqual({ do: 'look_again', afterMs: minutes * 60_000 });
    }
    expect(decide(STATES.expired, { chain: null, at: addMs(invoiceExpiresAt, 40 * 60_000) })).toMatchObject({ afterMs: 1_200_000 });
    expect(decide(STATES.expired, { chain: { ...EMPTY, tipHeight: 2_000 } })).toEqual({ do: 'rest' });
    for (const state of [STATES.claim_buried, STATES.refunded, STATES.rejected]) expect(decide(state)).toEqual({ do: 'rest' });
  });

  test('was never shown when its create is fifteen minutes old', () => {
    for (const state of [STATES.reserved, STATES.requested]) {
      expect(decide(state, { at: new Date(AT.getTime() + 899_000) })).toEqual({ do: 'look_again', afterMs: 1_000 });
      expect(decide(state, { at: new Date(AT.getTime() + 900_000) })).toEqual(apply({ kind: 'rejected', reason: 'abandoned' }));
    }
  });
});

test('every status knows what to do with and without a chain', () => {
  const decisions = SWAP_STATUSES.flatMap((status) => [decide(STATES[status]), decide(STATES[status], { chain: null, provider: null })]);
  expect(decisions.every((decision) => decision.do.length > 0)).toBe(true);
  const releasing = decisions.filter(({ do: what }) => what === 'release_preimage');
  expect(releasing).toHaveLength(1);
});
