import type { SessionHolder } from '../accounts/caller.ts';
import type { SignInDeps } from './deps.ts';
import type { User } from './user.ts';
import { findUser } from './user-store.ts';

/** @throws Error when the person of a session is gone: persons are never deleted */
export async function personOf({ database }: Pick<SignInDeps, 'database'>, { userId }: SessionHolder): Promise<User> {
  const user = await findUser(database, userId);
  if (!user) throw new Error(`a session of no user ${userId}`);
  return user;
}
