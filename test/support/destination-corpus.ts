export const INNER_V4 = words(`
  127.0.0.1 127.1.2.3 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255
  168.63.129.16 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1
  192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
`);
export const INNER_V6 = words(`
  :: ::1 0:0:0:0:0:0:0:1 ::2 fe80::1 febf::1 fec0::1 fc00::1 fd00:ec2::254 fdff::1 ff01::1 ff02::1 ff0e::1 2001:db8::1 2001::1
  2001:2::1 2001:10::1 2001:20::1 2002::1 3ffe::1 3fff::1 2620:4f:8000::1 64:ff9b::1 64:ff9b:1::1 100::1 5f00::1 4000::1
  8000::1 c000::1 1fff::1
`);
const INNER_NAMES = words(`
  localhost LOCALHOST localhost. a.localhost a.b.localhost localhost.localdomain router metadata db kubernetes printer.local
  printer.local. metadata.google.internal ip-10-0-0-1.ec2.internal nas.lan nas.home.arpa hidden.onion app.intranet x.corp
`);

/** The same IPv4 address as other readers of URLs would still understand it. */
function formsOf(address: string): string[] {
  const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = (n: number) => n.toString(16);
  const pair = (x: number, y: number) => hex(x * 256 + y);
  return [
    address,
    `${address}.`,
    `${whole}`,
    `0x${hex(whole)}`,
    `0${whole.toString(8)}`,
    `0x${hex(a)}.0x${hex(b)}.0x${hex(c)}.0x${hex(d)}`,
    `0${a.toString(8)}.0${b.toString(8)}.0${c.toString(8)}.0${d.toString(8)}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    address.replaceAll('.', '%2e'),
    address.replaceAll('.', '\u3002'),
    address.replace(/\d/g, (n) => String.fromCharCode(0xff10 + Number(n))),
    `[::ffff:${address}]`,
    `[::ffff:${pair(a, b)}:${pair(c, d)}]`,
    `[::${address}]`,
    `[::ffff:0:${address}]`,
    `[64:ff9b::${address}]`,
    `[2002:${pair(a, b)}:${pair(c, d)}::1]`,
    `[2001:0:4136:e378:8000:63bf:${pair(255 - a, 255 - b)}:${pair(255 - c, 255 - d)}]`,
  ];
}

/** Addresses inside, as a name server can give them: plain, and in every dress that carries an IPv4 address in an IPv6 one. */
export function innerAddresses(): string[] {
  const dressed = INNER_V4.flatMap((address) =>
    formsOf(address)
      .filter((form) => form.startsWith('['))
      .map((form) => form.slice(1, -1)),
  );
  return [...new Set([...INNER_V4, ...dressed, ...INNER_V6])];
}

/** `port` is where a canary listens, so that a slip would be seen. */
export function badUrls(port: number): string[] {
  const hosts = [...INNER_V4.flatMap(formsOf), ...INNER_V6.map((address) => `[${address}]`), ...INNER_NAMES];
  return [
    ...hosts.flatMap((host) => [`http://${host}:${port}/hook`, `https://${host}:${port}/hook`]),
    ...['ftp', 'file', 'gopher', 'ws', 'wss', 'data', 'javascript', 'blob', 'unix', 'dict'].map(
      (scheme) => `${scheme}://hooks.shop.com:${port}/`,
    ),
    ...['u@', 'u:p@', ':p@', '@', 'hooks.shop.com@', 'a%40b@', 'x:y@z@'].flatMap((user) => [
      `https://${user}127.0.0.1:${port}/`,
      `https://${user}hooks.shop.com/`,
    ]),
    ...[1, 21, 22, 23, 25, 53, 81, 110, 139, 445, 465, 587, 993, 1023].map((low) => `https://hooks.shop.com:${low}/`),
    ...['\t', '\n', '\r', ' ', '\0', '\\', '\u00a0', '\ufeff'].flatMap((odd) => [
      `https://hooks.shop${odd}.com/`,
      `${odd}https://hooks.shop.com/`,
      `https://hooks.shop.com/${odd}`,
    ]),
    '',
    'https://',
    'https:///',
    'https:hooks.shop.com',
    'https:/hooks.shop.com',
    '//hooks.shop.com',
    'hooks.shop.com',
    'https://[::1',
    'https://[fe80::1%25eth0]/',
    'https://hooks..com/',
    'https://-a.com/',
    'https://a-.com/',
    'https://.com/',
    'https://256.256.256.256/',
    'https://1.2.3.4.5/',
    'https://hooks.shop.com:0/',
    'https://hooks.shop.com:65536/',
    `https://hooks.shop.com/${'a'.repeat(2048)}`,
    `https://${'a'.repeat(64)}.com/`,
    `https://${'abcdefgh.'.repeat(30)}com/`,
  ];
}

export const GOOD_URLS = words(`
  https://shop.com https://shop.com/ https://SHOP.com/Hook HTTPS://shop.com/hook https://hooks.shop.com/avopay
  https://hooks.shop.com:443/ https://hooks.shop.com:80/ https://hooks.shop.com:1024/ https://hooks.shop.com:8443/x
  https://hooks.shop.com:65535/ https://hooks.shop.com/?a=1&b=2 https://hooks.shop.com/#part https://hooks.shop.com./x
  https://a.b.c.d.e.shop.com/ https://my-shop.co.uk/ https://_hooks.shop.com/ https://bücher.de/ https://xn--bcher-kva.de/
  https://例え.jp/フック https://shop.com/%7Euser https://shop.com/a%20b https://shop.com/a//b https://shop.com/@handle
  https://shop.com/?to=a@b https://localhost.shop.com/ https://local.shop/ https://internal.shop/
  https://127.0.0.1.nip.io.shop.com/ https://8.8.8.8/ https://1.1.1.1:8443/hook https://9.255.255.255/ https://11.0.0.1/
  https://100.63.255.255/ https://100.128.0.1/ https://172.15.255.255/ https://172.32.0.1/ https://192.167.255.255/
  https://198.17.255.255/ https://198.20.0.1/ https://223.255.255.254/ https://[2606:4700:4700::1111]/
  https://[2a00:1450::200e]:8443/x https://[::ffff:8.8.8.8]/
`);

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
