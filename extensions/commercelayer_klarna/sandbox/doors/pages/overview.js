// The live view of the sandbox: asks for its state once a second while it is seen, and shows what changed.
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
    cell("Status", badge(order.status), quiet(order.payment_status)),
    cell("Total", order.total),
    cell("Payment", order.payment && id(order.payment)),
    cell("Shopper", order.payable ? checkout(order.id) : null),
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

function checkout(id) {
  const made = element("a", "", "check out");
  made.href = `/checkout/${encodeURIComponent(id)}`;
  return made;
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
  const live = document.getElementById("live");
  if (live.textContent !== word) live.textContent = word;
  live.dataset.word = word;
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
    say("live");
  } catch {
    say("not reachable");
  } finally {
    busy = false;
  }
  timer = setTimeout(tick, PERIOD);
}

document.addEventListener("visibilitychange", tick);
tick();
