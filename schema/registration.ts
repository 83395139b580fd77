import type { Refusal } from '../src/lib/refusal.ts';
import type { Result } from '../src/lib/result.ts';
import type { RegistrationView } from '../src/registrations/registration.ts';
import type { UseCases } from './context.ts';
import { RefusalError } from '../src/lib/refusal.ts';
import { ok, refuse } from '../src/lib/result.ts';
import { REGISTRATION_NOT_FOUND } from '../src/registrations/poll-registration.ts';
import { builder } from './builder.ts';
import { PlanEnum } from './plan.ts';

export const RegistrationStatusEnum = builder.enumType('RegistrationStatus', {
  description: 'How a registration stands.',
  values: { PENDING: { value: 'pending' }, ACTIVE: { value: 'active' }, EXPIRED: { value: 'expired' } } as const,
});

/** The documented words (conformance R-7). */
const SAVE_THE_KEY = 'Save this API key — it will not be shown again.';

const RegistrationRef = builder.objectRef<RegistrationView>('Registration').implement({
  description: 'An account on its way: it begins with its first payment.',
  fields: (t) => ({
    registrationId: t.id({ description: 'Keep it secret: it hands out the key.', resolve: ({ registrationId }) => registrationId }),
    status: t.field({ type: RegistrationStatusEnum, description: 'How it stands.', resolve: ({ status }) => status }),
    plan: t.field({ type: PlanEnum, description: 'What is paid for.', resolve: ({ plan }) => plan }),
    invoice: t.string({
      nullable: true,
      description: 'The invoice to pay: the current one, another may have been issued since. Null unless pending.',
      resolve: (view) => (view.status === 'pending' ? view.invoice : null),
    }),
    sats: t.field({
      type: 'Sats',
      nullable: true,
      description: 'What it asks for.',
      resolve: (view) => (view.status === 'pending' ? view.sats : null),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When an unpaid registration ends.',
      resolve: (view) => (view.status === 'pending' ? view.expiresAt : null),
    }),
    invoiceExpiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When this invoice ends; asked again after it, another is answered.',
      resolve: (view) => (view.status === 'pending' ? view.invoiceExpiresAt : null),
    }),
    apiKey: t.string({
      nullable: true,
      description: 'The secret key, in the first answer after the payment and never again.',
      resolve: (view) => (view.status === 'active' ? (view.apiKey?.reveal() ?? null) : null),
    }),
    apiKeyRetrieved: t.boolean({
      description: 'An earlier answer held the key.',
      resolve: (view) => view.status === 'active' && view.apiKey === null,
    }),
    message: t.string({
      nullable: true,
      description: 'What to do next, for people.',
      resolve: (view) => (view.status === 'pending' ? view.message : null),
    }),
    termsUrl: t.field({
      type: 'URL',
      nullable: true,
      description: 'The terms that were accepted: in the answer to the registration, where the server names any.',
      resolve: (view) => (view.status === 'pending' ? view.termsUrl : null),
    }),
    note: t.string({
      nullable: true,
      description: 'Comes with the key.',
      resolve: (view) => (view.status === 'active' && view.apiKey !== null ? SAVE_THE_KEY : null),
    }),
  }),
});

export const RegisterResult = builder.errorUnion('RegisterResult', {
  description: 'A registration, or why there is none.',
  types: [RegistrationRef, RefusalError],
  resolveType: () => 'Registration',
});

/** How a registration stands, without any effect. */
export async function readRegistration({ plans }: UseCases, id: string): Promise<Result<RegistrationView['status'], Refusal>> {
  const status = await plans.registrationStatus(id);
  return status === null ? refuse(REGISTRATION_NOT_FOUND) : ok(status);
}
