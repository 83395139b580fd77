import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLNamedType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql';
import { GraphQLError, getNamedType, isCompositeType, isInterfaceType, isObjectType, Kind } from 'graphql';

/** Beyond depth, cost, aliases, directives and tokens, which graphql-armor limits. */
export const DOCUMENT_LIMITS = {
  /** One request does one thing. */
  operations: 1,
  /** Each of them spends from its own limit and answers for itself; more in one request is no form that a person fills in. */
  rootMutations: 10,
  /** More than any page of ours asks at once. */
  rootQueries: 10,
  /** The same name again in one selection means the same field; a few come from fragments that overlap. */
  repeats: 3,
  /** Rows that lists inside lists may add up to: the largest page of payments with the usual page of deliveries each. */
  rows: 2_000,
  /** Fields after all fragments are written out. What is read is bounded by tokens; fragments in fragments would multiply it. */
  fields: 500,
} as const;

/** Values in all variables together: metadata of 2 KB cannot have more than half as many. */
export const VARIABLE_VALUES_MAX = 2_000;

/** A page of a list that names no size, and the most that any gives. */
const PAGE = { usual: 20, most: 100 } as const;

/** Why a document is not worth validating; null when it is. It is asked first: its own cost is bounded by `fields`. */
export function documentFault(schema: GraphQLSchema, document: DocumentNode): GraphQLError | null {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const foreign = document.definitions.some(({ kind }) => kind !== Kind.OPERATION_DEFINITION && kind !== Kind.FRAGMENT_DEFINITION);
  if (foreign || operations.length !== DOCUMENT_LIMITS.operations) return fault('Send exactly one operation');
  const fragments = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])),
  );
  const walk: Walk = { schema, fragments, fields: 0, open: new Set() };
  for (const operation of operations) {
    const error = operationFault(walk, operation);
    if (error) return error;
  }
  return null;
}

/** Why variables are not worth reading; null when they are. */
export function variablesFault(variables: unknown): GraphQLError | null {
  let values = 0;
  const waiting: unknown[] = [variables];
  for (let value = waiting.pop(); value !== undefined || waiting.length > 0; value = waiting.pop()) {
    if (++values > VARIABLE_VALUES_MAX) return fault(`Variables limit of ${VARIABLE_VALUES_MAX} values exceeded`);
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) waiting.push(inner ?? null);
  }
  return null;
}

type Walk = {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  fields: number;
  /** Fragments that are being written out: one inside itself has no end. */
  readonly open: Set<string>;
};

function operationFault(walk: Walk, operation: OperationDefinitionNode): GraphQLError | null {
  const root = walk.schema.getRootType(operation.operation);
  const most = operation.operation === 'query' ? DOCUMENT_LIMITS.rootQueries : DOCUMENT_LIMITS.rootMutations;
  const fields = collect(walk, operation.selectionSet, root ?? undefined);
  if (fields instanceof GraphQLError) return fields;
  if (fields.length > most) return fault(`Root fields limit of ${most} exceeded`);
  return fieldsFault(walk, fields, 1);
}

type Placed = { readonly node: FieldNode; readonly parent: GraphQLNamedType | undefined };

function fieldsFault(walk: Walk, fields: readonly Placed[], rows: number): GraphQLError | null {
  const counts = new Map<string, number>();
  for (const { node, parent } of fields) {
    const name = node.alias?.value ?? node.name.value;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    if (count > DOCUMENT_LIMITS.repeats) return fault(`Field repeat limit of ${DOCUMENT_LIMITS.repeats} exceeded`);
    const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    const isList = definition?.args.some((argument) => argument.name === 'first') ?? false;
    const below = isList ? rows * pageOf(node) : rows;
    if (below > DOCUMENT_LIMITS.rows)
      return fault(`Lists inside lists limit of ${DOCUMENT_LIMITS.rows} rows exceeded: ask for smaller pages`);
    if (!node.selectionSet) continue;
    const inner = collect(walk, node.selectionSet, definition && getNamedType(definition.type));
    const error = inner instanceof GraphQLError ? inner : fieldsFault(walk, inner, below);
    if (error) return error;
  }
  return null;
}

/** The fields of a selection with its fragments written out. */
function collect(walk: Walk, set: SelectionSetNode, parent: GraphQLNamedType | undefined): Placed[] | GraphQLError {
  const placed: Placed[] = [];
  for (const selection of set.selections) {
    if (++walk.fields > DOCUMENT_LIMITS.fields) return fault(`Fields limit of ${DOCUMENT_LIMITS.fields} exceeded`);
    if (selection.kind === Kind.FIELD) {
      placed.push({ node: selection, parent });
      continue;
    }
    const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : null;
    const fragment = name === null ? selection : walk.fragments.get(name);
    if (!fragment || !('selectionSet' in fragment)) continue; // an unknown one is said by validation
    if (name !== null && walk.open.has(name)) return fault('A fragment contains itself');
    if (name !== null) walk.open.add(name);
    const inner = collect(walk, fragment.selectionSet, typeOf(walk.schema, fragment.typeCondition?.name.value, parent));
    if (name !== null) walk.open.delete(name);
    if (inner instanceof GraphQLError) return inner;
    placed.push(...inner);
  }
  return placed;
}

function typeOf(schema: GraphQLSchema, condition: string | undefined, parent: GraphQLNamedType | undefined): GraphQLNamedType | undefined {
  if (condition === undefined) return parent;
  const type = schema.getType(condition);
  return isCompositeType(type) ? type : undefined;
}

/** What a list is asked for; a variable may be anything up to the largest page. */
function pageOf(node: FieldNode): number {
  const value = node.arguments?.find(({ name }) => name.value === 'first')?.value;
  if (!value || value.kind === Kind.NULL) return PAGE.usual;
  if (value.kind !== Kind.INT) return PAGE.most;
  return Math.min(PAGE.most, Math.max(1, Number(value.value)));
}

function fault(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'document_refused' } });
}
