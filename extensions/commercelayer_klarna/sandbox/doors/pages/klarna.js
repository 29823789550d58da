// A stand-in for Klarna's script (https://x.klarnacdn.net/kp/lib/v1/api.js): a shop's page that loads this file
// instead runs unchanged. The shopper's decision, which Klarna asks for in a window of its own, is asked for in a dialog.
//
// It has init, load and authorize with the results that Klarna documents, and nothing else: what it lacks is missing,
// not pretended. It talks to nobody; the token that it gives is random and good for the sandbox alone.
"use strict";

(() => {
  let session = null;
  let category = null;

  function failure(name, message) {
    const error = new Error(message);
    error.name = name;
    return error;
  }

  // Klarna refuses what is no JSON Web Token, and so must this.
  function decoded(token) {
    try {
      const [header, claims] = token.split(".").map((part) => part.replaceAll("-", "+").replaceAll("_", "/"));
      JSON.parse(atob(header));
      return JSON.parse(atob(claims));
    } catch {
      throw failure("InvalidClientTokenError", "The client token is not a valid JSON Web Token.");
    }
  }

  // The data between options and callback may be left out, as with Klarna's script.
  function callbackOf(rest) {
    return rest.find((each) => typeof each === "function") ?? (() => {});
  }

  // crypto.randomUUID needs https or localhost; a sandbox may be reached by another name.
  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  // A shop's page knows nothing of our style sheet. Styles set from a script pass a strict content security policy.
  function styled(name, style, ...children) {
    const made = document.createElement(name);
    made.style.cssText = style;
    made.append(...children);
    return made;
  }

  const FONT = "font-family:system-ui,sans-serif;font-size:15px;line-height:1.45;color:#17120f;";
  const BUTTON = `${FONT}font-weight:600;padding:.65rem 1.2rem;border:0;border-radius:.5rem;cursor:pointer;`;

  function button(id, label, paper) {
    const made = styled("button", `${BUTTON}background:${paper};flex:1 1 8rem;`, label);
    made.type = "button";
    made.id = id;
    return made;
  }

  function ask() {
    const authorize = button("klarna-authorize", "Authorize", "#ffb3c7");
    const decline = button("klarna-decline", "Decline", "#e9e6ee");
    const dialog = styled(
      "dialog",
      `${FONT}background:#fff;border:0;border-radius:.9rem;padding:1.4rem;width:min(24rem,calc(100vw - 2rem));` +
        "box-shadow:0 1rem 3rem rgb(0 0 0/.35);box-sizing:border-box;",
      styled("p", "margin:0 0 .3rem;font-size:1.15rem;font-weight:700;", "Klarna, played by the sandbox"),
      styled("p", "margin:0 0 1.1rem;color:#5d5966;", `You decide, for ${category}. The Esc key gives up.`),
      styled("div", "display:flex;flex-wrap:wrap;gap:.6rem;", authorize, decline),
    );
    dialog.id = "klarna-dialog";
    return new Promise((resolve) => {
      const decide = (result) => {
        dialog.remove();
        resolve(result);
      };
      authorize.onclick = () =>
        decide({ authorization_token: uuid(), approved: true, show_form: true, finalize_required: false });
      // A final rejection: the shop is to take Klarna away.
      decline.onclick = () => decide({ approved: false, show_form: false });
      // The shopper closed Klarna's window, and may try again.
      dialog.oncancel = () => decide({ approved: false, show_form: true });
      document.body.append(dialog);
      dialog.showModal();
    });
  }

  const Payments = {
    init(options) {
      decoded(options?.client_token);
      session = options.client_token;
    },

    load(options, ...rest) {
      const callback = callbackOf(rest);
      if (session === null) throw failure("InvalidClientTokenError", "Call init with a client token first.");
      const { container, payment_method_category: wanted } = options ?? {};
      const place = typeof container === "string" ? document.querySelector(container) : container;
      if (!(place instanceof Element)) throw failure("ContainerNotFoundError", "There is no such container.");
      category = wanted ?? "klarna";
      const frame = styled(
        "div",
        `${FONT}background:#fff4f7;border:1px solid #ffb3c7;border-radius:.5rem;padding:.8rem;`,
        `Klarna's widget for ${category} would be here.`,
      );
      frame.id = "klarna-widget";
      place.replaceChildren(frame);
      setTimeout(() => callback({ show_form: true }));
    },

    authorize(options, ...rest) {
      const callback = callbackOf(rest);
      if (category === null) throw failure("ApplicationNotLoadedError", "Call load first.");
      category = options?.payment_method_category ?? category;
      ask().then(callback);
    },
  };

  window.Klarna = { Payments };
  window.klarnaAsyncCallback?.();
})();
