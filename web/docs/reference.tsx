import type { Chapter, DocsFacts, FieldFact, OperationFact } from './contract.ts';
import { Code, Table, Words } from './pieces.tsx';

/** Every route of the server, as its OpenAPI document describes it. */
export function Reference({ facts }: { readonly facts: DocsFacts }) {
  return (
    <>
      <h1>Reference</h1>
      <p class="lead">
        Computed from <a href="/api/v1/openapi.json">openapi.json</a>: what is here exists, and what exists is here.
      </p>
      {facts.chapters.map((chapter) => (
        <Section key={chapter.name} chapter={chapter} facts={facts} />
      ))}
    </>
  );
}

function Section({ chapter, facts }: { readonly chapter: Chapter; readonly facts: DocsFacts }) {
  return (
    <section aria-labelledby={anchorOf(chapter.name)}>
      <h2 id={anchorOf(chapter.name)}>{chapter.name}</h2>
      <p>{chapter.about}</p>
      {chapter.operations.map((operation) => (
        <Operation key={operation.id} operation={operation} apiUrl={facts.apiUrl} />
      ))}
    </section>
  );
}

function Operation({ operation, apiUrl }: { readonly operation: OperationFact; readonly apiUrl: string }) {
  const { id, method, path, summary, about, keys, parameters, fields, request, reply, refusals } = operation;
  return (
    <article class="card" aria-labelledby={id}>
      <h3 id={id}>{summary}</h3>
      <p class="route">
        <span class="verb">{method}</span> <code>{path}</code>
      </p>
      <p>
        <Words text={about} />
      </p>
      <p class="quiet">{keys}</p>
      <Fields label={`Parameters of ${id}`} title="Parameters" fields={parameters} />
      <Fields label={`Body of ${id}`} title="Body" fields={fields} />
      {request !== null && <Code label={`Request of ${id}`}>{request.replace('API', apiUrl)}</Code>}
      <p class="quiet">Answers {reply.status}</p>
      <Code label={`Answer of ${id}`}>{reply.example}</Code>
      <details>
        <summary>Refusals of {id}</summary>
        <Table
          label={`Refusals of ${id}`}
          head={['HTTP', 'error', 'code']}
          rows={refusals.map(({ status, error, code }) => [status, `\`${error}\``, `\`${code}\``])}
        />
      </details>
    </article>
  );
}

function Fields({ label, title, fields }: { readonly label: string; readonly title: string; readonly fields: readonly FieldFact[] }) {
  if (fields.length === 0) return null;
  const rows = fields.map(({ name, type, required, about }) => [`\`${name}\``, `${type}${required ? ', required' : ''}`, about]);
  return <Table label={label} head={[title, 'type', 'is']} rows={rows} />;
}

function anchorOf(name: string): string {
  return name.toLowerCase().replace(/\W+/g, '-');
}
