// Creating and changing elements. Data is always inserted as text, never as markup.

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

/** Set an element's text if it differs: screen readers read a live region again when it is set. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
