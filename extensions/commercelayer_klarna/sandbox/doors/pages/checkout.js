// The shop's half of a checkout, as an integration writes it: offers the payment's methods, loads Klarna's widget, and
// shows what Klarna's callback says. For tests, the token stands in #authorization_token, and the page dispatches
// klarna:authorized or klarna:declined with the callback's result as the event's detail.
"use strict";

const page = document.getElementById("checkout");
const pay = document.getElementById("pay");
const methods = JSON.parse(page.dataset.paymentMethods);
const output = document.getElementById("result");
const done = document.getElementById("done");
let chosen = null;

function choose(identifier) {
  chosen = identifier;
  pay.disabled = true;
  Klarna.Payments.load({ container: "#klarna-container", payment_method_category: identifier }, (result) => {
    pay.disabled = !result.show_form;
  });
}

function offer(method) {
  const input = document.createElement("input");
  input.type = "radio";
  input.name = "payment_method";
  input.value = method.identifier;
  input.onchange = () => choose(method.identifier);
  const identifier = document.createElement("code");
  identifier.textContent = method.identifier;
  const label = document.createElement("label");
  label.className = "choice";
  label.append(input, method.name, identifier);
  document.getElementById("payment-methods").append(label);
  return input;
}

function show(result) {
  const verdict = result.approved ? "Authorized" : result.show_form ? "Given up: try again" : "Declined";
  const token = document.getElementById("authorization_token");
  document.getElementById("verdict").textContent = verdict;
  document.getElementById("answer").textContent = JSON.stringify(result, null, 2);
  token.textContent = result.authorization_token ?? "";
  token.hidden = !result.approved;
  done.textContent = "";
  for (const name of ["copy", "store"]) document.getElementById(name).hidden = !result.approved;
  document.getElementById("again").hidden = result.approved;
  output.dataset.approved = String(result.approved);
  output.hidden = false;
  // A final rejection takes Klarna away, as Klarna asks its shops to do; whoever tests may try again all the same.
  pay.disabled = result.approved || !result.show_form;
  const type = result.approved ? "klarna:authorized" : "klarna:declined";
  page.dispatchEvent(new CustomEvent(type, { bubbles: true, detail: result }));
}

document.getElementById("again").onclick = () => {
  output.hidden = true;
  choose(chosen);
};

document.getElementById("copy").onclick = async () => {
  const token = document.getElementById("authorization_token");
  try {
    await navigator.clipboard.writeText(token.textContent);
    done.textContent = "copied";
  } catch {
    // Only pages of https and of this machine have a clipboard.
    getSelection().selectAllChildren(token);
    done.textContent = "selected: copy it with the keyboard";
  }
};

document.getElementById("store").onclick = async () => {
  const stored = { id: page.dataset.payment, auth_token: document.getElementById("authorization_token").textContent };
  const answer = await fetch("/__sandbox__/payments", { method: "POST", body: JSON.stringify(stored) });
  done.textContent = answer.ok ? "stored: the order can be placed" : (await answer.json()).errors[0].detail;
};

pay.onclick = () => {
  pay.disabled = true;
  Klarna.Payments.authorize({ payment_method_category: chosen }, show);
};

Klarna.Payments.init({ client_token: page.dataset.clientToken });
const inputs = methods.map(offer);
inputs[0].checked = true;
choose(inputs[0].value);
