/** What is changed of a provider's answer, and the change, made in place. */
export type AnswerMutant = readonly [name: string, change: (answer: Record<string, unknown>) => void];

/**
 * Lies about every field of an honest answer to the creation of a swap.
 * @param spots so many characters of each text are changed, one at a time, from its first to its last
 */
export function answerMutants(honest: object, spots: number): AnswerMutant[] {
  return Object.entries(honest).flatMap(([name, value]) => mutants(value, { path: name, spots }));
}

/** Every text with one character changed, every number one off, every field gone or of another type. */
function mutants(value: unknown, { path, spots }: { path: string; spots: number }): AnswerMutant[] {
  const at = (root: Record<string, unknown>) =>
    path
      .split('.')
      .slice(0, -1)
      .reduce<Record<string, unknown>>((node, key) => node[key] as Record<string, unknown>, root);
  const key = path.split('.').at(-1) ?? '';
  const set = (name: string, next: unknown): AnswerMutant => [
    `${path} ${name}`,
    (root) => {
      at(root)[key] = next;
    },
  ];
  const gone: AnswerMutant = [`${path} gone`, (root) => void delete at(root)[key]];
  const common = [gone, set('null', null), set('a list', [value]), set('empty', '')];
  if (typeof value === 'number')
    return [
      ...common,
      set('negative', -value),
      set('as text', String(value)),
      set('half', value + 0.5),
      ...(path === 'onchainAmount' ? [set('one less', value - 1)] : [set('one more', value + 1), set('one less', value - 1)]),
    ];
  if (typeof value === 'string') {
    const flips = Array.from({ length: spots }, (_, i) => Math.floor((i * (value.length - 1)) / (spots - 1)));
    const other = (character: string) => (character === '2' ? '3' : '2');
    const changed = [...new Set(flips)].map((spot) =>
      set(`changed at ${spot}`, value.slice(0, spot) + other(value[spot] ?? '') + value.slice(spot + 1)),
    );
    return [
      ...common,
      ...(path === 'id' ? [] : [...changed, set('cut', value.slice(0, -1)), set('longer', `${value}0`), set('doubled', value + value)]),
    ];
  }
  return [...common, ...Object.entries(value as object).flatMap(([name, inner]) => mutants(inner, { path: `${path}.${name}`, spots }))];
}
