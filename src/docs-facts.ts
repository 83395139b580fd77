import type { OpenApi, Operation } from '../rest-adapter/openapi/document.ts';
import type { Chapter, DocsFacts, FieldFact, LimitFact, OperationFact } from '../web/docs/contract.ts';
import type { Sdk } from './sdk-files.ts';
import { errorRows } from '../rest-adapter/openapi/errors.ts';
import { LIMITS } from './limits/limits.ts';

export type DocsSource = {
  readonly openApi: OpenApi;
  readonly sdk: Sdk['pinned'];
  readonly apiUrl: string;
  readonly publicUrl: string;
  readonly sandbox: boolean;
  readonly termsUrl?: string | null;
};

/** What the documentation says that the code decides: errors, limits, routes. Pure. */
export function docsFacts({ openApi, sdk, apiUrl, publicUrl, sandbox, termsUrl = null }: DocsSource): DocsFacts {
  return {
    ...{ apiUrl, publicUrl, sandbox, termsUrl, sdk },
    errors: errorRows().map(({ status, error, code, meaning, documented }) => ({
      status,
      error,
      code,
      meaning,
      documented: documented ?? false,
    })),
    limits: Object.values(LIMITS).map(
      ({ covers, limit, windowMs, per }): LimitFact => ({ covers, limit, window: windowWords(windowMs), per: PER[per] ?? per }),
    ),
    chapters: chaptersOf(openApi),
  };
}

const PER: { readonly [subject: string]: string } = { ip: 'address', key: 'key', account: 'account', email: 'e-mail address' };

function windowWords(ms: number): string {
  const minutes = ms / 60_000;
  return minutes === 60 ? '1 hour' : minutes === 1 ? '1 minute' : `${minutes} minutes`;
}

// biome-ignore lint/suspicious/noExplicitAny: the document is our own, built in rest-adapter/openapi/document.ts and tested against its schema
type Node = any;

function chaptersOf(openApi: OpenApi): readonly Chapter[] {
  const tags: readonly { name: string; description: string }[] = (openApi as Node).tags;
  const operations = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      tag: operation.tags[0],
      fact: operationFact({ method: method.toUpperCase(), path, operation }, openApi),
    })),
  );
  return tags.flatMap(({ name, description }) => {
    const own = operations.filter(({ tag }) => tag === name).map(({ fact }) => fact);
    return own.length === 0 ? [] : [{ name, about: description, operations: own }];
  });
}

type Place = { readonly method: string; readonly path: string; readonly operation: Operation };

function operationFact({ method, path, operation }: Place, openApi: OpenApi): OperationFact {
  const { parameters, requestBody, responses, security } = operation as Node;
  const body = requestBody?.content['application/json'];
  const entries = Object.entries<Node>(responses).filter(([, { content }]) => content);
  const [good] = entries.filter(([status]) => status.startsWith('2'));
  const refusals = entries.filter(([status]) => !status.startsWith('2'));
  return {
    ...{ id: operation.operationId, method, path, summary: operation.summary, about: String(operation['description']) },
    keys: keysOf(security),
    parameters: parameters.map(
      (one: Node): FieldFact => ({ name: one.name, type: typeOf(one.schema), required: one.required ?? false, about: one.description }),
    ),
    fields: Object.entries<Node>(body?.schema.properties ?? {}).map(([name, schema]) => ({
      ...{ name, type: typeOf(schema), required: body.schema.required?.includes(name) ?? false },
      about: resolved(schema, openApi).description ?? '',
    })),
    request: body && takesKeys(security) ? curlOf({ method, path, security }, firstExample(body)) : null,
    reply: { status: good?.[0] ?? '', example: exampleText(good?.[1].content) },
    refusals: refusals.flatMap(([status, { content }]) =>
      Object.entries<Node>(content['application/json'].examples).map(([code, { value }]) => ({
        status: status === 'default' ? '500' : status,
        error: value.error,
        code,
      })),
    ),
  };
}

function keysOf(security: readonly object[]): string {
  const names = security.flatMap((one) => Object.keys(one));
  const words: { readonly [name: string]: string } = {
    ...{ secretKey: 'secret key', testKey: 'test key', publishableKey: 'publishable key', session: 'session' },
  };
  return names.length === 0 ? 'No key needed.' : `Takes a ${names.map((name) => words[name] ?? name).join(' or ')}.`;
}

function typeOf(schema: Node): string {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  return schema.$ref ? 'object' : [schema.type ?? 'any'].flat().join(' or ');
}

function resolved(schema: Node, openApi: OpenApi): Node {
  return schema.$ref ? (openApi as Node).components.schemas[schema.$ref.split('/').at(-1)] : schema;
}

function firstExample({ examples }: Node): unknown {
  return Object.values<Node>(examples)[0]?.value ?? {};
}

function exampleText(content: Node): string {
  const [media] = Object.values<Node>(content ?? {});
  const example = media ? firstExample(media) : {};
  return typeof example === 'string' ? example : JSON.stringify(example, null, 2);
}

/** What only a signed-in browser may call is no call of a shell. */
function takesKeys(security: readonly object[]): boolean {
  return security.length === 0 || security.some((one) => 'secretKey' in one);
}

/** `API` stands for the host. */
function curlOf({ method, path, security }: { method: string; path: string; security: readonly object[] }, body: unknown): string {
  const key = security.length === 0 ? '' : '  -H "Authorization: Bearer $AVOPAY_SECRET_KEY" \\\n';
  return `curl -X ${method} API${path} \\\n${key}  -H "Content-Type: application/json" \\\n  -d '${JSON.stringify(body)}'`;
}
