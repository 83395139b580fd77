import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import { getOperationAST, OperationTypeNode } from 'graphql';

/** A document that holds one query or mutation, and has passed every check that depends on the document alone. */
export type KnownDocument = { readonly document: DocumentNode; readonly operation: OperationDefinitionNode };

export type KnownDocuments = {
  /** Null: not seen yet, forgotten, or nothing that is answered once. */
  readonly find: (text: string) => KnownDocument | null;
  /** Call with what was parsed from its text, validated, and held against all limits. */
  readonly learn: (document: DocumentNode) => void;
};

/** More than the pages, the REST routes and the integrations of a busy server use; beyond it the longest unused one is forgotten. */
const DOCUMENTS_MAX = 500;
/** No operation of ours is half as long; longer ones are validated as ever, and are not kept. */
const TEXT_CHARS_MAX = 8_000;

/** Remembers by their text the documents that need no second look. Subscriptions are left out: they are answered by streams. */
export function knownDocuments(most = DOCUMENTS_MAX): KnownDocuments {
  const known = new Map<string, KnownDocument>();
  const keep = (text: string, found: KnownDocument) => {
    known.delete(text); // insertion order is the order of the last use
    known.set(text, found);
  };
  return {
    find: (text) => {
      const found = known.get(text);
      if (found) keep(text, found);
      return found ?? null;
    },
    learn: (document) => {
      const text = document.loc?.source.body;
      const operation = getOperationAST(document);
      if (text === undefined || text.length > TEXT_CHARS_MAX || !operation || operation.operation === OperationTypeNode.SUBSCRIPTION)
        return;
      keep(text, { document, operation });
      const [oldest] = known.keys();
      if (known.size > most && oldest !== undefined) known.delete(oldest);
    },
  };
}
