import { Frame } from '../checkout/frame.tsx';

/** What AvoPay is, for whoever opens the server's own address. */
export function Landing({
  publicUrl,
  sandbox,
  termsUrl,
}: {
  readonly publicUrl: string;
  readonly sandbox: boolean;
  readonly termsUrl: string | null;
}) {
  return (
    <Frame
      merchantName={null}
      logoPath={null}
      play={sandbox ? 'Sandbox: no real money' : null}
      footer="AvoPay: payments that go straight to the shop."
      termsUrl={termsUrl}
    >
      <main class="landing">
        <h1>Bitcoin payments that land in your own wallet</h1>
        <p class="lead">
          AvoPay lets any website accept Lightning and Liquid payments. One call creates a checkout page, the customer scans and pays, your
          server gets a signed webhook, and the money settles straight into your AQUA wallet.
        </p>
        <ol class="points">
          <li>
            <strong>Create a payment.</strong> Send an amount in euros, dollars or seven other currencies.
          </li>
          <li>
            <strong>Send the customer to the checkout page.</strong> It holds the price for ten minutes and works on every phone.
          </li>
          <li>
            <strong>Hear about it.</strong> A webhook, the API and a live subscription all say the same.
          </li>
        </ol>
        <p>
          <a href="/docs">Read the documentation</a> · <a href="/app">Sign in</a> · <a href="/app/sign-up">Create an account</a>
        </p>
        {sandbox && <Try publicUrl={publicUrl} />}
      </main>
    </Frame>
  );
}

/** `npm start` prints the same line with the key filled in. */
function Try({ publicUrl }: { readonly publicUrl: string }) {
  const command = [
    `curl -X POST ${publicUrl}/api/v1/payments \\`,
    '  -H "Authorization: Bearer $AVOPAY_SECRET_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '{"amount":49.99,"currency":"EUR"}'`,
  ].join('\n');
  return (
    <section class="card" aria-labelledby="try">
      <h2 id="try">Try it in the sandbox</h2>
      <p>
        The demo shop's key is at <a href="/sandbox">/sandbox</a>. Create a payment, then open its checkout_url.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{command}</pre>
      <p>
        <a href="/graphql">GraphQL</a>
      </p>
    </section>
  );
}
