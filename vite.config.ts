import { cp } from 'node:fs/promises';
import { defineConfig } from 'vite';

/** `vite build` makes all: the browser's files with their manifest, the bundle from which the server renders, and the SDK as an npm package. */
export default defineConfig({
  base: '/',
  publicDir: 'web/public',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  builder: {
    async buildApp(builder) {
      for (const environment of Object.values(builder.environments)) await builder.build(environment);
    },
  },
  environments: {
    client: {
      build: {
        outDir: 'web/dist/client',
        emptyOutDir: true,
        manifest: 'manifest.json',
        target: 'es2022',
        modulePreload: false,
        rolldownOptions: { input: { checkout: 'web/checkout/client.tsx' } },
      },
    },
    // Apart from the checkout: what they share would otherwise become one more file that payers wait for.
    dashboard: {
      consumer: 'client',
      build: {
        outDir: 'web/dist/dashboard',
        assetsDir: 'app-assets',
        emptyOutDir: true,
        copyPublicDir: false,
        manifest: 'manifest.json',
        target: 'es2022',
        modulePreload: false,
        minify: true,
        rolldownOptions: { input: { dashboard: 'web/dashboard/main.tsx' } },
      },
    },
    ssr: {
      build: {
        ssr: true,
        outDir: 'web/dist/server',
        emptyOutDir: true,
        copyPublicDir: false,
        target: 'es2024',
        rolldownOptions: { input: { render: 'web/checkout/render.tsx', docs: 'web/docs/render.tsx' } },
      },
    },
    sdk: {
      consumer: 'client',
      build: {
        lib: {
          entry: 'web/sdk/avopay.ts',
          name: 'AvoPay',
          formats: ['umd', 'es'],
          fileName: (format) => (format === 'es' ? 'avopay.mjs' : 'avopay.js'),
        },
        outDir: 'web/dist/sdk',
        emptyOutDir: true,
        copyPublicDir: false,
        target: 'es2020', // pages of shops run in older browsers than our own
        minify: true,
        rolldownOptions: {
          output: { exports: 'default' },
          plugins: [{ name: 'npm-package', writeBundle: () => cp('web/sdk/package', 'web/dist/sdk', { recursive: true }) }],
        },
      },
    },
  },
});
