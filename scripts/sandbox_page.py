"""What the sandbox's rules rest on: one table, and the page that is rendered from it.

Whoever adds a rule adds its row. What the probe observed of the service stands in `spec/observations`, and is read there. `scripts/sandbox_page.py > docs/sandbox.md` writes the page;
a test compares the two.
"""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Literal

from attrs import frozen

from commercelayer_klarna.probe.report import markdown_table
from commercelayer_klarna.sandbox.api.order_life import MOVES, TRANSACTION_MOVES, Move
from commercelayer_klarna.sandbox.api.schema import EDITABLE, RESOURCES
from contract import observations
from contract.observations import Observation

Certainty = Literal["documented", "inferred", "unknown"]


@frozen
class Row:
    """A rule, what it rests on, how certain it is, and what would settle it. Of an unknown, the rule is what the sandbox does meanwhile."""

    topic: str
    rule: str
    source: str
    certainty: Certainty
    checks: str = ""  # the names of the checks of the probe that settle it, with blanks between them


_DOCS = "documentation"
_SPEC = "official specification"
_META = "resource catalogue"
_CODE = "official clients"
_SEEN = "recorded answers"
_GEM = "the library the service very probably uses"
_NONE = "nothing"

TABLE: tuple[Row, ...] = (
    Row("Tokens", "JSON bodies at the token endpoint; `client_credentials` for integrations and sales channels", _DOCS, "documented", "token-unknown-client"),
    Row("Tokens", "`password`, `authorization_code`, `refresh_token` and `jwt-bearer`, and the members they add", _DOCS, "documented"),
    Row("Tokens", "lifetimes: 4 hours for sales channels, 2 for others; refresh tokens 2 weeks, codes 10 minutes", _DOCS, "documented"),
    Row("Tokens", "the same token until 15 minutes before its end; then both are valid", _DOCS, "documented"),
    Row("Tokens", "integer `status` and the OAuth word as `title`; `invalid_client`, revocation and its 403", _SEEN, "documented", "token-unknown-client token-error-status token-revoke-refused"),
    Row("Tokens", "RS512 with `kid`, the key set, and the claims", f"{_SEEN}, {_CODE}", "documented", "token-algorithm token-keys token-claims"),
    Row("Tokens", "the signature of a `jwt-bearer` assertion is not verified; at most 4 KB", _DOCS, "documented"),
    Row("Tokens", "a sales channel that names no market gets a token for `market:all`, without a `market` claim", _CODE, "inferred"),
    Row("Tokens", "form bodies at the token endpoint, and HTTP Basic for the client", "clients that send them", "inferred", "token-form"),
    Row("Tokens", "the 429 of the token endpoint is one error, not a list", _CODE, "inferred", "limits-429-token"),
    Row("Tokens", "401 `INVALID_TOKEN` for a missing, malformed or expired token, as for a revoked one", _CODE, "unknown", "token-missing token-malformed token-altered token-expired"),
    Row("Tokens", "a refresh token is used up; which application may use which grant, and the word of a refusal", _NONE, "unknown"),
    Row("Tokens", "the `code` of OAuth errors other than `invalid_client` and `unauthorized_client`", _NONE, "unknown", "token-grant-unknown"),
    Row("Tokens", "a token of another organization is worth nothing; revoking what is no token succeeds", _NONE, "unknown"),
    Row("Permissions", "sales channels: single payment sources only, while the order is draft, pending or (to read) placed", _DOCS, "documented", "sales-channel-lists-no-payments sales-channel-reads-a-payment placed-sales-channel"),
    Row("Permissions", "a missing permission is 401 `UNAUTHORIZED`, not 403", _DOCS, "documented", "sales-channel-lists-no-payments"),
    Row("Permissions", "a sales channel can do nothing unless its token names a market", _DOCS, "documented"),
    Row("Permissions", "the answer to a sales channel without a market: 401 `UNAUTHORIZED`", _NONE, "unknown"),
    Row("Permissions", "event stores need an integration", _DOCS, "documented", "sales-channel-events"),
    Row("Permissions", "sales channels see no gateways, also not by include; they read and update an order, and list none", _DOCS, "inferred", "sales-channel-gateways sales-channel-gateway-included sales-channel-reads-an-order sales-channel-lists-no-orders"),
    Row("HTTP", "406 for an Accept with neither JSON:API nor `*/*`; 415 on writes only, parameters ignored", f"{_DOCS}, {_GEM}", "documented", "accept-other accept-anything accept-empty write-content-type write-content-type-parameters"),
    Row("HTTP", "a Content-Type without a body is no offence; one trailing slash is tolerated", f"{_CODE}, {_DOCS}", "documented", "content-type-of-a-read trailing-slash"),
    Row("HTTP", "the version `2017-08` in the path (`/api/2017-08/orders`), which links repeat, is today's behaviour", _CODE, "inferred", "version-of-today version-in-links"),
    Row("HTTP", "any other version is a 404", _NONE, "unknown", "version-to-come"),
    Row("HTTP", "404 and 405 in the API's format; `Location` on 201", _GEM, "inferred", "unknown-path create-location"),
    Row("HTTP", "the code of a 405; HEAD and OPTIONS, which are refused", _NONE, "unknown", "head options"),
    Row("HTTP", "links to relationships (`/relationships/...`) are printed but answer 404", _NONE, "unknown", "relationship-links"),
    Row("HTTP", "`charset` in the Content-Type (left out), a request id, the largest body (16 MiB)", _NONE, "unknown", "charset request-id"),
    Row("Documents", "shape of resources, linkage only where included, plural types, `meta.mode` and `organization_id`", f"{_SEEN}, {_DOCS}", "documented", "resource-members include-links-only-that resource-mode resource-organization"),
    Row("Documents", "`mismatched_amounts`, the session and the other attributes with their types", f"{_SPEC}, {_META}", "documented", "payment-attributes payment-mismatched-amounts payment-session-id"),
    Row("Documents", "the type of a payment's gateway is `payment_gateways`", _META, "inferred", "gateway-type"),
    Row("Documents", "`payment_instrument` before an authorization: an empty object", _NONE, "unknown", "payment-instrument-before create-instrument"),
    Row("Documents", "`meta.trace_id`: 64 hex digits, one value for all resources of an answer", _SEEN, "documented", "resource-trace resource-one-trace"),
    Row("Documents", "an order's `token` is a text, of drafts too; `payment_source_details` is an empty object before the payment", _SEEN, "documented", "order-token order-details-before"),
    Row("Writing", "what may be created and updated, and that `attributes` may be left out", f"{_META}, {_DOCS}", "documented", "create update-part token-null"),
    Row("Writing", "`KEY_NOT_INCLUDED_IN_URL` for another id in the body", _DOCS, "documented", "write-another-id"),
    Row("Writing", "400 for unknown and read-only attributes, wrong types, wrong and malformed linkage", f"{_DOCS}, {_GEM}", "inferred", "write-unknown-attribute write-read-only write-linkage write-linkage-type"),
    Row("Writing", "metadata is replaced whole", _CODE, "documented", "update-metadata"),
    Row("Writing", "null in a create, and members beside `data`, are refused", _SPEC, "unknown"),
    Row("Writing", "`metadata: null` in an update is stored as null; limits of metadata (none but JSON's depth)", _NONE, "unknown", "update-metadata-null update-metadata-large update-metadata-deep"),
    Row("Writing", "a text is converted where it stands for a flag (`true`, `false`) or a whole number, as the vendor's command line sends them", _CODE, "inferred", "refresh-as-text"),
    Row("Writing", "other values of another type are refused", _NONE, "unknown", "refresh-as-other-text"),
    Row("Writing", "several triggers of steps at once, and an amount without its trigger, are refused", _NONE, "unknown", "capture-amount-alone"),
    Row("Payments", "a create opens a session for the order's total and becomes its payment source", _DOCS, "documented", "create create-session create-becomes-source"),
    Row("Payments", "a later payment takes the place of an earlier one", _CODE, "inferred"),
    Row("Payments", "an order edited, refreshed, or given another payment method loses its payment source", _DOCS, "documented"),
    Row("Payments", "an order's `payment_source` can be set to a payment of that order, or to null", _META, "inferred", "source-null source-set"),
    Row("Payments", "a payment source of another order, one that the method does not take, or one beside an edit that drops it, is refused", _NONE, "unknown"),
    Row("Payments", "a step that the order's status does not allow is a 422 of `status`", _CODE, "inferred", "approve-a-pending-order capture-a-pending-order place-approved"),
    Row("Payments", "placing without a payment method or a payment source is a 422 of `payment_method`", _CODE, "inferred"),
    Row("Payments", "a change of an order that is placed is a 422 of no single attribute", _NONE, "unknown", "placed-nullify"),
    Row("Payments", "an order edited, refreshed (`_refresh`), or given another payment method loses its payment source; `_nullify_payment_source` drops it", _DOCS, "documented", "nullify refresh-of-order"),
    Row("Payments", "which attributes edit an order: all but reference and metadata, when the value changes", _NONE, "unknown"),
    Row("Payments", "`mismatched_amounts` compares the session's amount with the order's total with taxes", _META, "inferred"),
    Row("Payments", "`_update: true` opens a new session; `false` does nothing; `auth_token` survives", _DOCS, "unknown", "refresh refresh-false refresh-keeps-token"),
    Row("Payments", "a missing order is 422 with `meta.error: blank`", "the same answer for other resources", "inferred", "create-without-order"),
    Row("Payments", "the texts of all other 422s; an order that does not exist, is placed, or has no Klarna method", _NONE, "unknown", "create-order-of-none create-without-method placed-create"),
    Row("Payments", "placing (`_place`) needs an `auth_token` and matching amounts", _DOCS, "inferred", "place-without-token"),
    Row("Payments", "`payment_status`, `payment_source_details` of a placed order", _SEEN, "documented", "order-details-type order-details-shape"),
    Row("Payments", "a payment for an order without an address: 422 of the country code", "reports of users", "documented"),
    Row("Payments", "where that 422 points to (`country_code`)", _NONE, "unknown"),
    Row("Payments", "deleting leaves the order without a source; 423 once the order is placed", _DOCS, "inferred", "delete-leaves-no-source placed-delete"),
    Row("Steps", "the statuses that `_place`, `_approve`, `_capture`, `_cancel`, `_refund`, `_fulfill` and editing lead to: the table below", _DOCS, "documented", "place approve capture-rest cancel refund-all edit edit-end"),
    Row("Steps", "steps that were taken already are not taken twice: `_place`, `_approve` and `_cancel` answer 200 again", _DOCS, "documented", "place-again approve-again cancel-again"),
    Row("Steps", "from which states a step is possible: what the vendor's dashboard offers", _CODE, "inferred"),
    Row("Steps", "a step that the payment's or the fulfillment's status does not allow is a 422 of that status", _NONE, "unknown", "capture-part-then-order cancel-after-capture"),
    Row("Steps", "`_pending`, `_approve`, `_approve_and_capture`, `_capture`, `_refund`, `_fulfill` and editing are kept from sales channels", _META, "documented"),
    Row("Steps", "the answer to a sales channel that sends one: 401 `UNAUTHORIZED`", _NONE, "unknown", "sales-channel-trigger"),
    Row("Steps", "`_pending` makes a draft pending", _META, "documented"),
    Row("Steps", "`_authorize` authorizes a pending order without placing it; placing it then needs no second authorization", _META, "inferred", "authorize place-authorized"),
    Row("Steps", "`_authorization_amount_cents` below the total is refused", _NONE, "unknown"),
    Row("Steps", "an order without anything to pay is placed as `free`", _DOCS, "documented"),
    Row("Steps", "`_capture` of an order, `_approve_and_capture`: all that is authorized; of an authorization also a part (`_capture_amount_cents`)", _DOCS, "documented"),
    Row("Steps", "a capture needs an approved order", _DOCS, "inferred", "capture-before-approval"),
    Row("Steps", "after a capture of a part: `partially_paid`, and the fulfillment stays; `_capture` of the order is then refused", _NONE, "unknown", "capture-part-statuses capture-part-then-order"),
    Row("Steps", "`_refund` of an order or of a capture: in full the order is cancelled, in part (`_refund_amount_cents`) `partially_refunded`", _DOCS, "documented", "refund-part refund-all"),
    Row("Steps", "`_cancel` of an order voids its authorization; of an order that was captured it is refused", f"{_DOCS}, {_CODE}", "inferred", "cancel cancel-voids cancel-after-capture"),
    Row("Steps", "`_void` makes an order `voided`, and its status stays; what was captured in part cannot be voided", _NONE, "unknown", "void void-after-part"),
    Row("Steps", "`_cancel` of an authorization: the pending order is `unpaid` again", _DOCS, "documented"),
    Row("Steps", "`_start_editing`, `_stop_editing`; editing may not end above the total that was placed", _DOCS, "documented"),
    Row("Steps", "what can be edited meanwhile: nothing here", _NONE, "unknown"),
    Row("Steps", "`_forward` takes a transaction that has not succeeded for one that has; of one that has it does nothing", _DOCS, "documented", "forward"),
    Row("Transactions", "numbers, amounts, `capture_balance`, `void_balance` that captures do not lower, `refund_balance`", _SEEN, "documented", "transaction-number authorization-void-balance capture-balances capture-part-balance"),
    Row("Transactions", "a gateway that refuses: 200, a record with `succeeded: false`, and the order stays as it is", f"{_DOCS}, {_SEEN}", "inferred"),
    Row("Transactions", "an authorization that failed: an `error_code` and `error_detail`; other transactions: a `message`", _SEEN, "documented", "authorization-failed"),
    Row("Transactions", "whether Klarna's no at placing is that, an order that is placed and unpaid, or a 422: all three on demand", _NONE, "unknown", "authorization-failed-order"),
    Row("Transactions", "pending: `succeeded: false` without a message; the order is placed, its payment status stays", _DOCS, "documented"),
    Row("Transactions", "a step while a transaction is pending is refused", _NONE, "unknown"),
    Row("Transactions", "`token` and `gateway_transaction_id` of Klarna's transactions: one made-up reference", _NONE, "unknown", "transaction-one-reference transactions-of-klarna"),
    Row("Transactions", "an amount above what is left is a 422 of that amount", _CODE, "inferred", "capture-too-much refund-too-much"),
    Row("Transactions", "an amount of nothing is one too", _NONE, "unknown", "capture-nothing capture-less-than-nothing"),
    Row("Transactions", "an authorization is 50 ms older than `placed_at`, `payment_updated_at` 55 ms", _SEEN, "documented", "order-paid-before-placed"),
    Row("Transactions", "Klarna's limits: 60 minutes from the `auth_token` to placing, 28 days to a capture, no cancel after a capture", "Klarna's documentation", "documented"),
    Row("Transactions", "what Commerce Layer makes of the first two: a transaction that failed", _NONE, "unknown", "order-expired-at-klarna"),
    Row("Callbacks", "a POST of the document with relative links, signed over the body alone (`X-CommerceLayer-Signature`), with its topic", f"{_DOCS}, {_SEEN}", "documented"),
    Row("Callbacks", "2xx within 5 seconds, up to 10 retries, a circuit that opens after 30 failures in a row", _DOCS, "documented"),
    Row("Callbacks", "topics of orders by the status that is set, and of transactions: create, succeeded, failed", f"{_DOCS}, {_CODE}", "documented"),
    Row("Callbacks", "how far apart retries are (1 s, twice as long each time, at most 60 s), the order of callbacks, and an open circuit (nothing is sent)", _NONE, "unknown"),
    Row("Callbacks", "webhooks are registered by the control path, each with several topics, and not as a resource", _NONE, "unknown"),
    Row("Query", "include with nesting, sparse fields per type and their effect on relationships", _DOCS, "documented", "include include-nested fields fields-without-relationships"),
    Row("Query", "`event_stores` cannot be included: 400 `INVALID_INCLUDE`", f"{_META}, {_GEM}", "inferred", "include-event-stores include-event-stores-of-orders"),
    Row("Query", "pages of 10, at most 25; a page past the end is empty, with true counts; links of lists", f"{_DOCS}, {_SEEN}", "documented", "page-default page-maximum page-too-large page-past-the-end page-links page-last-links"),
    Row("Query", "`page_count` of an empty list is 0", _GEM, "unknown", "page-count-of-nothing"),
    Row("Query", "sorting by id follows creation; nulls are the greatest", _CODE, "inferred", "sort-by-id sort-nulls"),
    Row("Query", "the order of a list without `sort`: that of creation; sorting by a relationship is refused", _NONE, "unknown", "sort-default sort-by-relationship"),
    Row("Query", "predicates, filterable attributes, `_or_`, related attributes; equality excludes null", f"{_DOCS}, {_META}", "documented", "filter-eq filter-in filter-or filter-related filter-not-eq"),
    Row("Query", "LIKE, `cont`, `start` and `end` respect case; an empty object is not blank; filtering by `mismatched_amounts` works", _NONE, "unknown", "filter-case filter-case-matches filter-empty-object filter-mismatched"),
    Row("Query", "a wrong name inside `filter[q]` is 400 `FILTER_NOT_ALLOWED`", _NONE, "unknown", "filter-unknown-attribute filter-unknown-predicate filter-not-filterable"),
    Row("Query", "blank filter values, and values that an attribute cannot have, are 400 `INVALID_FILTER_VALUE`", _NONE, "unknown", "filter-blank filter-bad-date filter-bad-boolean"),
    Row("Query", "filters through several to-one relationships (`order_market_name_eq`)", _CODE, "inferred", "filter-through-two"),
    Row("Query", "parameters outside the five families, and families where they mean nothing, are refused", _NONE, "unknown", "unknown-parameter misplaced-parameter"),
    Row("Event stores", "cursor pages without counts, null self links, odd timestamps, objects for references", _DOCS, "documented", "events-no-counts events-cursor events-no-self-link events-references"),
    Row("Event stores", "an update that changes nothing moves `updated_at` and leaves an event; payloads hold attributes only", _NONE, "unknown"),
    Row("Event stores", "at most 25 on a page, oldest first, `sort=id` and `sort=-id`", f"{_CODE}, {_META}", "unknown", "events-too-many events-order events-sort"),
    Row("Exports", "the attributes of an export; statuses from `pending` over `in_progress` to `completed`; `records_count` from the beginning", f"{_CODE}, {_DOCS}", "documented"),
    Row("Exports", "ten at a time; none of no records, and none of too many, which are refused when it is created", _DOCS, "documented"),
    Row("Exports", "at most 5,000 records, where the documentation says 10,000: the vendor's programs ask for no more", _CODE, "inferred"),
    Row("Exports", "the 422 of too many records and of none: `meta.error` is `less_than_or_equal_to`, with `count` and `value`, or `greater_than`", _CODE, "inferred"),
    Row("Exports", "a file is compressed (gzip), needs no token, and its address lives five minutes; an export that is asked for anew has a new one", _DOCS, "documented"),
    Row("Exports", "an address that is too old answers 403 with XML, as the storage does that is named", _DOCS, "inferred"),
    Row("Exports", "a record is flat: its id and attributes, `order_id` for its order; what is included stands within it", _DOCS, "documented"),
    Row("Exports", "`order_id` is not there when the order is included", _NONE, "unknown"),
    Row("Exports", "filters are those of lists, and all of them predicates", _DOCS, "inferred"),
    Row("Exports", "klarna payments, orders, payment gateways, payment methods and markets; transactions of each type cannot be exported", _CODE, "inferred"),
    Row("Exports", "an export waits one second, and writes 1,000 records in each that follows; it has what there was when it was created", _NONE, "unknown"),
    Row("Exports", "the answer to the eleventh export at a time, and to a type that cannot be exported: 422", _NONE, "unknown"),
    Row("Errors", "codes, titles and details of the documented refusals; `status` as a text", f"{_DOCS}, {_SEEN}", "documented", "unknown-id error-status error-members"),
    Row("Errors", "codes and texts of the other refusals", f"{_GEM}, {_CODE}", "inferred"),
    Row("Rate limits", "averages in 60 s and bursts in 10 s for test and live, sliding, per address; three headers", _DOCS, "documented", "limits-told limits-of-a-minute"),
    Row("Rate limits", "no `Retry-After`, no reset", f"{_DOCS}, {_CODE}", "inferred", "no-reset limits-429-headers"),
    Row("Rate limits", "a refused request does not count; an endpoint is a resource type; only markets are cacheable here", _NONE, "unknown"),
    Row("Rate limits", "the body of a 429 (`TOO_MANY_REQUESTS`), and the headers at the token endpoint", _NONE, "unknown", "limits-429-body"),
)  # fmt: skip

# What differs from the service, whatever a row says.
DIFFERENCES = (
    "It answers with `X-Sandbox: true`, and says in `X-Sandbox-Refused` why it refused what it does not model (`not "
    "modelled`) or what nobody has documented (`unknown`). A fault that was asked for is named in `X-Sandbox-Fault`.",
    "Its key is public: whoever reads the source can mint tokens that it accepts. It is no place for secrets.",
    "Klarna is not there: sessions, client tokens and payment methods are made up, nobody declines unless it was asked for, "
    "nothing is slow.",
    "Of Commerce Layer only the surroundings of a Klarna payment exist: orders, their transactions, gateways, payment "
    "methods, markets, event stores and exports. Orders come from the sandbox; line items, customers, addresses, coupons, "
    "shipments, returns, placing in the background (`place_async`, `placing`), archiving, the mixed list of transactions, other payment sources, writing gateways, `/oauth/authorize` and "
    "`/oauth/tokeninfo` are not modelled.",
    "Exports are JSON; CSV, `fields`, `dry_data`, `jwt_filters`, `_interrupt`, `_start` and deleting them are not modelled. Their files "
    "are served at `/files/exports/` by the sandbox itself, and are kept until it ends.",
    "Scopes name markets only. `X-Backend-Auth` and `X-True-Client-Ip` are ignored.",
    "An expired token that a fault made so still carries its original `exp`, which some clients read.",
    "Pages of other origins cannot call it: it answers no preflight, and sends no CORS headers.",
    "Nothing is kept: a restart begins anew. The last 5,000 event stores and 1,000 requests are remembered.",
    "One organization, one market, one currency, one customer, one user.",
    "It answers in under a millisecond, in the order of arrival. Ask for a `delay` to see how a client waits.",
)

USE = """\
`python -m commercelayer_klarna.sandbox serve` serves a sandbox on 127.0.0.1; its first line is a JSON object with all that a
client needs, or with `--env` lines for a shell. `--mode test|live`, `--orders N`, `--seed N` and `--rate-limit off|headers|enforce`
change what it is; `--callbacks URL` tells an address on this machine all that happens to orders and transactions.
`/__sandbox__/klarna.js` is the drop-in for Klarna's script: a page that loads it instead runs unchanged.

Faults, orders and time are in the hands of whoever tests: in Python through `sandbox.fail_next(...)`, `add_fault(...)`,
`set_order_total(...)`, `add_order(...)`, `decide(...)`, `complete(...)`, `advance(...)`, `set_time(...)`, `reset()`, and
over HTTP by `POST` with JSON:

| path | document |
| --- | --- |
| `/__sandbox__/faults` | `{"match": {"method": "POST", "path": "/api/klarna_payments"}, "times": 2, "status": 503, "retry_after": 1}` |
| `/__sandbox__/faults` | `{"match": {"path": "/api/orders", "exact": true}, "status": 520, "body": "html", "when": "after"}` |
| `/__sandbox__/faults` | `{"kind": "truncate"}` |
| `/__sandbox__/orders` | `{"id": "ORDER", "total_amount_cents": 1234}` |
| `/__sandbox__/orders` | `{"draft": true, "address": false}` |
| `/__sandbox__/payments` | `{"order": "ORDER", "reference": "po-1"}` |
| `/__sandbox__/payments` | `{"id": "PAYMENT", "auth_token": "from-the-widget"}` |
| `/__sandbox__/steps` | `{"id": "ORDER", "step": "_approve"}` |
| `/__sandbox__/steps` | `{"id": "AUTHORIZATION", "step": "_capture", "amount_cents": 1000}` |
| `/__sandbox__/transactions` | `{"type": "captures", "outcome": "failed", "message": "Declined.", "times": 1}` |
| `/__sandbox__/transactions` | `{"id": "TRANSACTION", "succeeded": true}` |
| `/__sandbox__/webhooks` | `{"topics": ["orders.place"], "callback_url": "http://127.0.0.1:8000/callbacks", "include_resources": ["payment_source"]}` |
| `/__sandbox__/webhooks` | `{"id": "WEBHOOK", "reset_circuit": true}` |
| `/__sandbox__/clock` | `{"advance": 7200}` |
| `/__sandbox__/reset` | `{}` |

- `status`: 429, 500, 502, 503, 504 or 520, with `body` `jsonapi`, `html` or `empty`, and an optional `retry_after`.
- `kind`: `reset` and `drop` end the connection, `garbage` answers with what is not HTTP, `truncate` ends in the middle of
  the body, `slow_body` spreads it over `delay` seconds, `expire_token` and `revoke_token` make the bearer worthless.
- `delay`: seconds of waiting, at most 300. In process, one that the client would not sit out fails at once.
- `when`: `before` a write is committed, or `after`. Left out, it is `before`; for `truncate` and `slow_body` without a
  status it is `after`, since it is then the API's own answer that goes wrong.
- `match`: a path matches all below it too, unless `exact`; the query does not count. `times` is 1 unless said otherwise.
- `payments` creates a payment for an order, or stores a shopper's authorization with one; `steps` takes a step with an order or
  a transaction, all of it or an amount. Both do what an integration does with the API, without a token, and keep to the
  same rules; the refusal is the `detail` of a 400. In Python: `create_payment(...)`, `authorize_payment(...)`, `step(...)`.
- `transactions` decides what the next transactions of a type come to: `succeeded`, `pending`, `failed` (200, and a record
  that says so), `refused` (422), and for authorizations `placed_unpaid`. With an `id`, it lets the gateway decide about one
  that is pending.
- `webhooks` registers an address on this machine, and answers with the `shared_secret`; without `callback_url` it shows all
  webhooks with their circuits and deliveries. In process, `sandbox.add_webhook(...)` and `send_callbacks(...)` do that.
- `orders` without an `id` adds an order. `clock` takes `advance` or `now`, in seconds. A wrong document is a 400 that
  names the member.

`sandbox.requests` lists the last requests with their answers' status.

The fixtures of `commercelayer_klarna.testing`, `klarna_sandbox` and `klarna_sandbox_server`, both have `order_ids`, `requests`,
`fail_next`, `add_fault`, `set_order_total`, `add_order`, `create_payment`, `authorize_payment`, `step`, `decide`, `complete`, `advance`,
`set_time` and `callback`; all else is in their `sandbox`. The first has `client` and `async_client` too, the second `url`, `auth_url`,
`client_id`, `client_secret`, and `env`: the variables that `from_env()` reads.

## Play the shopper in a test

Any text is an authorization token here, so a test of a service needs no browser: it posts one to the service, as the page would.
In Python, `sandbox` being a sandbox or one of the fixtures:

```python
from commercelayer_klarna.sandbox import Sandbox

sandbox = Sandbox()
order_id = sandbox.order_ids[0]
payment_id = sandbox.create_payment(order_id, reference="cart-17")
sandbox.authorize_payment(payment_id, "any text")
sandbox.step(order_id, "_place")
```

The same over HTTP, for services in any language:

```sh
at=http://127.0.0.1:8123/__sandbox__
curl $at/payments -d '{"order": "ORDER", "reference": "cart-17"}'  # answers with the id of the payment
curl $at/payments -d '{"id": "PAYMENT", "auth_token": "any text"}'
curl $at/steps -d '{"id": "ORDER", "step": "_place"}'
```

A page of your own that loads the drop-in is played by the ids of its dialog; the sandbox's own checkout has the others. With Playwright:

```py
page.goto("http://127.0.0.1:8123/checkout/ORDER")
page.click("#pay")
page.click("#klarna-authorize")  # or #klarna-decline; page.keyboard.press("Escape") gives up
token = page.inner_text("#authorization_token")
page.click("#store")  # as the service would store it with the payment
```

## Its pages

![The sandbox's checkout: an order, three ways to pay, and a button](pictures/checkout.png)

- `/` shows orders, transactions, payments, callbacks, requests and events as they change. Buttons create payments and take each
  step that is possible now, by the control paths above; a step that is not says why not. Each amount is in cents, and all if empty.
- `/checkout/ORDER` plays the shopper: authorize, decline or give up, and try again. The authorization token can be copied, or stored
  with the payment as the service would do it.
- `/__sandbox__/klarna.js` stands in for Klarna's script `https://x.klarnacdn.net/kp/lib/v1/api.js`: a page of your own that loads
  it from the sandbox instead runs unchanged. It has `Klarna.Payments.init`, `load` and `authorize`, with and without data before the
  callback, and calls `window.klarnaAsyncCallback`; the shopper's decision is asked for in a dialog (`#klarna-authorize`,
  `#klarna-decline`, or the Esc key to give up). `authorize` answers `{authorization_token, approved: true, show_form: true,
  finalize_required: false}`, `{approved: false, show_form: false}` or `{approved: false, show_form: true}`. It checks that the client
  token is a JSON Web Token and that the container exists, and throws Klarna's `InvalidClientTokenError`, `ContainerNotFoundError` and
  `ApplicationNotLoadedError`. `finalize`, `reauthorize`, `loadPaymentReview` and events are not there.

```html
<script src="http://127.0.0.1:8123/__sandbox__/klarna.js" async></script>
```

## With Commerce Layer's own programs

`scripts/test-official` drives it with two of them, unmodified: the JavaScript SDK, and the command line `commercelayer` with its
plugins for resources and orders. The SDK takes a `fetch` that leads to the sandbox. The command line speaks https to
`<organization>.<domain>` alone: serve with `--organization 127`, put anything that ends TLS before it, and

```sh
export CL_CLI_ORGANIZATION=127 CL_CLI_DOMAIN=0.0.1:8443 CL_CLI_ACCESS_TOKEN=... NODE_EXTRA_CA_CERTS=certificate.pem
commercelayer orders:place ORDER
```

The token comes from `/oauth/token`: the command's own login asks a host `auth.<domain>`, which no address can be."""

_MEANING: dict[Certainty | Literal["observed"], str] = {
    "documented": "the service's documentation, specification or catalogue says so, or its recorded answers show it",
    "inferred": "follows from what is documented, or from what official clients rely on",
    "unknown": "nobody has written it down; the sandbox does what the row says, and a client must not depend on it",
    "observed": "the service was seen to do so, by each check of [the probe](probe.md) that the row names",
}


def certainty_of(row: Row, observed: Mapping[str, Observation]) -> str:
    """Return how certain a rule is, with what was observed since."""
    seen = [observed[name] for name in row.checks.split() if name in observed]
    if not seen or len(seen) < len(row.checks.split()) or any(each.conclusion != "holds" for each in seen):
        return row.certainty
    return f"observed {max(each.seen for each in seen)}"


def _moves(type_: str, moves: Mapping[str, tuple[Move, ...]]) -> Iterator[list[str]]:
    """Return the rows of the steps of orders, or of a type of transactions."""
    resource = RESOURCES[type_]
    for trigger, rows in moves.items():
        kept = trigger in resource.prohibited or "update" not in resource.sales_channel
        # A sales channel may change an order only while it is a draft or pending.
        for move in rows:
            who = "integration" if kept or not {*move.status} & {*EDITABLE} else "sales channel too"
            allowed = (move.status, move.payment_status, move.fulfillment_status)
            states = (", ".join(each) or "-" for each in allowed)
            yield [type_, f"`{trigger}`", *states, move.to, who]


def _named(row: Row) -> str:
    return " ".join(f"`{name}`" for name in row.checks.split())


def render(observed: Mapping[str, Observation] | None = None) -> str:
    """Return the page, with what was observed of the service."""
    if observed is None:
        observed = observations.settled(observations.read())
    lines = [
        "# What the sandbox does, and what it is not",
        "",
        "Written by `scripts/sandbox_page.py` out of the table there. Do not edit.",
        "",
        "No rule was measured against the live service, unless it is called observed. Each is one of:",
        "",
        *(f"- **{certainty}**: {meaning}." for certainty, meaning in _MEANING.items()),
        "",
        "## In your hands",
        "",
        USE,
        "",
        "## The life of an order",
        "",
        *markdown_table(
            ["of", "step", "possible if the order is", "and paid", "and fulfilled", "leads to", "who"],
            [row for type_, moves in {"orders": MOVES, **TRANSACTION_MOVES}.items() for row in _moves(type_, moves)],
        ),
        "",
        "A dash stands for any. Capturing makes the fulfillment `in_progress`; refunding all makes the order `cancelled`.",
        "",
        "## What the sandbox is not",
        "",
        *(f"- {difference}" for difference in DIFFERENCES),
        "",
        "## Unknown",
        "",
        *(f"- {row.topic}: {row.rule}." for row in TABLE if certainty_of(row, observed) == "unknown"),
        "",
        "## All rules",
    ]
    for topic in dict.fromkeys(row.topic for row in TABLE):
        rows = [[row.rule, row.source, certainty_of(row, observed), _named(row)] for row in TABLE if row.topic == topic]
        lines += ["", f"### {topic}", "", *markdown_table(["rule", "rests on", "certainty", "settled by"], rows)]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(render())
