import type { LinkData } from '../web/link/contract.ts';
import type { GraphqlServer } from './graphql-server.ts';
import type { LinkDoor } from './link-page.ts';
import { parse } from 'graphql';

/** The page is a customer of the public schema like any other: this is the whole of what it may see and do. */
const LINK = parse(`query LinkPage($id: ID!) {
  publicLink(id: $id) { id title description amountFiat currency status mode minimumFiat approximateSats merchant { name logoUrl brandColour } }
}`);
const PAY = parse(`mutation PayLinkPage($input: PayPaymentLinkInput!) {
  payPaymentLink(input: $input) {
    __typename
    ... on PaymentSession { paymentId }
    ... on Refusal { code retryAfterSeconds }
  }
}`);

type PayAnswer =
  | { readonly __typename: 'PaymentSession'; readonly paymentId: string }
  | { readonly __typename: 'Refusal'; readonly code: string; readonly retryAfterSeconds: number | null };

/** Reads links and starts payments from them, for the page. Both reject when the server itself failed. */
export function linkDoor({ makeContext, execute }: Pick<GraphqlServer, 'makeContext' | 'execute'>): LinkDoor {
  /** Looking is not counted; starting a payment is, like any other. */
  const nobody = (address: string | null) => makeContext({ authorization: null, idempotencyKey: null, address });
  return {
    load: async (id) => {
      const { data, errors } = await execute(LINK, { id }, nobody(null));
      if (errors?.[0]) throw errors[0];
      return (data?.['publicLink'] ?? null) as LinkData | null; // the selection above is the shape of LinkData
    },
    pay: async (input, address) => {
      const { data, errors } = await execute(PAY, { input }, nobody(address));
      if (errors?.[0]) throw errors[0];
      const answer = data?.['payPaymentLink'] as PayAnswer; // the selection above is the shape of PayAnswer
      if (answer.__typename === 'PaymentSession') return { paymentId: answer.paymentId };
      return { code: answer.code, retryAfterSeconds: answer.retryAfterSeconds };
    },
  };
}
