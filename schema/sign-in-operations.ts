import type { Result } from '../src/lib/result.ts';
import type { Refusal } from '../src/lib/refusal.ts';
import type { SignedIn } from '../src/sign-in/sign-in.ts';
import type { RequestContext } from './context.ts';
import { accepted } from '../src/lib/refusal.ts';
import { builder } from './builder.ts';
import { DoneResult } from './done.ts';
import { needCookies, signedIn, visitorOf } from './person.ts';
import { SignInResult, UserRef } from './user.ts';

const DONE = { ok: true } as const;

/** Hands the new session to the transport; the body never holds it. */
function handOver(context: RequestContext, result: Result<SignedIn, Refusal>): SignedIn {
  const signed = accepted(result);
  if (signed.kind === 'signed_in') context.answer.session = signed.session;
  return signed;
}

builder.queryFields((t) => ({
  viewer: t.field({
    type: UserRef,
    nullable: true,
    description: 'The person who is signed in.',
    authScopes: { session: true },
    resolve: async (_root, _args, context) => context.app.people.findUser((await signedIn(context)).userId),
  }),
}));

builder.mutationFields((t) => ({
  signUp: t.field({
    type: SignInResult,
    description: 'Makes an account in trial, and signs its owner in. Public.',
    limit: 'account_signup',
    args: {
      email: t.arg.string(),
      password: t.arg.string({ description: '8 characters to 128 bytes.' }),
      name: t.arg.string({ description: 'What payers see; can be changed.' }),
      termsAccepted: t.arg.boolean({ description: 'Must be true.' }),
    },
    resolve: async (_root, { email = null, password = null, name = null, termsAccepted }, context) => {
      needCookies(context);
      const input = { email, password, name, termsAccepted: termsAccepted === true };
      return handOver(context, await context.app.people.signUp(input, visitorOf(context)));
    },
  }),
  signIn: t.field({
    type: SignInResult,
    description: 'Signs somebody in. The same answer for an unknown address and a wrong password. Public.',
    limit: 'auth_login',
    args: {
      email: t.arg.string(),
      password: t.arg.string(),
      code: t.arg.string({ description: 'Of the authenticator app, or a recovery code.' }),
      passkey: t.arg({ type: 'JSONObject', description: 'What `navigator.credentials.get` answered.' }),
    },
    resolve: async (_root, { email = null, password = null, code = null, passkey }, context) => {
      needCookies(context);
      return handOver(context, await context.app.people.signIn({ email, password, code, passkey }, visitorOf(context)));
    },
  }),
  signOut: t.field({
    type: DoneResult,
    description: 'Signs this browser out, or every browser of this person.',
    limit: 'change',
    authScopes: { session: true },
    args: { everywhere: t.arg.boolean() },
    resolve: async (_root, { everywhere }, context) => {
      await context.app.people.signOut(await signedIn(context), everywhere === true, visitorOf(context));
      context.answer.session = null;
      return DONE;
    },
  }),
  endSession: t.field({
    type: DoneResult,
    description: 'Signs one browser of this person out.',
    limit: 'change',
    authScopes: { session: true },
    args: { id: t.arg.id({ required: true, description: 'ses_…' }) },
    resolve: async (_root, { id }, context) => {
      accepted(await context.app.people.endSession(await signedIn(context), id));
      return DONE;
    },
  }),
}));

builder.mutationFields((t) => ({
  requestPasswordReset: t.field({
    type: DoneResult,
    description: 'Sends a mail by which a new password can be chosen. The same answer for an unknown address. Public.',
    limit: 'change',
    args: { email: t.arg.string() },
    resolve: async (_root, { email = null }, { app }) => {
      accepted(await app.people.requestPasswordReset({ email }));
      return DONE;
    },
  }),
  resetPassword: t.field({
    type: DoneResult,
    description: 'Sets a new password by the token of a mail, and signs every browser out. Signs nobody in. Public.',
    limit: 'change',
    args: { token: t.arg.string(), password: t.arg.string() },
    resolve: async (_root, { token = null, password = null }, context) => {
      accepted(await context.app.people.resetPassword({ token, password }, visitorOf(context)));
      return DONE;
    },
  }),
  verifyEmail: t.field({
    type: DoneResult,
    description: 'Confirms an e-mail address by the token of a mail. Public.',
    limit: 'change',
    args: { token: t.arg.string() },
    resolve: async (_root, { token = null }, context) => {
      accepted(await context.app.people.verifyEmail({ token }, visitorOf(context)));
      return DONE;
    },
  }),
}));
