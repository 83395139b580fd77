import type { SessionHolder } from '../src/accounts/caller.ts';
import type { Refusal } from '../src/lib/refusal.ts';
import type { Result } from '../src/lib/result.ts';
import type { ShownSession } from '../src/sign-in/end-session.ts';
import type { SignedIn, SignInInput } from '../src/sign-in/sign-in.ts';
import type { SignUpInput } from '../src/sign-in/sign-up.ts';
import type { User } from '../src/sign-in/user.ts';
import type { Visitor } from '../src/sign-in/visitor.ts';

type Done = Promise<Result<void, Refusal>>;

/** What the API can do for people: the use cases of `src/sign-in`, bound in `src/build-people.ts`. */
export type PeopleUseCases = {
  readonly signUp: (input: SignUpInput, visitor: Visitor) => Promise<Result<SignedIn, Refusal>>;
  readonly signIn: (input: SignInInput, visitor: Visitor) => Promise<Result<SignedIn, Refusal>>;
  readonly signOut: (person: SessionHolder, everywhere: boolean, visitor: Visitor) => Promise<void>;
  readonly findUser: (id: string) => Promise<User | null>;
  readonly sessions: (userId: string) => Promise<readonly ShownSession[]>;
  readonly endSession: (person: SessionHolder, id: string) => Done;
  readonly changePassword: (
    person: SessionHolder,
    input: { readonly current: string; readonly password: string },
    visitor: Visitor,
  ) => Done;
  readonly requestPasswordReset: (input: { readonly email: string | null }) => Done;
  readonly resetPassword: (input: { readonly token: string | null; readonly password: string | null }, visitor: Visitor) => Done;
  readonly requestEmailVerification: (person: SessionHolder) => Done;
  readonly changeEmail: (person: SessionHolder, input: { readonly email: string }) => Done;
  readonly verifyEmail: (input: { readonly token: string | null }, visitor: Visitor) => Done;
  readonly changeTotp: (
    person: SessionHolder,
    input: { readonly secret: string | null; readonly code: string | null },
    visitor: Visitor,
  ) => Done;
  readonly makeRecoveryCodes: (person: SessionHolder, visitor: Visitor) => Promise<Result<readonly string[], Refusal>>;
  readonly startPasskey: (person: SessionHolder) => Promise<Result<object, Refusal>>;
  readonly addPasskey: (person: SessionHolder, input: { readonly response: unknown; readonly label: string }, visitor: Visitor) => Done;
  readonly removePasskey: (person: SessionHolder, input: { readonly id: string }, visitor: Visitor) => Done;
};
