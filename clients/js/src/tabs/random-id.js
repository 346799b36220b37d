/** An id that no other tab has. `crypto.randomUUID` does not exist on plain HTTP. */
export const randomId = () => [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");
