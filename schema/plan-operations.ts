import { accepted } from '../src/lib/refusal.ts';
import { builder } from './builder.ts';
import { PlanResult, PlanStatusRef } from './plan.ts';
import { RegisterResult } from './registration.ts';

const RegisterInput = builder.inputType('RegisterInput', {
  description: 'Who wants an account. Loose on purpose: what is missing is said in the documented words.',
  fields: (t) => ({
    email: t.string({ description: 'To sign in with.' }),
    password: t.string({ description: 'At least 8 characters, at most 128 bytes.' }),
    plan: t.string({ description: 'monthly or yearly.' }),
    termsAccepted: t.boolean({ description: 'Must be true.' }),
  }),
});

builder.mutationFields((t) => ({
  register: t.field({
    type: RegisterResult,
    description: 'Asks for an account and answers the invoice that opens it. Public.',
    limit: 'account_signup',
    args: { input: t.arg({ type: RegisterInput, required: true }) },
    resolve: async (_root, { input }, { app }) => {
      const { email, password, plan, termsAccepted } = input;
      return accepted(await app.plans.register({ email, password, plan, termsAccepted }));
    },
  }),
  pollRegistration: t.field({
    type: RegisterResult,
    description: 'How a registration stands. A mutation: the first answer after the payment makes the key and hands it over. Public.',
    limit: 'register_status',
    args: { registrationId: t.arg.id({ required: true }) },
    resolve: async (_root, { registrationId }, { app }) => accepted(await app.plans.poll(String(registrationId))),
  }),
  createPlanInvoice: t.field({
    type: PlanResult,
    description: 'An invoice for another period of a plan; asked again while the last one can be paid, that one.',
    limit: 'change',
    authScopes: { secret: true },
    args: { plan: t.arg.string({ description: 'monthly or yearly.' }) },
    resolve: async (_root, { plan }, { app, caller, requestId }) => {
      const { accountId } = accepted(await caller());
      return accepted(await app.plans.renew({ accountId, requestId }, { plan }));
    },
  }),
}));

builder.queryField('plan', (t) =>
  t.field({
    type: PlanStatusRef,
    description: 'How this account stands with its plan.',
    authScopes: { secret: true },
    resolve: async (_root, _args, { app, caller }) => app.plans.status(accepted(await caller()).accountId),
  }),
);
