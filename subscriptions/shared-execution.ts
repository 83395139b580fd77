import type { DocumentNode, ExecutionArgs, ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { createSourceEventStream, execute, Kind } from 'graphql';

/** Root fields whose answer is the same for everybody who asks: they are public, and what they show depends on the state alone. */
const SHARED: readonly string[] = ['checkout'];

/**
 * One execution of an operation for all that follow the same state: readers of one payment are handed the very same object (`gather`), and what an
 * operation makes of an object is the same for each of them.
 */
export function shareExecutions(): Plugin {
  const executions = new WeakMap<object, WeakMap<DocumentNode, Map<string, Promise<ExecutionResult>>>>();
  const runOnce = (args: ExecutionArgs, state: object): Promise<ExecutionResult> => {
    const byDocument = at(executions, state, () => new WeakMap<DocumentNode, Map<string, Promise<ExecutionResult>>>());
    const byVariables = at(byDocument, args.document, () => new Map<string, Promise<ExecutionResult>>());
    const key = JSON.stringify([args.operationName ?? null, args.variableValues ?? null]);
    return at(byVariables, key, async () => execute({ ...args, rootValue: state }));
  };
  return {
    onSubscribe({ args, setSubscribeFn }) {
      if (isShared(args.document)) setSubscribeFn((asked: ExecutionArgs) => subscribeShared(asked, runOnce));
    },
  };
}

async function subscribeShared(args: ExecutionArgs, run: (args: ExecutionArgs, state: object) => Promise<ExecutionResult>) {
  const states = await createSourceEventStream(args);
  return Symbol.asyncIterator in states ? answers(states[Symbol.asyncIterator](), (state) => run(args, state as object)) : states;
}

/** By hand rather than as a generator: a reader that leaves while it waits for the next state must end the stream at once. */
function answers(
  states: AsyncIterator<unknown>,
  answer: (state: unknown) => Promise<ExecutionResult>,
): AsyncIterableIterator<ExecutionResult> {
  const over = { done: true, value: undefined } as const;
  return {
    next: async () => {
      const state = await states.next();
      return state.done ? over : { done: false, value: await answer(state.value) };
    },
    return: async () => {
      await states.return?.();
      return over;
    },
    throw: async (fault) => {
      await states.throw?.(fault);
      throw fault;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Whether it asks for a shared field and for nothing else. */
export function isShared({ definitions }: DocumentNode): boolean {
  const [only, ...more] = definitions;
  if (only?.kind !== Kind.OPERATION_DEFINITION || more.length > 0) return false;
  const [field, ...others] = only.selectionSet.selections;
  return field?.kind === Kind.FIELD && others.length === 0 && SHARED.includes(field.name.value);
}

type Lookup<Key, Value> = { get: (key: Key) => Value | undefined; set: (key: Key, value: Value) => unknown };

function at<Key, Value>(map: Lookup<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
