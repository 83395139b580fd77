import type { Account } from '../accounts/account.ts';
import type { KeyAsker } from '../accounts/manage-keys.ts';
import type { Database } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import type { Logo } from './logo.ts';
import { readAccount } from '../accounts/account-store.ts';
import { lockAccount } from '../accounts/api-key-store.ts';
import { recordAudit } from '../events/audit-store.ts';
import { ok, refuse } from '../lib/result.ts';
import { LOGO_UNREADABLE, parseLogoUpload } from './logo.ts';
import { saveLogo } from './logo-store.ts';

export type ChangeLogoDeps = {
  readonly now: Clock;
  readonly random: Random;
  readonly database: Database;
  /** Null when the picture cannot be read. */
  readonly draw: (picture: Uint8Array) => Promise<Logo | null>;
};

/**
 * Draws what was sent, and shows that as the shop's logo from now on, with a line in the audit trail in the same commit. What was sent is
 * kept nowhere.
 * @param image the file in base64; null takes the logo away
 */
export async function changeLogo(deps: ChangeLogoDeps, asker: KeyAsker, image: string | null): Promise<Result<Account, Refusal>> {
  const drawn = await drawUpload(deps, image);
  if (!drawn.ok) return drawn;
  const { accountId, actor, requestId } = asker;
  const logoHash = drawn.value?.hash ?? null;
  return deps.database.transact(async (tx) => {
    await lockAccount(tx, accountId);
    const account = await readAccount(tx, accountId);
    if (!account) throw new Error(`no account ${accountId}`);
    if (account.logoHash === logoHash) return ok(account);
    await saveLogo(tx, accountId, drawn.value);
    const facts = { changed: ['logo'], logoHash };
    await recordAudit(tx, deps.random, {
      accountId,
      actor,
      action: 'account.updated',
      subjectId: accountId,
      facts,
      requestId,
      at: deps.now(),
    });
    return ok({ ...account, logoHash });
  });
}

async function drawUpload({ draw }: ChangeLogoDeps, image: string | null): Promise<Result<Logo | null, Refusal>> {
  if (image === null) return ok(null);
  const picture = parseLogoUpload(image);
  if (!picture.ok) return picture;
  const logo = await draw(picture.value);
  return logo ? ok(logo) : refuse(LOGO_UNREADABLE);
}
