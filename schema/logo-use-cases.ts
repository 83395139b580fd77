import type { Account } from '../src/accounts/account.ts';
import type { KeyAsker } from '../src/accounts/manage-keys.ts';
import type { Refusal } from '../src/lib/refusal.ts';
import type { Result } from '../src/lib/result.ts';

/** What the API can do with logos: the use cases of `src/logos`, bound in `src/build-logos.ts`. */
export type LogoUseCases = {
  /** `image`: the file in base64; null takes the logo away. */
  readonly change: (asker: KeyAsker, image: string | null) => Promise<Result<Account, Refusal>>;
  /** The picture of that hash, as it is sent; null when nobody has it. */
  readonly find: (hash: string) => Promise<Uint8Array | null>;
};
