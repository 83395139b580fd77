const HEX = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i;
/** At this relative luminance black and white are equally readable: the square root of 1.05 times 0.05, less 0.05 (WCAG 2.2). */
const EQUALLY_READABLE = 0.179;

/** A colour as `#rrggbb` with the ink, black or white, that contrasts more; null for anything else. The contrast is at least 4.5. */
export function readableColour(text: string | null): { readonly paper: string; readonly ink: string } | null {
  const match = HEX.exec(text ?? '');
  if (!match) return null;
  const [red = 0, green = 0, blue = 0] = match.slice(1).map((part) => linear(Number.parseInt(part, 16) / 255));
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return { paper: match[0], ink: luminance > EQUALLY_READABLE ? '#000000' : '#ffffff' };
}

function linear(part: number): number {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
