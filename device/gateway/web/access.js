// Asks once for the access code and keeps it for as long as this tab lives.

const KEY = "parlor-access-code";

export class Access {
  #dialog = document.getElementById("access");
  #field = document.getElementById("code");
  #why = document.getElementById("access-why");
  #asked;

  /** `onCode` is called when there is a code to try. */
  constructor(onCode) {
    this.#asked = this.#why.textContent;
    this.#dialog.addEventListener("cancel", (event) => event.preventDefault());
    document.getElementById("access-form").addEventListener("submit", (event) => {
      event.preventDefault();
      sessionStorage.setItem(KEY, this.#field.value.trim());
      this.#field.value = "";
      this.#dialog.close();
      onCode();
    });
  }

  get code() {
    return sessionStorage.getItem(KEY) ?? "";
  }

  /** Ask, because the speaker wants a code, or another one. */
  ask() {
    if (this.#dialog.open) return;
    this.#why.textContent = this.code ? "That access code is not the right one. Try again." : this.#asked;
    this.forget();
    this.#dialog.showModal();
    this.#field.focus();
  }

  forget() {
    sessionStorage.removeItem(KEY);
  }
}
