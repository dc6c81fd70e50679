// An OpenID provider for tests: real discovery, keys and signed tokens, on this machine alone.
//
//   node provider.cjs MODULES PORT KEYS        KEYS: how many signing keys it has; the last one signs
//
// Prints one line of JSON when it listens. Tokens come by the client-credentials grant, as RFC 9068 access tokens.
'use strict';
const crypto = require('node:crypto');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const [modules, port, seed] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

function key(kid, kind) {
  const pair = kind === 'EC'
    ? crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  const alg = kind === 'EC' ? 'ES256' : 'RS256';
  return { ...pair.privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

(async () => {
  const { Provider } = await import(pathToFileURL(path.join(modules, 'oidc-provider/lib/index.js')).href);
  const roles = { clerk: ['courier-staff'], stranger: [], nobody: ['courier-staff'] };
  const provider = new Provider(issuer, {
    jwks: { keys: [key(`rsa-${seed}`, 'RSA'), key(`ec-${seed}`, 'EC')] },
    clients: Object.keys(roles).map((name) => ({
      client_id: name,
      client_secret: `${name}-secret`,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (ctx, resource) => ({
          scope: 'door',
          audience: resource,
          accessTokenTTL: resource.endsWith('/short') ? 2 : 600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: resource.endsWith('/ec') ? 'ES256' : 'RS256' } },
        }),
      },
    },
    extraTokenClaims: (ctx, token) => ({
      preferred_username: `oidc-${token.clientId}`,
      realm_access: { roles: roles[token.clientId] },
      outlet: 'Pudong-3',
    }),
  });
  const server = provider.listen(Number(port), '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ issuer })}\n`));
  process.on('SIGTERM', () => { server.closeAllConnections(); server.close(() => process.exit(0)); });
})();
