// The document's nodes. Data becomes text here, never markup.

export const $ = (id) => document.getElementById(id);

export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") node.addEventListener("click", value);
    else if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null && child !== false));
  return node;
}

/** Set a text only if it differs: live regions would read it out again. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
