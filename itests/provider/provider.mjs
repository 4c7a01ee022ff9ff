// SPDX-License-Identifier: Apache-2.0
//
// A real OpenID Connect provider with three people, for tests. Arguments: PORT, and a file with the settings as JSON:
//   clients   as oidc-provider takes them
//   people    {"anna": {"password": "…", "claims": {…}}, …}
// Besides what a provider does, for the test alone: POST /test/people/NAME sets claims, POST /test/rotate makes a new signing
// key and keeps the old one published, POST /test/forget stops publishing all but the newest key.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const settings = JSON.parse(readFileSync(process.argv[3], 'utf8'));
const issuer = `http://127.0.0.1:${port}`;
const people = new Map(Object.entries(settings.people));

const newKey = () => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  kid: randomUUID(), use: 'sig', alg: 'RS256',
});
let keys = [newKey()];

// what was given out outlives a rotation of keys, which makes a new provider
const kept = new Map();
class Kept {
  constructor(name) { this.name = name; }
  key(id) { return `${this.name}:${id}`; }
  async upsert(id, payload) { kept.set(this.key(id), payload); }
  async find(id) { return kept.get(this.key(id)); }
  async by(member, value) {
    return [...kept].find(([key, one]) => key.startsWith(`${this.name}:`) && one[member] === value)?.[1];
  }
  async findByUid(uid) { return this.by('uid', uid); }
  async findByUserCode(code) { return this.by('userCode', code); }
  async consume(id) { kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { kept.delete(this.key(id)); }
  async revokeByGrantId(grant) {
    for (const [key, one] of kept) if (one.grantId === grant) kept.delete(key);
  }
}

const account = (id) => people.has(id) && {
  accountId: people.get(id).claims.sub ?? id,
  claims: async () => ({ sub: id, ...people.get(id).claims }),
};

const make = () => {
  const provider = new Provider(issuer, {
    adapter: Kept,
    jwks: { keys },
    clients: settings.clients,
    cookies: { keys: ['a-key-of-the-test'] },
    pkce: { required: () => true, methods: ['S256'] },
    conformIdTokenClaims: settings.conform ?? false,
    scopes: ['openid', 'profile', 'email', 'groups'],
    claims: {
      openid: ['sub', 'amr'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'], groups: ['groups'],
      acr: null, auth_time: null, iss: null, sid: null,
    },
    features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    findAccount: (ctx, id) => account(id),
    interactions: { url: (ctx, interaction) => `/login/${interaction.uid}` },
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope('openid profile email groups');
      await grant.save();
      return grant;
    },
  });
  // logouts go to the controller under test, on this machine
  provider.on('backchannel.error', (ctx, error) => console.error('backchannel', error.message));
  provider.on('server_error', (ctx, error) => console.error(error));
  return provider;
};
let provider = make();

const body = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
};

const form = (uid, wrong) => `<!doctype html><title>Log in</title>${wrong ? '<p>Wrong.</p>' : ''}
<form method="post" action="/login/${uid}"><input name="name"><input name="password" type="password"><button>Log in</button></form>`;

createServer(async (request, response) => {
  try {
    const { pathname } = new URL(request.url, issuer);
    const [, first, second] = pathname.split('/');
    if (first === 'test' && request.method === 'POST') {
      const told = await body(request);
      if (second === 'people') {
        Object.assign(people.get(pathname.split('/')[3]).claims, JSON.parse(told));
      } else if (second === 'rotate') {
        keys = [newKey(), ...keys];
        provider = make();
      } else if (second === 'forget') {
        keys = keys.slice(0, 1);
        provider = make();
      }
      response.writeHead(204).end();
    } else if (first === 'login') {
      const sent = request.method === 'POST' ? new URLSearchParams(await body(request)) : undefined;
      const person = sent && people.get(sent.get('name'));
      if (person && person.password === sent.get('password')) {
        const amr = person.amr ?? ['pwd'];
        await provider.interactionFinished(request, response, { login: { accountId: sent.get('name'), amr } });
      } else {
        response.writeHead(sent ? 401 : 200, { 'Content-Type': 'text/html' }).end(form(second, sent));
      }
    } else {
      provider.callback()(request, response);
    }
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
}).listen(port, '127.0.0.1', () => console.log(`ready at ${issuer}`));
