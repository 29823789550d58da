// What a program in TypeScript may and may not do with the types that openapi-typescript writes (`schema.d.ts`).
import type { components, paths } from './schema'

type Schemas = components['schemas']
type Created = paths['/klarna_payments']['post']['responses'][201]['content']['application/vnd.api+json']

export const token: Schemas['KlarnaPaymentAttributes']['client_token'] = null
export const instrument: Schemas['KlarnaPaymentAttributes']['payment_instrument'] = null
export const update: Schemas['KlarnaPaymentUpdateAttributes'] = { auth_token: 'from-the-widget', _update: true }
export const idOf = (answer: Created): string => answer.data.id

// @ts-expect-error A token is a text.
export const number: Schemas['KlarnaPaymentAttributes']['client_token'] = 1
// @ts-expect-error It is only read.
export const refused: Schemas['KlarnaPaymentUpdateAttributes'] = { client_token: 'x' }
// @ts-expect-error A create names its order.
export const orderless: Schemas['KlarnaPaymentCreate'] = { type: 'klarna_payments' }
