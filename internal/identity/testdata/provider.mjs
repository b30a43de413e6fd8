// An OpenID provider on this machine, for tests: npm's oidc-provider, as it is, with
// its own pages to sign in on. Whoever gives a name is that person. It ends when
// nobody listens to it any longer.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

const { clients, seconds, mail } = JSON.parse(process.argv[2])
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, {
    clients,
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', kid: 'one' }] },
    cookies: { keys: ['of no use elsewhere'] },
    pkce: { required: () => true },
    ttl: { IdToken: seconds },
    claims: { openid: ['sub', 'email'] },
    conformIdTokenClaims: false, // the address comes, and is to be of no use
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, email: mail, email_verified: true }) }),
  })
  server.on('request', provider.callback())
  process.stdout.write(JSON.stringify({ issuer }) + '\n')
})
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
