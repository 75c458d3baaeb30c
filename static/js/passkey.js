// Passkeys: form[data-passkey="get"] signs in with one, form[data-passkey="create"] makes one.
// The challenge is in the page (#passkey-options) or is fetched from the form's address; what the
// device answers goes into the field "credential", and the form is sent.

const ready = Boolean(window.PublicKeyCredential && navigator.credentials);

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
function text(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (one) => String.fromCharCode(one)).join("");
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function optionsOf(form) {
  const here = document.getElementById("passkey-options");
  if (here) return JSON.parse(here.textContent).publicKey;
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`The challenge was answered with ${answer.status}`);
  return (await answer.json()).request_options.publicKey;
}

async function use(options) {
  const found = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = found.response;
  return packed(found, {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
  });
}

async function make(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
      // It signs in by itself, without an address: the device has to remember whose it is.
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    },
  });
  const { clientDataJSON, attestationObject } = made.response;
  return packed(made, { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject) });
}

const packed = ({ id, rawId, type }, response) =>
  JSON.stringify({ id, rawId: text(rawId), type, response, clientExtensionResults: {} });

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("button[type=submit]");
  const says = form.querySelector("[data-passkey-says]");
  const say = (what) => {
    says.textContent = says.dataset[what] ?? "";
    says.hidden = !what;
    if (what && what !== "none") says.focus();
  };
  button.hidden = !ready;
  if (!ready) {
    say("none");
    continue;
  }
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    say();
    try {
      const ceremony = form.dataset.passkey === "create" ? make : use;
      form.elements.credential.value = await ceremony(await optionsOf(form));
      form.submit();
    } catch (error) {
      say({ NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known" }[error.name] ?? "failed");
    } finally {
      busy = false;
    }
  });
}
