import type { Tx } from '../lib/database.ts';
import type { ClaimAddress } from './claim-record.ts';
import type { ClaimDeps } from './claim-swap.ts';
import type { Decision, Facts } from './decide-next.ts';
import type { LightningSubject } from './lightning.ts';
import type { FactsDeps } from './read-facts.ts';
import type { Swap, SwapIn, SwapLockup } from './swap.ts';
import type { Lease } from './swap-store.ts';
import { addMs, monotonicMs } from '../lib/time.ts';
import { applySwapEvent, LEASE_MS, LeaseLost, onlyAsks } from './apply-swap-event.ts';
import { acceptDepth, broadcastClaim, buildAndStore, releasePreimage, signAndStore } from './claim-swap.ts';
import { decideNext, SENT_MS } from './decide-next.ts';
import { policyOf, readFacts, sayWhy } from './read-facts.ts';
import { findSwap, releaseLease, takeSwap } from './swap-store.ts';

export type ReconcileDeps = ClaimDeps &
  FactsDeps & {
    /** False once the subject is over: a lockup first seen then is never claimed. Asked under the swap's lock. */
    readonly mayAccept: (tx: Tx, subject: { subject: LightningSubject; subjectId: string }) => Promise<boolean>;
  };

/** `busy`: another worker has it. `looked`: whether a chain source answered. */
export type Reconciled = Readonly<{ kind: 'busy' } | { kind: 'done'; swap: Swap; looked: boolean }>;

/** A good life takes eight steps; a swap that wants more in one run is going in circles. */
const STEPS_MAX = 16;
/** Before the preimage leaves, the view of the chain is younger than this. */
const VIEW_FRESH_MS = 2_000;
/** After a fault: soon, not at once. */
const FAULT_PAUSE_MS = 3_000;

/**
 * Looks at the facts and does what they ask for, step by step, until nothing is left to do now. Safe to run at any time, any number of
 * times, in any number of processes: the lease lets one act at a time, every step compares with the stored row.
 */
export async function reconcileSwap(deps: ReconcileDeps, swapId: string): Promise<Reconciled | null> {
  const at = deps.now();
  const taken = await takeSwap(deps, swapId, { at, until: addMs(at, LEASE_MS) });
  if (!taken) return (await findSwap(deps, swapId)) ? { kind: 'busy' } : null;
  const { lease } = taken;
  let nextLookAt: Date | null = addMs(at, FAULT_PAUSE_MS);
  let isFree = false;
  try {
    const run = await runSteps(deps, taken);
    ({ nextLookAt, isFree } = run);
    return { kind: 'done', swap: run.swap, looked: run.looked };
  } catch (error) {
    nextLookAt = addMs(deps.now(), FAULT_PAUSE_MS);
    if (!(error instanceof LeaseLost)) throw error;
    deps.log.warn({ swapId }, 'another worker took the swap over');
    return { kind: 'busy' };
  } finally {
    if (!isFree) await releaseLease(deps, lease, nextLookAt);
  }
}

type Run = {
  broadcastTried: boolean;
  broadcastTaken: boolean;
  cooperate: boolean;
  /** Where the claim goes, as this run has taken it. */
  destination: ClaimAddress | null;
  facts: Facts;
  readAtMs: number;
  /** The last commit gave the lease back and says when the swap is due. */
  restsUntil: Date | null;
};
/** `isFree`: the lease was given back already. */
type Ran = { readonly swap: Swap; readonly nextLookAt: Date | null; readonly looked: boolean; readonly isFree: boolean };

type Taken = { readonly lease: Lease; readonly swap: Swap };

async function runSteps(deps: ReconcileDeps, taken: Taken): Promise<Ran> {
  const { lease } = taken;
  let { swap } = taken;
  const run: Run = {
    broadcastTried: false,
    broadcastTaken: false,
    cooperate: false,
    destination: null,
    facts: await readFacts(deps, swap),
    readAtMs: monotonicMs(),
    restsUntil: null,
  };
  for (let step = 0; step < STEPS_MAX; step++) {
    if (swap.status === 'claim_stored' && monotonicMs() - run.readAtMs > VIEW_FRESH_MS) await readAgain(deps, swap, run);
    const facts = { ...run.facts, at: deps.now(), broadcastTried: run.broadcastTried, broadcastTaken: run.broadcastTaken };
    const decision = decideNext(policyOf(deps), swap, facts);
    const looked = facts.chain !== null;
    if (decision.do === 'rest') return { swap, nextLookAt: null, looked, isFree: false };
    if (decision.do === 'look_again') {
      sayWhy(deps, swap, decision);
      return { swap, nextLookAt: addMs(deps.now(), decision.afterMs), looked, isFree: false };
    }
    swap = await act(deps, lease, { swap, decision, run });
    if (run.restsUntil) return { swap, nextLookAt: run.restsUntil, looked, isFree: true };
  }
  throw new Error(`swap ${lease.swapId} did not come to rest in ${STEPS_MAX} steps`);
}

type Step = { readonly swap: Swap; readonly decision: Exclude<Decision, { do: 'rest' | 'look_again' }>; readonly run: Run };

/** Answers the swap as it stands after the step. */
async function act(deps: ReconcileDeps, lease: Lease, { swap, decision, run }: Step): Promise<Swap> {
  switch (decision.do) {
    case 'apply': {
      const after = await applySwapEvent(deps, { lease, known: swap, event: decision.event, asksOnly: onlyAsks(swap) });
      alarm(deps, swap, decision.event.kind);
      return after;
    }
    case 'accept_lockup':
      return acceptLockup(deps, lease, { swap, lockup: decision.lockup });
    case 'take_address': {
      const accepted = await acceptDepth(deps, lease, swap);
      run.destination = accepted.destination;
      return accepted.swap;
    }
    case 'build_claim':
      return buildAndStore(deps, lease, mustBe(swap, 'lockup_ok'), { output: decision.output, destination: run.destination });
    case 'sign_claim':
      return signAndStore(deps, lease, mustBe(swap, 'lockup_ok'));
    case 'release_preimage':
      run.cooperate = true; // only in the run that let it out: a run that finds it out already has no time to ask
      return releasePreimage(deps, lease, swap);
    case 'broadcast':
      return broadcast(deps, lease, { swap, run });
  }
}

/** A lockup first seen after its subject is over is written down and left to the provider's refund. */
async function acceptLockup(deps: ReconcileDeps, lease: Lease, { swap, lockup }: { swap: Swap; lockup: SwapLockup }): Promise<Swap> {
  return applySwapEvent(deps, {
    lease,
    asksOnly: onlyAsks(swap),
    event: async (tx, { status, subject, subjectId }) => {
      const welcome = status !== 'verified' || (await deps.mayAccept(tx, { subject, subjectId }));
      return welcome ? { kind: 'lockup_found', lockup } : { kind: 'expired', reason: 'lockup_after_expiry' };
    },
  });
}

async function broadcast(deps: ReconcileDeps, lease: Lease, { swap, run }: { swap: Swap; run: Run }): Promise<Swap> {
  if (swap.status !== 'revealed' && swap.status !== 'claim_accepted') throw new Error(`swap ${swap.id} has nothing to broadcast`);
  const accepted = await broadcastClaim(deps, swap, run.cooperate);
  run.cooperate = false;
  run.broadcastTried = true;
  run.broadcastTaken = accepted;
  if (!accepted || swap.status !== 'revealed') return swap;
  const at = deps.now();
  run.restsUntil = addMs(at, SENT_MS); // nothing is left to do in this run: the commit that says so ends it too
  const event = { kind: 'claim_accepted', at } as const;
  return applySwapEvent(deps, { lease, known: swap, event, asksOnly: onlyAsks(swap), restUntil: run.restsUntil });
}

/** What an operator must know of. `apply` meets a found lockup only on a closed swap. */
function alarm(deps: ReconcileDeps, swap: Swap, kind: string): void {
  const facts = { swapId: swap.id, subjectId: swap.subjectId };
  if (kind === 'lockup_found') deps.log.warn(facts, 'a lockup came after the swap was closed, it is left to the refund');
  if (kind !== 'lockup_lost') return;
  if ('revealedAt' in swap && swap.revealedAt) deps.log.error(facts, 'a lockup was taken back after the preimage had left');
  else deps.log.warn(facts, 'a lockup was lost before the preimage left, the payer is refunded');
}

async function readAgain(deps: ReconcileDeps, swap: Swap, run: Run): Promise<void> {
  run.facts = await readFacts(deps, swap);
  run.readAtMs = monotonicMs();
}

function mustBe<S extends Swap['status']>(swap: Swap, status: S): SwapIn<S> {
  if (swap.status !== status) throw new Error(`swap ${swap.id} is ${swap.status}, not ${status}`);
  return swap as SwapIn<S>; // the discriminant was just compared
}
