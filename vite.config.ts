import { defineConfig } from 'vite';

/** `vite build` makes both: the browser's files with their manifest, and the bundle from which the server renders. */
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
    ssr: {
      build: {
        ssr: true,
        outDir: 'web/dist/server',
        emptyOutDir: true,
        copyPublicDir: false,
        target: 'es2024',
        rolldownOptions: { input: { render: 'web/checkout/render.tsx' } },
      },
    },
  },
});
