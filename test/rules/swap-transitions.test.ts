import type { SwapEvent, SwapEventKind } from '../../src/swaps/transitions.ts';
import { describe, expect, test } from 'vitest';
import { sats } from '../../src/lib/money.ts';
import { Secret } from '../../src/lib/secret.ts';
import { SWAP_STATUSES } from '../../src/swaps/swap.ts';
import { progressOf } from '../../src/swaps/swap-progress.ts';
import { advance } from '../../src/swaps/transitions.ts';
import { AT, CLAIM, LOCKUP, OFFER, STATES, swapIn } from '../support/swap-fixtures.ts';

const OTHER_LOCKUP = { ...LOCKUP, txid: 'cc'.repeat(32) };
const EVENTS: { readonly [Kind in SwapEventKind]: SwapEvent & { kind: Kind } } = {
  request_sent: { kind: 'request_sent' },
  answer_verified: { kind: 'answer_verified', offer: OFFER },
  rejected: { kind: 'rejected', reason: 'refused' },
  lockup_found: { kind: 'lockup_found', lockup: LOCKUP },
  lockup_accepted: { kind: 'lockup_accepted' },
  claim_built: { kind: 'claim_built', claim: CLAIM },
  claim_signed: { kind: 'claim_signed', claim: CLAIM },
  preimage_released: { kind: 'preimage_released', at: AT },
  claim_accepted: { kind: 'claim_accepted', at: AT },
  claim_buried: { kind: 'claim_buried', at: AT },
  expired: { kind: 'expired', reason: 'invoice_expired' },
  lockup_lost: { kind: 'lockup_lost', reason: 'taken_back' },
  held: { kind: 'held', reason: 'odd' },
  released: { kind: 'released' },
};
const KINDS = Object.keys(EVENTS) as SwapEventKind[];

/** The table once more, argued independently: `same` = nothing new, `-` = refused. Columns follow the events above. */
const EXPECTED: Record<(typeof SWAP_STATUSES)[number], string> = {
  //              sent      verified rejected found       accepted  built signed       released accepted       buried       expired lost     held released
  reserved:
    '     requested -        rejected -           -         -     -            -        -              -            -       -        -  -',
  requested:
    '    same      verified rejected -           -         -     -            -        -              -            -       -        -  -',
  verified:
    '     -         same     -        lockup_seen -         -     -            -        -              -            expired -        -  -',
  lockup_seen:
    '  -         same     -        same        lockup_ok -     -            -        -              -            -       refunded -  -',
  lockup_ok:
    '    -         same     -        same        same      same  claim_stored -        -              -            -       refunded held  -',
  claim_stored:
    ' -         same     -        same        same      same  same         revealed -              -            -       refunded held  -',
  revealed:
    '     -         same     -        same        same      same  same         same     claim_accepted -            -       refunded held  -',
  claim_accepted:
    '-        same     -        same        same      same  same         same     same           claim_buried -       refunded held  -',
  claim_buried:
    ' -         same     -        same        same      same  same         same     same           same         -       -        -  -',
  expired:
    '      -         same     -        expired     -         -     -            -        -              -            same    -        -  -',
  refunded:
    '     -         same     -        same        -         -     -            -        -              -            -       same     -  -',
  rejected:
    '     -         -        same     -           -         -     -            -        -              -            -       -        -  -',
  held: '         -         same     -        same        -         same  same         -        -              -            -       refunded same  lockup_ok',
};

describe.each(SWAP_STATUSES)('a swap in status %s', (status) => {
  const expected = EXPECTED[status].trim().split(/\s+/);
  test.each(KINDS.map((kind, i) => [kind, expected[i] ?? 'missing'] as const))('on %s goes to: %s', (kind, to) => {
    const before = swapIn(STATES[status]);
    const result = advance(before, EVENTS[kind]);
    if (to === '-') {
      expect(result).toMatchObject({ ok: false, error: { kind: 'conflict', code: 'swap_transition_refused' } });
    } else if (to === 'same') {
      expect(result).toEqual({ ok: true, value: { swap: before, changed: false } });
    } else {
      expect(result).toMatchObject({ ok: true, value: { changed: true, swap: { status: to, version: before.version + 1 } } });
    }
  });
});

const apply = (swap: ReturnType<typeof swapIn>, event: SwapEvent) => {
  const result = advance(swap, event);
  if (!result.ok) throw new Error(result.error.message);
  return result.value.swap;
};

describe('facts', () => {
  test('a held swap whose preimage may have left is not released, and one that is keeps its only claim', () => {
    expect(advance(swapIn({ ...STATES.held, revealedAt: AT }), EVENTS.released).ok).toBe(false);
    expect(apply(swapIn(STATES.held), EVENTS.released)).toMatchObject({ status: 'lockup_ok', claim: STATES.held.claim });
  });

  test('a second claim is never stored beside the first', () => {
    const other = { hex: new Secret('00'), txid: 'dd'.repeat(32), feeSats: sats(46n) };
    expect(advance(swapIn(STATES.lockup_ok), { kind: 'claim_built', claim: other }).ok).toBe(false);
    expect(advance(swapIn(STATES.lockup_ok), { kind: 'claim_signed', claim: other }).ok).toBe(false);
    expect(advance(swapIn(STATES.claim_stored), { kind: 'claim_signed', claim: other }).ok).toBe(false);
  });

  test('a claim that was never built is never signed, and one that was not signed lets no preimage out', () => {
    const empty = swapIn({ ...STATES.lockup_ok, claim: null });
    expect(advance(empty, EVENTS.claim_signed).ok).toBe(false);
    expect(apply(empty, EVENTS.claim_built)).toMatchObject({ status: 'lockup_ok', claim: CLAIM });
    expect(advance(swapIn(STATES.lockup_ok), EVENTS.preimage_released).ok).toBe(false);
  });

  test('another lockup replaces one that still waits, and none that is being claimed', () => {
    const event: SwapEvent = { kind: 'lockup_found', lockup: OTHER_LOCKUP };
    expect(apply(swapIn(STATES.lockup_seen), event)).toMatchObject({ status: 'lockup_seen', lockup: OTHER_LOCKUP });
    for (const status of ['lockup_ok', 'claim_stored', 'revealed', 'claim_accepted', 'claim_buried'] as const) {
      expect(advance(swapIn(STATES[status]), event).ok).toBe(false);
    }
  });

  test('a lockup that is mined gets its height', () => {
    const mined = { ...LOCKUP, height: 1_001 };
    expect(apply(swapIn(STATES.lockup_seen), { kind: 'lockup_found', lockup: mined })).toMatchObject({
      status: 'lockup_seen',
      lockup: mined,
    });
  });

  test('a provider cannot change its answer', () => {
    for (const change of [{ providerSwapId: 'vector2' }, { invoice: 'lnbcrt1other' }]) {
      expect(advance(swapIn(STATES.verified), { kind: 'answer_verified', offer: { ...OFFER, ...change } }).ok).toBe(false);
    }
  });

  test('another output of the transaction that locks is another lockup', () => {
    const event: SwapEvent = { kind: 'lockup_found', lockup: { ...LOCKUP, vout: 1 } };
    expect(apply(swapIn(STATES.lockup_seen), event)).toMatchObject({ status: 'lockup_seen', lockup: { vout: 1 } });
    expect(advance(swapIn(STATES.claim_stored), event).ok).toBe(false);
  });

  test('the height of a lockup that is deep enough is no news', () => {
    for (const status of ['lockup_ok', 'claim_stored', 'revealed', 'claim_accepted', 'claim_buried', 'held', 'refunded'] as const) {
      const before = swapIn(STATES[status]);
      const moved: SwapEvent = { kind: 'lockup_found', lockup: { ...LOCKUP, height: 1_001 } };
      expect(advance(before, moved)).toEqual({ ok: true, value: { swap: before, changed: false } });
    }
  });

  test('a lockup that has just become deep enough has no claim', () => {
    expect(apply(swapIn(STATES.lockup_seen), EVENTS.lockup_accepted)).toHaveProperty('claim', null);
  });

  test('a refusal says what was asked of which status', () => {
    expect(advance(swapIn(STATES.rejected), EVENTS.claim_built)).toMatchObject({
      error: { message: 'A swap in status rejected does not accept claim_built' },
    });
  });

  test('a lockup after the end is written down and changes nothing else', () => {
    const late = apply(swapIn(STATES.expired), EVENTS.lockup_found);
    expect(late).toMatchObject({ status: 'expired', lockup: LOCKUP, reason: 'invoice_expired' });
    expect(progressOf(swapIn(STATES.expired), late, AT)).toBeNull();
  });

  test('a lockup lost after the reveal keeps when the preimage left', () => {
    expect(apply(swapIn(STATES.revealed), EVENTS.lockup_lost)).toMatchObject({ status: 'refunded', revealedAt: AT, claim: CLAIM });
  });
});

describe('what a change says to the payment', () => {
  const said = (before: ReturnType<typeof swapIn>, event: SwapEvent) => progressOf(before, apply(before, event), AT)?.kind ?? null;
  test.each<[string, ReturnType<typeof swapIn>, SwapEvent, string | null]>([
    ['a verified answer', swapIn(STATES.requested), EVENTS.answer_verified, null],
    ['a lockup', swapIn(STATES.verified), EVENTS.lockup_found, 'detected'],
    ['the height of a known lockup', swapIn(STATES.lockup_seen), { kind: 'lockup_found', lockup: { ...LOCKUP, height: 9 } }, null],
    ['another lockup', swapIn(STATES.lockup_seen), { kind: 'lockup_found', lockup: OTHER_LOCKUP }, 'detected'],
    ['depth', swapIn(STATES.lockup_seen), EVENTS.lockup_accepted, null],
    ['a stored claim', swapIn(STATES.lockup_ok), EVENTS.claim_signed, null],
    ['the reveal', swapIn(STATES.claim_stored), EVENTS.preimage_released, null],
    ['an accepted claim', swapIn(STATES.revealed), EVENTS.claim_accepted, 'paid'],
    ['a buried claim', swapIn(STATES.claim_accepted), EVENTS.claim_buried, 'settled'],
    ['the end of an unpaid invoice', swapIn(STATES.verified), EVENTS.expired, 'expired'],
    ['a lockup lost before the reveal', swapIn(STATES.claim_stored), EVENTS.lockup_lost, 'lost'],
    ['a lockup lost after the reveal', swapIn(STATES.revealed), EVENTS.lockup_lost, 'payout_lost'],
    ['a lockup lost after the claim was accepted', swapIn(STATES.claim_accepted), EVENTS.lockup_lost, 'payout_lost'],
    ['an operator’s hold', swapIn(STATES.lockup_ok), EVENTS.held, null],
  ])('%s says: %4$s', (_name, before, event, kind) => {
    expect(said(before, event)).toBe(kind);
  });

  test('paid names the fees that were really taken', () => {
    const before = swapIn(STATES.revealed);
    expect(progressOf(before, apply(before, EVENTS.claim_accepted), AT)).toMatchObject({
      kind: 'paid',
      txid: CLAIM.txid,
      feesSats: 653n + 46n,
    });
  });
});
