// The view of the sandbox: asks for its state once a second while it is seen, shows what changed, and has buttons that
// use the control paths. What is possible is said by the state, and never decided here.
// Everything that comes from the state enters the page as text, never as markup.
"use strict";

const PERIOD = 1000;

const KINDS = {
  payments: (payment) => [
    cell("Payment", id(payment.id), detail(payment)),
    cell("State", badge(payment.state), payment.current ? null : quiet("no longer the order's")),
    cell("Order", payment.order && id(payment.order)),
    cell("Reference", payment.reference),
    cell("Tokens", token("client", payment.client_token), token("auth", payment.auth_token)),
    cell("Updated", time(payment.updated_at)),
  ],
  orders: (order) => [
    cell("Order", element("strong", "", `#${order.number}`), " ", id(order.id)),
    cell("Status", badge(order.status), quiet(order.payment_status), quiet(order.fulfillment_status)),
    cell("Total", money(order.total)),
    cell("Payment", order.payment && id(order.payment), order.payable ? paying(order) : null),
    cell("Steps", ...orderSteps(order)),
  ],
  transactions: (transaction) => [
    cell("Transaction", element("strong", "", transaction.type.replace(/s$/, "")), " ", quiet(transaction.number), id(transaction.id)),
    cell("Outcome", badge(transaction.outcome), transaction.said && quiet(transaction.said)),
    cell("Amount", money(transaction.amount), transaction.left && quiet(`${transaction.left} left`)),
    cell("Steps", ...transactionSteps(transaction)),
  ],
  callbacks: (callback) => [
    cell("Callback", element("strong", "", callback.topic), " ", id(callback.subject)),
    cell("Outcome", badge(callback.outcome)),
    cell("Attempts", tried(callback.attempts)),
    cell("To", code(callback.url)),
  ],
  requests: (request) => [
    cell("Answer", status(request.status)),
    cell("Request", element("strong", "", request.method), " ", code(request.path), fault(request.fault)),
    cell("At", time(request.at)),
  ],
  events: (event) => [
    cell("Event", badge(event.event)),
    cell("Of", quiet(event.type), id(event.subject)),
    cell("Changes", changes(event)),
    cell("At", time(event.created_at)),
  ],
};

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  // append() makes text nodes of strings.
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function cell(label, ...children) {
  const made = element("td", "", element("div", "", ...children));
  made.dataset.label = label;
  if (!made.textContent) made.classList.add("none");
  return made;
}

const code = (text) => element("code", "", text);
const id = (text) => element("code", "id", text);
const quiet = (text) => element("span", "quiet", text);

function badge(word) {
  const made = element("span", "badge", word);
  made.dataset.word = word;
  return made;
}

function status(number) {
  const made = element("span", "badge", number === null ? "no answer" : String(number));
  made.dataset.word = number === null ? "none" : `${String(number)[0]}xx`;
  return made;
}

function fault(name) {
  return name === null ? null : quiet(`a fault that was asked for: ${name}`);
}

function token(name, value) {
  return value === null ? null : element("span", "token", `${name} ${value}`);
}

function time(iso) {
  const moment = new Date(iso);
  const made = element("time", "", Number.isNaN(moment.valueOf()) ? iso : moment.toLocaleTimeString([], { hour12: false }));
  made.dateTime = made.title = iso;
  return made;
}

function tried(attempts) {
  const counts = new Map();
  for (const each of attempts) counts.set(each, (counts.get(each) ?? 0) + 1);
  return Array.from(counts, ([what, count]) => (count > 1 ? `${what} × ${count}` : String(what))).join(", ");
}

const money = (text) => element("span", "money", text);

function button(label, act, refused = null) {
  const made = element("button", "small", label);
  made.type = "button";
  made.disabled = refused !== null;
  if (refused !== null) made.title = refused;
  made.onclick = act;
  return made;
}

// A payment as an integration creates it, and the page on which a shopper authorizes it.
function paying(order) {
  const made = element("span", "steps", button("create payment", () => change("payments", { order: order.id })));
  if (order.payment !== null) {
    const link = element("a", "", "check out");
    link.href = `/checkout/${encodeURIComponent(order.id)}`;
    made.prepend(link);
  }
  return made;
}

// The steps that every order has a button for; the others have one while they are possible.
const MAIN = ["_place", "_approve", "_capture", "_cancel", "_refund"];
const named = (step) => step.slice(1).replaceAll("_", " ");
const take = (id, step, amount = {}) => change("steps", { id, step, ...amount });

function orderSteps(order) {
  const shown = order.steps.filter(({ step, refused }) => MAIN.includes(step) || refused === null);
  const buttons = shown.map(({ step, refused }) => button(named(step), () => take(order.id, step), refused));
  return [element("div", "steps", ...buttons), reasons(order.steps)];
}

function transactionSteps(transaction) {
  const made = transaction.steps.map(({ step, refused }) => {
    const part = transaction.left_cents !== null && ["_capture", "_refund"].includes(step) && refused === null;
    if (!part) return button(named(step), () => take(transaction.id, step), refused);
    const cents = element("input", "cents");
    Object.assign(cents, { type: "number", min: 1, step: 1, placeholder: transaction.left_cents, title: "cents; all if empty" });
    cents.setAttribute("aria-label", `cents to ${named(step)}, all if empty`);
    const act = () => take(transaction.id, step, cents.value === "" ? {} : { amount_cents: Number(cents.value) });
    return element("span", "part", cents, button(named(step), act));
  });
  if (transaction.outcome === "pending") {
    const decide = (succeeded) => change("transactions", { id: transaction.id, succeeded });
    made.push(button("let it succeed", () => decide(true)), button("let it fail", () => decide(false)));
  }
  return [element("div", "steps", ...made), reasons(transaction.steps)];
}

// A title is not seen on a touch screen: the reasons stand in text as well.
function reasons(steps) {
  const refused = steps.filter((step) => step.refused !== null);
  if (!refused.length) return null;
  const rows = refused.flatMap(({ step, refused: why }) => [element("dt", "", named(step)), element("dd", "", why)]);
  return element("details", "", element("summary", "", "why not"), element("dl", "reasons", ...rows));
}

function detail(payment) {
  const rows = [["session", payment.session_id], ["metadata", payment.metadata]].filter(([, value]) => value !== null);
  return element(
    "details", "",
    element("summary", "", "more"),
    element("dl", "", ...rows.flatMap(([name, value]) => [element("dt", "", name), element("dd", "", code(value))])),
  );
}

function changes(event) {
  const names = event.changes.map((change) => change.name).filter((name) => name !== "updated_at");
  const shown = names.slice(0, 3).join(", ") + (names.length + event.more > 3 ? ", …" : "");
  if (!names.length) return quiet("updated_at");
  const rows = event.changes.flatMap((change) => [
    element("dt", "", change.name),
    element("dd", "", code(change.from ?? "null"), " → ", code(change.to ?? "null")),
  ]);
  const more = event.more ? quiet(`and ${event.more} more`) : null;
  return element("details", "", element("summary", "", shown), element("dl", "", ...rows), more);
}

// Rows that did not change keep their elements, and so what the reader opened in them.
const kept = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, new Map()]));

function show(kind, items) {
  const before = kept[kind];
  const now = new Map();
  let changed = before.size !== items.length;
  for (const item of items) {
    const text = JSON.stringify(item);
    const known = before.get(item.id);
    const fresh = known === undefined || known.text !== text;
    const row = fresh ? element("tr", "", ...KINDS[kind](item)) : known.row;
    if (fresh) {
      row.dataset.id = item.id;
      changed = true;
      const open = known?.row.querySelector("details")?.open;
      if (open && row.querySelector("details")) row.querySelector("details").open = true;
    }
    now.set(item.id, { text, row });
  }
  kept[kind] = now;
  const table = document.getElementById(kind);
  table.hidden = now.size === 0;
  table.nextElementSibling.hidden = now.size > 0;
  if (changed) table.tBodies[0].replaceChildren(...Array.from(now.values(), ({ row }) => row));
}

function say(word) {
  const told = document.getElementById("refresh");
  if (told.textContent !== word) told.textContent = word;
  told.dataset.word = word;
}

function webhook(hook) {
  const close = () => change("webhooks", { id: hook.id, reset_circuit: true });
  const open = hook.circuit === "open";
  return element(
    "li", "", code(hook.url), " ", quiet(hook.topics.join(", ")), " ",
    badge(`circuit ${hook.circuit}`), quiet(hook.failures ? ` ${hook.failures} failures in a row ` : ""),
    open ? button("close the circuit", close) : null,
  );
}

// Ask a control path for a change, and say why it was refused, if it was.
async function change(path, document_) {
  const refusal = document.getElementById("refusal");
  try {
    const answer = await fetch(`/__sandbox__/${path}`, { method: "POST", body: JSON.stringify(document_) });
    const told = await answer.json();
    refusal.textContent = answer.ok ? "" : told.errors[0].detail;
    await refresh();
  } catch {
    refusal.textContent = "The sandbox is not reachable.";
  }
  refusal.hidden = refusal.textContent === "";
}

let last = "";

async function refresh() {
  const answer = await fetch("/__sandbox__/state", { cache: "no-store" });
  if (!answer.ok) throw new Error(`the state was answered with ${answer.status}`);
  const text = await answer.text();
  if (text === last) return;
  last = text;
  const state = JSON.parse(text);
  document.getElementById("organization").textContent = `organization ${state.organization}`;
  document.getElementById("mode").textContent = `mode ${state.mode}`;
  document.getElementById("mode").dataset.word = state.mode;
  document.getElementById("webhooks").replaceChildren(...state.webhooks.map(webhook));
  for (const kind of Object.keys(KINDS)) {
    show(kind, state[kind]);
    const [shown, all] = [state[kind].length, state.counts[kind] ?? state[kind].length];
    document.getElementById(`${kind}-count`).textContent = shown < all ? `last ${shown} of ${all}` : String(all);
  }
}

let timer;
let busy = false;

async function tick() {
  clearTimeout(timer);
  if (document.hidden) {
    say("paused");
    return;
  }
  if (busy) return;
  busy = true;
  try {
    await refresh();
    say("up to date");
  } catch {
    say("not reachable");
  } finally {
    busy = false;
  }
  timer = setTimeout(tick, PERIOD);
}

document.getElementById("add-order").onclick = () => change("orders", {});
document.addEventListener("visibilitychange", tick);
tick();
