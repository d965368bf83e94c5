// The few lines that stand in for a framework. Text always goes in as text, never as HTML: it comes from strangers.

/** `el("li", { class: "x", testid: "y" }, child, false, "text")`: null, undefined and false are left out. */
export function el(name, attributes = {}, ...children) {
  const element = name.startsWith("svg:") ? document.createElementNS("http://www.w3.org/2000/svg", name.slice(4)) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) {
      element.setAttribute(key === "testid" ? "data-testid" : key, value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false).map((child) => child instanceof Node ? child : String(child)));
  return element;
}

export function avatar({ id, name }) {
  const initials = name.split(/\s+/).filter(Boolean).slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");
  return el("span", { class: "avatar", style: `--hue:${hueOf(id)}`, "aria-hidden": "true" }, initials || "?");
}

/** A colour for a person, the same on every page. */
export function hueOf(id) {
  let hash = 7;
  for (const character of id) {
    hash = (hash * 31 + character.codePointAt(0)) % 3600;
  }
  return hash / 10;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export function timeOf(time) {
  return clock.format(time);
}

/** Twelve characters, as hard to guess as they need to be for a chat without accounts. */
export function newId() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => "0123456789abcdefghijklmnopqrstuv"[byte % 32]).join("");
}
