import type { PeopleUseCases } from '../schema/people-use-cases.ts';
import type { Bus } from '../subscriptions/pubsub.ts';
import type { Limiter } from './limits/limiter.ts';
import type { SignInDeps } from './sign-in/deps.ts';
import { topics } from '../subscriptions/topics.ts';
import { addPasskey, changeTotp, makeRecoveryCodes, removePasskey, startPasskey } from './sign-in/change-factors.ts';
import { changePassword, requestPasswordReset, resetPassword } from './sign-in/change-password.ts';
import { endSession, showSessions, signOut } from './sign-in/end-session.ts';
import { signIn } from './sign-in/sign-in.ts';
import { signUp } from './sign-in/sign-up.ts';
import { findUser } from './sign-in/user-store.ts';
import { changeEmail, requestEmailVerification, verifyEmail } from './sign-in/verify-email.ts';

export type PeopleParts = Omit<SignInDeps, 'hash' | 'passkeys' | 'sessionsEnded' | 'takeEmailUse'> & {
  readonly limiter: Limiter;
  readonly bus: Bus;
  readonly publicUrl: string;
  readonly apiUrl: string;
};

/** The use cases of people and their sessions, bound. */
export function buildPeople(parts: PeopleParts): PeopleUseCases {
  const { now, random, sealer, database, limiter, bus } = parts;
  const origins = [...new Set([new URL(parts.publicUrl).origin, new URL(parts.apiUrl).origin])];
  const deps: SignInDeps = {
    ...{ now, random, sealer, database, hash: sealer.hash },
    passkeys: { rpId: new URL(parts.publicUrl).hostname, origins },
    sessionsEnded: (accountId) => bus.publish({ topic: topics.access(accountId), version: 0 }),
    takeEmailUse: async (name, email) => (await limiter.take(name, email))?.refusal ?? null,
  };
  return {
    signUp: (input, visitor) => signUp(deps, input, visitor),
    signIn: (input, visitor) => signIn(deps, input, visitor),
    signOut: (person, everywhere, visitor) => signOut(deps, person, everywhere, visitor),
    findUser: (id) => findUser(database, id),
    sessions: (userId) => showSessions(deps, userId),
    endSession: (person, id) => endSession(deps, person, id),
    changePassword: (person, input, visitor) => changePassword(deps, person, input, visitor),
    requestPasswordReset: (input) => requestPasswordReset(deps, input),
    resetPassword: (input, visitor) => resetPassword(deps, input, visitor),
    requestEmailVerification: (person) => requestEmailVerification(deps, person),
    changeEmail: (person, input) => changeEmail(deps, person, input),
    verifyEmail: (input, visitor) => verifyEmail(deps, input, visitor),
    changeTotp: (person, input, visitor) => changeTotp(deps, person, input, visitor),
    makeRecoveryCodes: (person, visitor) => makeRecoveryCodes(deps, person, visitor),
    startPasskey: (person) => startPasskey(deps, person),
    addPasskey: (person, input, visitor) => addPasskey(deps, person, input, visitor),
    removePasskey: (person, input, visitor) => removePasskey(deps, person, input, visitor),
  };
}
