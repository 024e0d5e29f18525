// What the pages of an index share: their data, their sentences, and how texts are compared.
/** @typedef {{words: Record<string, string>}} Data */
const data = JSON.parse(document.getElementById("data").textContent);
/** @type {(name: string, values?: Record<string, unknown>) => string} */
const say = (name, values = {}) =>
  data.words[name].replace(/{(\w+)}/g, (_, key) => String(values[key]));
/** Width and case of a text do not matter. @type {(text: string) => string} */
const plain = (text) => text.normalize("NFKC").toLowerCase();
/** @type {(text: string) => string[]} */
const termsOf = (text) => plain(text).split(/\s+/).filter(Boolean);
/** @type {(terms: string[], text: string) => boolean} */
const holds = (terms, text) => terms.every((term) => text.includes(term));
/** @type {(tag: string, text?: string, attributes?: Record<string, string>) => HTMLElement} */
const element = (tag, text = "", attributes = {}) => {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
};
/** The state in the address: a hash without "=" is a place on the page. */
const inAddress = () => {
  const hash = location.hash.slice(1);
  return hash === "" || hash.includes("=") ? new URLSearchParams(hash) : null;
};
/** @type {(state: URLSearchParams, anew: boolean) => void} */
const intoAddress = (state, anew) => {
  const address = location.href.split("#")[0] + (String(state) && `#${state}`);
  if (address === location.href) return;
  if (anew) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
};
