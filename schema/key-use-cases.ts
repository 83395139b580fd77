import type { Account } from '../src/accounts/account.ts';
import type { AccountChanges } from '../src/accounts/account-input.ts';
import type { ApiKey } from '../src/accounts/api-key.ts';
import type { KeyChanges, KeyInput } from '../src/accounts/key-input.ts';
import type { KeyAsker, NewKey } from '../src/accounts/manage-keys.ts';
import type { PaymentId } from '../src/lib/ids.ts';
import type { Refusal } from '../src/lib/refusal.ts';
import type { Result } from '../src/lib/result.ts';
import type { Secret } from '../src/lib/secret.ts';
import type { Payment } from '../src/payments/payment.ts';

/** What the API can do with keys and the account: the use cases of `src/accounts`, bound in `src/build-keys.ts`. */
export type KeyUseCases = {
  /** Newest first: those that open something, and those that ended within the last 30 days. */
  readonly list: (accountId: string) => Promise<readonly ApiKey[]>;
  readonly create: (asker: KeyAsker, input: KeyInput) => Promise<Result<NewKey, Refusal>>;
  readonly update: (asker: KeyAsker, change: { readonly id: string; readonly changes: KeyChanges }) => Promise<Result<ApiKey, Refusal>>;
  readonly rotate: (asker: KeyAsker, rotation: { readonly id: string; readonly overlapHours: unknown }) => Promise<Result<NewKey, Refusal>>;
  readonly revoke: (asker: KeyAsker, id: string) => Promise<Result<ApiKey, Refusal>>;
  readonly warnings: (accountId: string) => Promise<readonly string[]>;
  readonly updateAccount: (asker: KeyAsker, changes: AccountChanges) => Promise<Result<Account, Refusal>>;
  readonly closeAccount: (asker: KeyAsker, password: Secret<string>) => Promise<Result<void, Refusal>>;
  readonly hasWallet: (accountId: string) => Promise<boolean>;
  /** Ends a test payment as it was asked to; `accountId` null: whoever has its page open. */
  readonly simulate: (input: {
    readonly accountId: string | null;
    readonly id: PaymentId;
    readonly outcome: unknown;
  }) => Promise<Result<Payment, Refusal>>;
};
