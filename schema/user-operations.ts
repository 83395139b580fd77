import { accepted } from '../src/lib/refusal.ts';
import { builder } from './builder.ts';
import { DoneResult } from './done.ts';
import { signedIn, visitorOf } from './person.ts';
import { PasskeyOptionsResult, RecoveryCodesResult } from './user.ts';

const DONE = { ok: true } as const;

// Arguments are loose: what is missing is refused in words by the use case, after authorisation.
builder.mutationFields((t) => ({
  requestEmailVerification: t.field({
    type: DoneResult,
    description: 'Sends the mail that confirms the address once more.',
    limit: 'change',
    authScopes: { session: true },
    resolve: async (_root, _args, context) => {
      accepted(await context.app.people.requestEmailVerification(await signedIn(context)));
      return DONE;
    },
  }),
  changePassword: t.field({
    type: DoneResult,
    description: 'Sets a new password. Every other browser is signed out.',
    limit: 'auth_login',
    authScopes: { recent: true },
    args: { current: t.arg.string(), password: t.arg.string() },
    resolve: async (_root, { current, password }, context) => {
      const input = { current: current ?? '', password: password ?? '' };
      accepted(await context.app.people.changePassword(await signedIn(context), input, visitorOf(context)));
      return DONE;
    },
  }),
  changeEmail: t.field({
    type: DoneResult,
    description: 'Sends a mail to a new address, which becomes the person’s when its token comes back.',
    limit: 'change',
    authScopes: { recent: true },
    args: { email: t.arg.string() },
    resolve: async (_root, { email }, context) => {
      accepted(await context.app.people.changeEmail(await signedIn(context), { email: email ?? '' }));
      return DONE;
    },
  }),
  setTotp: t.field({
    type: DoneResult,
    description: 'Asks for codes of an authenticator app from now on; without a secret, no longer.',
    limit: 'auth_login',
    authScopes: { recent: true },
    args: {
      secret: t.arg.string({ description: 'Base32, made by the caller: at least 26 characters.' }),
      code: t.arg.string({ description: 'The code that the app shows now.' }),
    },
    resolve: async (_root, { secret = null, code = null }, context) => {
      accepted(await context.app.people.changeTotp(await signedIn(context), { secret, code }, visitorOf(context)));
      return DONE;
    },
  }),
}));

builder.mutationFields((t) => ({
  makeRecoveryCodes: t.field({
    type: RecoveryCodesResult,
    description: 'Ten new recovery codes; the old ones end.',
    limit: 'change',
    authScopes: { recent: true },
    resolve: async (_root, _args, context) => ({
      codes: accepted(await context.app.people.makeRecoveryCodes(await signedIn(context), visitorOf(context))),
    }),
  }),
  startPasskey: t.field({
    type: PasskeyOptionsResult,
    description: 'Begins to add a passkey: what the authenticator is to be asked, within five minutes.',
    limit: 'change',
    authScopes: { recent: true },
    resolve: async (_root, _args, context) => ({ options: accepted(await context.app.people.startPasskey(await signedIn(context))) }),
  }),
  addPasskey: t.field({
    type: DoneResult,
    description: 'Adds a passkey; one is asked for from now on.',
    limit: 'change',
    authScopes: { recent: true },
    args: { response: t.arg({ type: 'JSONObject', description: 'What `navigator.credentials.create` answered.' }), label: t.arg.string() },
    resolve: async (_root, { response, label }, context) => {
      const input = { response, label: label ?? '' };
      accepted(await context.app.people.addPasskey(await signedIn(context), input, visitorOf(context)));
      return DONE;
    },
  }),
  removePasskey: t.field({
    type: DoneResult,
    description: 'Removes a passkey.',
    limit: 'change',
    authScopes: { recent: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) => {
      accepted(await context.app.people.removePasskey(await signedIn(context), { id }, visitorOf(context)));
      return DONE;
    },
  }),
}));
