// Biometrics: the page's button asks the phone's authenticator (WebAuthn) and sends what it answers with the form.
// Without script, or where the browser can not, the PIN on the same page does.
for (const form of document.querySelectorAll("form[data-biometrics]")) {
  const says = form.querySelector("[data-says]");
  const make = form.dataset.biometrics === "make";
  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    says.textContent = form.dataset.asking;
    try {
      const response = await fetch(form.dataset.challenge, {
        method: "POST",
        headers: { "x-csrf-token": form.elements._csrf.value },
      });
      if (!response.ok) throw new Error(response.statusText);
      const options = await response.json();
      const credential = make
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.answer.value = JSON.stringify(credential.toJSON());
      form.requestSubmit();
    } catch {
      says.textContent = form.dataset.failed;
    }
  });
}
