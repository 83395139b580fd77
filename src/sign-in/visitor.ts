/** The browser that asks, as far as it tells. */
export type Visitor = {
  /** The session's token that it holds, whether or not it still counts. */
  readonly session: string | null;
  readonly ip: string;
  readonly userAgent: string;
  readonly requestId: string;
};
