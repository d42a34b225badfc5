// oidc-provider as the authorisation server of a hospital, and its FHIR server behind it: records are handed on from the test hospital to
// whoever shows a token that the provider knows and whose scope holds the type.
//
//   node server.mjs HOSPITAL CLIENTS.json      prints READY http://127.0.0.1:PORT/fhir
//
// CLIENTS.json: {"clients": [of the provider], "scopes": [known ones], "ttl": s, "uses": how many requests a token is good for, 0: all}.
// GET /control/tokens lists the token requests so far: {"assertion", "scope", "error": null or OAuth's name, "granted"};
// GET /control/refused counts the requests for records without a good token.
import http from 'node:http';
import { readFileSync } from 'node:fs';
import Provider from 'oidc-provider';

console.warn = () => {}; // the provider's words on keys and memory that no hospital should have
const [hospital, file] = process.argv.slice(2);
const { clients, scopes, ttl = 300, uses = 0 } = JSON.parse(readFileSync(file, 'utf8'));
const algorithms = ['RS384', 'ES384'];
const asked = [];
const used = new Map();
let refused = 0;
let base, provider, answerAsProvider;

function makeProvider(issuer) {
  const made = new Provider(issuer, {
    clients: clients.map((client) => ({
      token_endpoint_auth_method: 'private_key_jwt', grant_types: ['client_credentials'], response_types: [], redirect_uris: [], ...client,
    })),
    scopes,
    clockTolerance: 0,
    ttl: { ClientCredentials: ttl },
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    enabledJWA: { clientAuthSigningAlgValues: algorithms },
  });
  const note = (ctx, error) => asked.push({
    assertion: ctx.oidc?.params?.client_assertion ?? null, scope: ctx.oidc?.params?.scope ?? null, error, granted: ctx.body?.scope ?? null,
  });
  made.on('grant.success', (ctx) => note(ctx, null));
  made.on('grant.error', (ctx, error) => note(ctx, error.error));
  return made;
}

function send(response, status, body, type = 'application/json') {
  response.writeHead(status, { 'Content-Type': type });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/// What is wrong with a request for a type: a status, or 0.
async function refusal(request, type) {
  const token = /^Bearer (\S+)$/u.exec(request.headers.authorization ?? '')?.[1];
  const found = token && await provider.ClientCredentials.find(token);
  if (!found?.isValid) {
    refused += 1;
    return 401;
  }
  used.set(token, (used.get(token) ?? 0) + 1);
  if (uses > 0 && used.get(token) >= uses) await found.destroy();
  const granted = (found.scope ?? '').split(' ');
  return type === 'metadata' || granted.includes(`system/${type}.rs`) ? 0 : 403;
}

async function serveFhir(request, response) {
  const path = request.url.slice('/fhir'.length);
  if (path === '/.well-known/smart-configuration') {
    return send(response, 200, {
      token_endpoint: `${base}/token`, capabilities: ['client-confidential-asymmetric', 'permission-v2'], scopes_supported: scopes,
      token_endpoint_auth_signing_alg_values_supported: algorithms,
    });
  }
  const status = await refusal(request, /^\/(\w+)/u.exec(path)?.[1] ?? '');
  if (status) return send(response, status, '', 'text/plain');
  const answer = await fetch(hospital + path, { headers: { Accept: 'application/fhir+json' } });
  const text = await answer.text();
  return send(response, answer.status, text.replaceAll(hospital, `${base}/fhir`), answer.headers.get('content-type'));
}

const server = http.createServer((request, response) => {
  if (request.url === '/control/tokens') return send(response, 200, asked);
  if (request.url === '/control/refused') return send(response, 200, refused);
  if (!request.url.startsWith('/fhir/')) return answerAsProvider(request, response);
  return serveFhir(request, response).catch((error) => send(response, 500, String(error), 'text/plain'));
});
server.listen(0, '127.0.0.1', () => {
  base = `http://127.0.0.1:${server.address().port}`;
  provider = makeProvider(base);
  answerAsProvider = provider.callback();
  process.stdout.write(`READY ${base}/fhir\n`);
});
