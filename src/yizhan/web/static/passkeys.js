// Passkeys: form[data-passkey=ADDRESS] asks there for what the browser's authenticator has to answer and sends that.
// With data-create='OPTIONS' a new one is made, with data-get='OPTIONS' one is used.
const supported = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;

async function answer(form) {
  if (form.dataset.create) {
    const { publicKey } = JSON.parse(form.dataset.create);
    const wanted = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
    if (form.elements.passwordless?.checked) {
      wanted.authenticatorSelection = { ...wanted.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
    }
    return navigator.credentials.create({ publicKey: wanted });
  }
  const { publicKey } = form.dataset.get ? JSON.parse(form.dataset.get) : await options(form.dataset.passkey);
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
}

async function options(address) {
  const response = await fetch(address, { headers: { "X-Requested-With": "XMLHttpRequest", Accept: "application/json" } });
  return (await response.json()).request_options;
}

for (const form of supported ? document.querySelectorAll("form[data-passkey]") : []) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    const problem = form.querySelector("[role=alert]");
    problem.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify(await answer(form));
      form.requestSubmit();
    } catch (error) {
      if (!["NotAllowedError", "AbortError", "InvalidStateError"].includes(error.name)) throw error;
      problem.hidden = false;
    }
  });
}
