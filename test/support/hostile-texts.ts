/** Texts that would do something if a page took them for more than text. `X` becomes an address that must never be asked. */
const TEMPLATES = [
  '<script>alert(1)</script>',
  '</script><script>alert(1)</script>',
  '<img src=X onerror=alert(1)>',
  '"><img src=X onerror=alert(1)>',
  "'><svg onload=alert(1)>",
  '</title><script src=X></script>',
  '</style><link rel=stylesheet href=X>',
  '<style>@import url(X);</style>',
  '<style>*{background:url(X)}</style>',
  '<iframe src=X></iframe>',
  '<iframe srcdoc="<script>alert(1)</script>">',
  '<object data=X></object>',
  '<meta http-equiv=refresh content="0;url=X">',
  '<base href=X>',
  '<form action=X><button>Pay</button></form>',
  '<a href=javascript:alert(1)>Pay</a>',
  '<video autoplay src=X>',
  '<input autofocus onfocus=alert(1)>',
  '<details open ontoggle=alert(1)>',
  '<!--',
  ']]><x>',
  '--><script>alert(1)</script>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '&#60;img src=X&#62;',
  '\\u003cscript>alert(1)\\u003c/script>',
  '{{7*7}}<%= 7*7 %>',
  '{merchant}{amount}{time}',
  '"}</script><script>alert(1)</script>{"',
  '__proto__',
  'constructor',
  '\'; DROP TABLE "Payment"; --',
  '%3Cscript%3Ealert(1)%3C/script%3E',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  '//evil.example/x',
  '\u202Etxet desrever\u202C',
  '\u2067right to left\u2069<b>',
  '\uFEFF<\u200Bscript>alert(1)<\u200B/script>',
  '＜script＞alert(1)＜/script＞',
  'Zalgo: z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307',
  '\u2028\u2029</script>',
  '`;alert(1);`',
  'liquidnetwork:VJLevil?amount=1',
  'lightning:lnbc1evil',
] as const;

/** Ways to dress a text. */
const DRESSES: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `Coffee ${text}`,
  (text) => text.toUpperCase().replaceAll('HTTPS://EVIL', 'https://evil'),
  (text) => `"${text}"`,
  (text) => `${text}\n${text}`.slice(0, 78),
  (text) => text.replaceAll('<', '<\t'),
  (text) => `a'b"c\`${text}`,
];

const ELSEWHERE = 'https://evil.example/x';

/** `count` hostile texts of at most 80 characters; 282 of the first three hundred differ, as a dress may leave a text as it is. */
export function hostileTexts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => {
    const template = TEMPLATES[at % TEMPLATES.length] ?? '';
    const dress = DRESSES[Math.floor(at / TEMPLATES.length) % DRESSES.length] ?? ((text: string) => text);
    return dress(template.replaceAll('X', ELSEWHERE)).slice(0, 80);
  });
}
