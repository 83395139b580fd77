// Makes the server's programs in dist/: each is one file, and what several need lies in files beside them. Node reads a dozen files instead of
// the fifteen hundred of all packages, which was most of a start (docs/adr/0010-the-server-is-a-bundle.md).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { rolldown } from 'rolldown';
import { main, ROOT } from './prepare.mjs';

/** Somewhere below the project: a build finds packages, migrations and pages above itself. */
const FOLDER = resolve(ROOT, process.argv[2] ?? 'dist');

/** TABLE: every file that Node is started with, as a process or as a thread. They find each other beside themselves. */
const PROGRAMS = {
  main: 'src/main.ts',
  cli: 'src/cli.ts',
  'signer-process': 'src/signer-process.ts',
  'logo-process': 'src/logo-process.ts',
  'proof-worker': 'src/liquid/proof-worker.ts',
  sandbox: 'sandbox/main.ts',
};

/** Packages that stay where they are: native code, and files that they look for beside themselves. */
const LEFT_OUT = [/^@napi-rs\//, /^@node-rs\//, /^@vulpemventures\/secp256k1-zkp/, /^tiny-secp256k1/, /^secp256k1$/];

const PACKAGES = /[\\/]node_modules[\\/]/;

/** Prisma brings its compiler of queries as 2 MB of base64 in a script: as the bytes that it is, nothing has to be parsed and unpacked. */
const queryCompilerAsFile = {
  name: 'query-compiler-as-file',
  load: {
    filter: { id: /query_compiler_small_bg\.postgresql\.wasm-base64\.m?js$/ },
    handler(id) {
      const base64 = /const wasm = "([^"]+)"/.exec(readFileSync(id, 'utf8'))?.[1];
      if (!base64) throw new Error(`${id} does not hold what it held: look at how Prisma brings its compiler now`);
      const file = this.emitFile({ type: 'asset', fileName: 'query-compiler.wasm', source: Buffer.from(base64, 'base64') });
      const path = JSON.stringify(`./${this.getFileName(file)}`);
      return `import { readFileSync } from 'node:fs';\nexport const wasm = readFileSync(new URL(${path}, import.meta.url));`;
    },
  },
};

/** A stack in a log names our files by their maps. Of packages it names the bundle: their maps are five times ours, and Node reads maps at a start. */
const MAP_OF_PACKAGES = /(?:^|\n\/\/# sourceMappingURL=)packages-\S+\.js\.map\s*$/;

await main(async () => {
  const bundle = await rolldown({
    cwd: ROOT,
    input: Object.fromEntries(Object.entries(PROGRAMS).map(([name, path]) => [name, join(ROOT, path)])),
    platform: 'node',
    // CommonJS has these; a package that asks for them at its load would end the program in a bundle.
    transform: { define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' } },
    external: LEFT_OUT,
    plugins: [queryCompilerAsFile],
  });
  const { output } = await bundle.generate({
    ...{ dir: FOLDER, format: 'es', chunkFileNames: ({ name }) => `${name.split('~')[0]}-[hash].js` },
    // Packages apart from ours, and each program loads only what it needs of either.
    codeSplitting: { groups: [{ name: 'packages', test: PACKAGES, entriesAware: true }] },
    ...{ sourcemap: true, sourcemapExcludeSources: true },
  });
  await bundle.close();
  mkdirSync(FOLDER, { recursive: true });
  for (const file of output.filter(({ fileName }) => !MAP_OF_PACKAGES.test(fileName))) {
    const text = file.type === 'chunk' ? file.code.replace(MAP_OF_PACKAGES, '\n') : file.source;
    writeFileSync(join(FOLDER, file.fileName), text);
  }
  return 0;
});
