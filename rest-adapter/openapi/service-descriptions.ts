import type { RouteDescriptions } from './description.ts';

const HINT_REPLY = {
  description: 'Taken. The answer says nothing else, whatever was sent.',
  schema: { type: 'object', maxProperties: 0 },
  examples: { taken: {} },
};

/** TABLE: what other servers call, and this document, in words. */
export const SERVICE_DESCRIPTIONS: RouteDescriptions = {
  'GET /api/v1/openapi.json': {
    tag: 'Service',
    summary: 'Get this document',
    description: 'The OpenAPI description of every route below /api/v1. Load it into any OpenAPI-to-MCP converter to make tools of them.',
    operationId: 'getOpenApi',
    reply: {
      description: 'This document.',
      schema: { type: 'object', required: ['openapi', 'info', 'paths'], additionalProperties: true },
      examples: { head: { openapi: '3.1.0', info: {}, paths: {} } },
    },
  },
  'POST /api/v1/webhooks/:provider/:token': {
    tag: 'Service',
    summary: 'Take a provider’s hint',
    description:
      'For swap providers only. A call means no more than that it is time to look; its body is not read, and nothing it says is believed.',
    operationId: 'hintSwap',
    params: {
      provider: { description: 'Name of the provider.', schema: { type: 'string' }, example: 'boltz' },
      token: { description: 'The secret of one swap.', schema: { type: 'string' }, example: 'k3v9w0' },
    },
    reply: HINT_REPLY,
  },
  'POST /api/v1/account/register/boltz-webhook': {
    tag: 'Service',
    summary: 'Take a provider’s hint at a registration',
    description: 'For the swap provider only. A call means no more than that it is time to look; nothing it says is believed.',
    operationId: 'hintRegistration',
    reply: HINT_REPLY,
  },
};
