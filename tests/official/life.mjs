// Takes two orders through their lives with the official SDK, and prints what it reads: one line of JSON a step.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [url, clientId, clientSecret, first, second] = process.argv.slice(2)
const require = createRequire(`${process.env.OFFICIAL_SDK}/package.json`)
const { CommerceLayer } = await import(pathToFileURL(require.resolve('@commercelayer/sdk/bundle')))

const credentials = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }
const headers = { 'Content-Type': 'application/json' }
const token = await fetch(`${url}/oauth/token`, { method: 'POST', headers, body: JSON.stringify(credentials) })
const { access_token: accessToken } = await token.json()

// The SDK always speaks https to the service's own host; a fetch of one's own takes it to the sandbox.
const local = (input, init) => {
  const { pathname, search } = new URL(input.url ?? input)
  return fetch(url + pathname + search, init)
}
const cl = CommerceLayer({ organization: 'sandbox', accessToken, fetch: local })
const told = (step, values) => console.log(JSON.stringify([step, ...values]))
const state = async (step, order) => {
  const { status, payment_status, fulfillment_status } = await order
  told(step, [status, payment_status, fulfillment_status])
}
const pay = async (id) => {
  const payment = await cl.klarna_payments.create({ order: cl.orders.relationship(id) })
  await cl.klarna_payments.update({ id: payment.id, auth_token: 'from-the-widget' })
}

await pay(first)
await state('place', cl.orders._place(first))
await state('place again', cl.orders._place(first))
await state('approve', cl.orders._approve(first))
const [authorization] = await cl.orders.authorizations(first)
await cl.authorizations.update({ id: authorization.id, _capture: true, _capture_amount_cents: 1000 })
await state('capture a part', cl.orders.retrieve(first))
await cl.authorizations._capture(authorization.id)
await state('capture the rest', cl.orders.retrieve(first, { include: ['captures', 'authorizations'] }))
const [capture] = await cl.orders.captures(first)
await cl.captures.update({ id: capture.id, _refund: true, _refund_amount_cents: 400 })
await state('refund a part', cl.orders.retrieve(first, { include: ['refunds'] }))
await cl.orders._cancel(first).catch((error) => told('refused', [error.first().code, error.first().status]))
await state('refund', cl.orders._refund(first))
const refunds = await cl.refunds.list({ filters: { order_id_eq: first }, sort: { created_at: 'asc' } })
told('refunds', refunds.map((each) => each.amount_cents))
await pay(second)
await cl.orders._place(second)
await state('cancel', cl.orders._cancel(second))
const [voided] = await cl.orders.voids(second)
told('voided', [voided.succeeded, voided.amount_cents])
