import type { OperationResult, Route } from './route.ts';
import { jsonNumber } from '../src/lib/json.ts';
import { REFUSAL, textOrNull } from './variables.ts';

const REGISTRATION =
  '... on Registration { registrationId status plan invoice sats expiresAt invoiceExpiresAt apiKey apiKeyRetrieved text: message note termsUrl }';

/** What is no text is a password of one character: refused as too short, and never taken for one that was meant. */
function passwordOf(value: unknown): string | null {
  return value === undefined || value === null || typeof value === 'string' ? (value ?? null) : '?';
}

/** The documented four shapes (conformance R-7); what is additive stands last. */
function statusReply(registration: OperationResult): object {
  const { status, apiKey, note } = registration;
  if (status === 'EXPIRED') return { status: 'expired' };
  if (status === 'ACTIVE') {
    return apiKey === null
      ? { status: 'active', api_key_retrieved: true }
      : { status: 'active', api_key: apiKey, plan: registration.plan.toLowerCase(), note };
  }
  return {
    status: 'pending',
    invoice: registration.invoice,
    sats: jsonNumber(registration.sats),
    expires_at: registration.expiresAt,
    invoice_expires_at: registration.invoiceExpiresAt,
    ...(registration.text === null ? {} : { message: registration.text }),
  };
}

/** TABLE: accounts that begin with a payment, and plans. */
export const PLAN_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/api/v1/account/register',
    status: 201,
    audience: 'public',
    limit: 'account_signup',
    crossOrigin: false,
    operation: `mutation Register($input: RegisterInput!) {
      result: register(input: $input) { __typename ${REGISTRATION} ${REFUSAL} }
    }`,
    variables: ({ body }) => {
      const terms = body['terms_accepted'] ?? null;
      return {
        input: {
          email: textOrNull(body['email']),
          password: passwordOf(body['password']),
          plan: textOrNull(body['plan']),
          termsAccepted: terms === null ? null : terms === true,
        },
      };
    },
    reply: (registration) => ({
      registration_id: registration.registrationId,
      invoice: registration.invoice,
      sats: jsonNumber(registration.sats),
      plan: registration.plan.toLowerCase(),
      expires_at: registration.expiresAt,
      message: registration.text,
      invoice_expires_at: registration.invoiceExpiresAt,
      ...(registration.termsUrl === null ? {} : { terms_url: registration.termsUrl }),
    }),
  },
  {
    method: 'GET',
    path: '/api/v1/account/register/status/:registration_id',
    status: 200,
    audience: 'public',
    limit: 'register_status',
    crossOrigin: false,
    unsafeGet: true,
    operation: `mutation PollRegistration($id: ID!) {
      result: pollRegistration(registrationId: $id) { __typename ${REGISTRATION} ${REFUSAL} }
    }`,
    variables: ({ params }) => ({ id: params['registration_id'] }),
    reply: statusReply,
  },
  {
    method: 'POST',
    path: '/api/v1/account/subscription',
    status: 201,
    audience: 'secret',
    limit: 'change',
    crossOrigin: false,
    operation: `mutation CreatePlanInvoice($plan: String) {
      result: createPlanInvoice(plan: $plan) { __typename ... on PlanPeriod { id plan status sats invoice invoiceExpiresAt } ${REFUSAL} }
    }`,
    variables: ({ body }) => ({ plan: textOrNull(body['plan']) }),
    reply: (period) => ({
      id: period.id,
      plan: period.plan.toLowerCase(),
      status: period.status,
      sats: jsonNumber(period.sats),
      invoice: period.invoice,
      invoice_expires_at: period.invoiceExpiresAt,
    }),
  },
];
