// Calls of the official JavaScript SDK: CPU time of the process for each call. Run where it is installed.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [, , home, url, rounds] = process.argv
const sdk = createRequire(`${home}/`)('@commercelayer/sdk/bundle')
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const claims = { organization: { slug: 'acme' }, application: { kind: 'integration' }, exp: 4102444800, test: true }
const accessToken = `${part({ alg: 'RS512', typ: 'JWT' })}.${part(claims)}.x`
// It speaks https to its own hosts alone, so its requests are led to the loopback server.
const fetched = (target, options) => fetch(String(target).replace(/^https:\/\/[^/]+/, url), options)
const client = sdk.CommerceLayer({ organization: 'acme', accessToken, fetch: fetched })

const example = new URL('../../spec/examples/klarna_payment.json', import.meta.url)
const names = Object.keys(JSON.parse(readFileSync(example)).data.attributes)
const read = (payments) => { for (const each of payments) for (const name of names) void each[name] }
const page = { pageNumber: 1, pageSize: 25 }
const rows = {
  'retrieve one': [100, async () => read([await client.klarna_payments.retrieve('kPm000000000')])],
  'page of 25': [30, async () => read(await client.klarna_payments.list(page))],
  'page of 25 with included': [8, async () => {
    for (const each of await client.klarna_payments.list({ include: ['order', 'payment_gateway'], ...page })) {
      void [each.order.number, each.payment_gateway.name]
    }
  }],
}

const found = {}
for (const [row, [calls, call]] of Object.entries(rows)) {
  const times = []
  for (let number = 0; number <= Number(rounds) + 2; number++) {
    const started = process.cpuUsage()
    for (let each = 0; each < calls; each++) await call()
    const { user, system } = process.cpuUsage(started)
    if (number > 2) times.push((user + system) / calls) // the first rounds are compiled meanwhile
  }
  found[row] = times
}
console.log(JSON.stringify(found))
