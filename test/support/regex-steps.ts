/**
 * How many steps a backtracking matcher takes for a pattern, without a clock: the plain textbook machine, which tries every way to read
 * the text in the order of the pattern. It knows what our patterns use: letters, classes, groups, look-behind of one letter, quantifiers.
 */
type Test = (char: string) => boolean;
type Node =
  | { readonly kind: 'char'; readonly test: Test }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'notBehind'; readonly test: Test }
  | { readonly kind: 'either'; readonly ways: readonly (readonly Node[])[] }
  | { readonly kind: 'repeat'; readonly node: Node; readonly least: number; readonly most: number };

export function countSteps(pattern: RegExp, text: string): number {
  const nodes = parse(pattern);
  let steps = 0;
  const run = (list: readonly Node[], place: number, at: number, then: (at: number) => boolean): boolean => {
    steps++;
    const node = list[place];
    if (!node) return then(at);
    const rest = (next: number) => run(list, place + 1, next, then);
    switch (node.kind) {
      case 'start':
        return at === 0 && rest(at);
      case 'end':
        return at === text.length && rest(at);
      case 'notBehind':
        return !(at > 0 && node.test(text.charAt(at - 1))) && rest(at);
      case 'char':
        return at < text.length && node.test(text.charAt(at)) && rest(at + 1);
      case 'either':
        return node.ways.some((way) => run(way, 0, at, rest));
      case 'repeat': {
        const again = (count: number, from: number): boolean => {
          const more = count < node.most && run([node.node], 0, from, (next) => next > from && again(count + 1, next));
          return more || (count >= node.least && rest(from));
        };
        return again(0, at);
      }
    }
  };
  for (let from = 0; from <= text.length; from++) if (run(nodes, 0, from, () => true)) break;
  return steps;
}

const CLASSES: { readonly [letter: string]: Test } = { s: (char) => /\s/.test(char) };

function parse({ source, ignoreCase }: RegExp): readonly Node[] {
  let at = 0;
  const literal =
    (wanted: string): Test =>
    (char) =>
      ignoreCase ? char.toLowerCase() === wanted.toLowerCase() : char === wanted;
  const take = (word: string) => {
    const isNext = source.startsWith(word, at);
    if (isNext) at += word.length;
    return isNext;
  };
  const next = () => source.charAt(at++);
  const escaped = (): Test => {
    const letter = next();
    return CLASSES[letter] ?? literal(letter);
  };
  const classTest = (): Test => {
    const isNegated = take('^');
    const tests: Test[] = [];
    while (!take(']')) {
      const low = take('\\') ? next() : next();
      if (source.charAt(at) !== '-' || source.charAt(at + 1) === ']') tests.push(literal(low));
      else {
        at++;
        const high = next();
        const inside = (char: string) => char >= low && char <= high;
        tests.push((char) => inside(char) || (ignoreCase && (inside(char.toLowerCase()) || inside(char.toUpperCase()))));
      }
    }
    return (char) => tests.some((test) => test(char)) !== isNegated;
  };
  const atom = (): Node => {
    if (take('(?<!')) {
      const [first, ...more] = sequence();
      if (first?.kind !== 'char' || more.length > 0 || !take(')')) throw new Error('a look-behind of more than one letter');
      return { kind: 'notBehind', test: first.test };
    }
    if (take('(?:') || take('(')) {
      const ways = [sequence()];
      while (take('|')) ways.push(sequence());
      if (!take(')')) throw new Error(`not understood at ${at}: ${source}`);
      return { kind: 'either', ways };
    }
    if (take('[')) return { kind: 'char', test: classTest() };
    if (take('\\')) return { kind: 'char', test: escaped() };
    if (take('^')) return { kind: 'start' };
    if (take('$')) return { kind: 'end' };
    if (take('.')) return { kind: 'char', test: (char) => char !== '\n' };
    return { kind: 'char', test: literal(next()) };
  };
  const quantified = (node: Node): Node => {
    if (take('*')) return { kind: 'repeat', node, least: 0, most: Number.POSITIVE_INFINITY };
    if (take('+')) return { kind: 'repeat', node, least: 1, most: Number.POSITIVE_INFINITY };
    if (take('?')) return { kind: 'repeat', node, least: 0, most: 1 };
    const [whole, least, comma, most] = /^\{(\d+)(,?)(\d*)\}/.exec(source.slice(at)) ?? [];
    if (whole === undefined || least === undefined) return node;
    at += whole.length;
    const upTo = most ? Number(most) : Number.POSITIVE_INFINITY;
    return { kind: 'repeat', node, least: Number(least), most: comma ? upTo : Number(least) };
  };
  const sequence = (): Node[] => {
    const nodes: Node[] = [];
    while (at < source.length && !')|'.includes(source.charAt(at))) nodes.push(quantified(atom()));
    return nodes;
  };
  const nodes = sequence();
  if (at < source.length) throw new Error(`not understood at ${at}: ${source}`);
  return nodes;
}
