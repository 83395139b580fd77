import type { ShownSession } from '../src/sign-in/end-session.ts';
import type { SignedIn } from '../src/sign-in/sign-in.ts';
import type { Passkey, User } from '../src/sign-in/user.ts';
import { RefusalError } from '../src/lib/refusal.ts';
import { builder } from './builder.ts';

const PasskeyRef = builder.objectRef<Passkey>('Passkey').implement({
  description: 'An authenticator that proves who signs in.',
  fields: (t) => ({
    id: t.id({ description: 'The credential, as the authenticator named it.', resolve: ({ id }) => id }),
    label: t.string({ description: 'How its owner calls it.', resolve: ({ label }) => label }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was added.', resolve: ({ createdAt }) => createdAt }),
  }),
});

const SessionRef = builder.objectRef<ShownSession>('Session').implement({
  description: 'A browser that is signed in.',
  fields: (t) => ({
    id: t.id({ description: 'ses_…; not the cookie.', resolve: ({ id }) => id }),
    current: t.boolean({
      description: 'Whether this request came from it.',
      resolve: async ({ id }, _args, context) => {
        const caller = await context.caller();
        return caller.ok && caller.value.kind === 'session' && caller.value.sessionId === id;
      },
    }),
    ip: t.string({ description: 'Where it signed in from.', resolve: ({ ip }) => ip }),
    userAgent: t.string({ description: 'What it called itself then.', resolve: ({ userAgent }) => userAgent }),
    createdAt: t.field({ type: 'DateTime', description: 'When it signed in.', resolve: ({ createdAt }) => createdAt }),
    lastSeenAt: t.field({
      type: 'DateTime',
      description: 'When it was last used, to the minute.',
      resolve: ({ lastSeenAt }) => lastSeenAt,
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When the password is asked again at the latest.',
      resolve: ({ expiresAt }) => expiresAt,
    }),
  }),
});

export const UserRef = builder.objectRef<User>('User').implement({
  description: 'A person who may sign in.',
  fields: (t) => ({
    id: t.id({ description: 'usr_…', resolve: ({ id }) => id }),
    accountId: t.id({ description: 'acc_…: what the person runs.', resolve: ({ accountId }) => accountId }),
    email: t.string({ description: 'In lower case.', resolve: ({ email }) => email }),
    emailVerified: t.boolean({
      description: 'Whether a mail to it was answered.',
      resolve: ({ emailVerifiedAt }) => emailVerifiedAt !== null,
    }),
    totp: t.boolean({
      description: 'Whether codes of an authenticator app are asked for.',
      resolve: ({ totpSealed }) => totpSealed !== null,
    }),
    passkeys: t.field({ type: [PasskeyRef], description: 'In the order in which they were added.', resolve: ({ passkeys }) => passkeys }),
    sessions: t.field({
      type: [SessionRef],
      description: 'The browsers that are signed in, the latest first.',
      resolve: ({ id }, _args, { app }) => app.people.sessions(id),
    }),
  }),
});

const SignedInRef = builder.objectRef<SignedIn>('SignedIn').implement({
  description: 'A session, whose cookie is set on the response and stands nowhere in the body; or what is still to be shown.',
  fields: (t) => ({
    accountId: t.id({
      nullable: true,
      description: 'acc_…; null while something is needed.',
      resolve: (signedIn) => (signedIn.kind === 'signed_in' ? signedIn.accountId : null),
    }),
    needs: t.stringList({
      description: 'Empty: signed in. Otherwise the same request again with one of these: totp (`code`) or passkey (`passkey`).',
      resolve: (signedIn) => (signedIn.kind === 'signed_in' ? [] : [...signedIn.needs]),
    }),
    passkeyOptions: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'For `navigator.credentials.get`, when a passkey is needed.',
      resolve: (signedIn) => (signedIn.kind === 'signed_in' ? null : signedIn.passkeyOptions),
    }),
    user: t.field({
      type: UserRef,
      nullable: true,
      description: 'Who is signed in; null while something is needed.',
      resolve: (signedIn, _args, { app }) => (signedIn.kind === 'signed_in' ? app.people.findUser(signedIn.userId) : null),
    }),
  }),
});

export const SignInResult = builder.errorUnion('SignInResult', {
  description: 'A session, what is needed for one, or why there is none.',
  types: [SignedInRef, RefusalError],
  resolveType: () => 'SignedIn',
});

type RecoveryCodes = { readonly codes: readonly string[] };
const RecoveryCodesRef = builder.objectRef<RecoveryCodes>('RecoveryCodes').implement({
  description: 'Codes that each stand in once for the second factor.',
  fields: (t) => ({ codes: t.stringList({ description: 'Shown this once.', resolve: ({ codes }) => [...codes] }) }),
});
export const RecoveryCodesResult = builder.errorUnion('RecoveryCodesResult', {
  description: 'New codes, or why there are none.',
  types: [RecoveryCodesRef, RefusalError],
  resolveType: () => 'RecoveryCodes',
});

type PasskeyOptions = { readonly options: object };
const PasskeyOptionsRef = builder.objectRef<PasskeyOptions>('PasskeyOptions').implement({
  description: 'What an authenticator is asked.',
  fields: (t) => ({
    options: t.field({ type: 'JSONObject', description: 'For `navigator.credentials.create`.', resolve: ({ options }) => options }),
  }),
});
export const PasskeyOptionsResult = builder.errorUnion('PasskeyOptionsResult', {
  description: 'What to ask the authenticator, or why it is not asked.',
  types: [PasskeyOptionsRef, RefusalError],
  resolveType: () => 'PasskeyOptions',
});
