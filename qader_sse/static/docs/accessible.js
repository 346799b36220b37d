// Adds to what Swagger UI draws what screen readers and keyboards miss in it.

const part = (node, name) => node.closest(".opblock")?.querySelector(`.opblock-summary-${name}`)?.textContent ?? "";
const operation = (node) => `${part(node, "method")} ${part(node, "path")}`;
const parameter = (node) => node.closest("[data-param-name]")?.dataset.paramName ?? "Choice";

// For each kind of element, the attributes that it lacks.
const MISSING = [
  ["#servers", () => ({ "aria-label": "Server" })],
  [".body-param__text", () => ({ "aria-label": "Request body" })],
  [".parameters select, .parameters textarea, .parameters input", (node) => ({ "aria-label": parameter(node) })],
  [".content-type", () => ({ "aria-label": "Media type" })],
  [".copy-to-clipboard button", () => ({ "aria-label": "Copy" })],
  [".close-modal", () => ({ "aria-label": "Close" })],
  [".responses-table[role=region]", (node) => ({ "aria-label": `Responses of ${operation(node)}` })],
  [".live-responses-table[role=region]", (node) => ({ "aria-label": `Answer of ${operation(node)}` })],
  ["pre", () => ({ tabindex: "0" })],
];

/** Keep an element that the library draws into accessible, whatever it draws. */
export function makeAccessible(root) {
  const complete = () => {
    for (const [selector, attributes] of MISSING) {
      for (const node of root.querySelectorAll(selector)) {
        for (const [name, value] of Object.entries(attributes(node))) {
          if (!node.hasAttribute(name)) node.setAttribute(name, value);
        }
      }
    }
  };
  new MutationObserver(complete).observe(root, { childList: true, subtree: true });
}
