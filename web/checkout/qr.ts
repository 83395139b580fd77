/** QR codes, drawn on the server only. */
import { encode } from 'uqr';

/** ISO/IEC 18004 asks for four empty modules on every side. */
const QUIET_ZONE = 4;

/** Upper case fits the QR alphanumeric mode, which is a third smaller; BOLT 11 and the scheme read the same in either case. */
export function lightningQrText(invoice: string): string {
  return `LIGHTNING:${invoice.toUpperCase()}`;
}

/**
 * An SVG of `text`: black on white with its quiet zone, one path of horizontal runs, no style attribute. Edges are antialiased: snapped to
 * whole pixels, modules of 3.6 pixels become 3 or 4 wide, and some readers lose such a code on a small screen.
 */
export function qrSvg(text: string): string {
  const { data, size } = encode(text, { ecc: 'L', boostEcc: true, border: QUIET_ZONE });
  const runs = data.map((row, y) => rowRuns(row, y)).join('');
  return (
    `<svg viewBox="0 0 ${size} ${size}" aria-hidden="true" focusable="false">` +
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path fill="#000" d="${runs}"/></svg>`
  );
}

function rowRuns(row: readonly boolean[], y: number): string {
  let path = '';
  let start = -1;
  for (let x = 0; x <= row.length; x++) {
    if (row[x] && start < 0) start = x;
    if (!row[x] && start >= 0) {
      path += `M${start} ${y}h${x - start}v1h-${x - start}z`;
      start = -1;
    }
  }
  return path;
}
