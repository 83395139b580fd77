import type { BuiltClaim, ClaimRequest } from './claim-transaction.ts';
import type { LiquidOutput } from './transaction.ts';
import type { Unblinded } from './unblind.ts';

/** What the pool asks a worker thread, one at a time. Plain values: they are copied between the threads. */
export type ProofJob =
  | { readonly kind: 'unblind'; readonly output: LiquidOutput; readonly blindingPrivateKey: Uint8Array }
  | { readonly kind: 'claim'; readonly request: ClaimRequest };

export type ProofAnswer =
  | { readonly kind: 'unblinded'; readonly unblinded: Unblinded | null }
  | { readonly kind: 'claim'; readonly claim: BuiltClaim }
  | { readonly kind: 'failed'; readonly message: string };
