// The page at /docs/: Swagger UI shows the OpenAPI document, and sends what people try out.

import { $ } from "../shared/dom.js";
import { makeAccessible } from "./accessible.js";

const { address, server, texts } = JSON.parse($("page-data").textContent);
const locale = document.documentElement.lang;
const STREAM_MS = 3000;

/** Send a call. Of a stream, which does not end, return what it sends in the first seconds. */
async function send(url, options) {
  const response = await fetch(url, options);
  if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) return response;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  setTimeout(() => reader.cancel(), STREAM_MS);
  let said = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) said += part.value;
  return new Response(`${said}\n: ${texts.stream_cut}`, response);
}

/** Changes of single components: each gets the library's own one, and returns what replaces it. */
const ourComponents = ({ React: { createElement }, getComponent, specSelectors }) => ({
  wrapComponents: {
    // The page has its own title, so only the description is left of the document's head.
    InfoContainer: () => () =>
      createElement(getComponent("Markdown", true), { source: specSelectors.info().get("description") }),
    // A link and a button inside a button, which screen readers would not reach.
    DeepLink: () => ({ text }) => createElement("span", null, text),
    CopyToClipboardBtn: () => () => null,
    // No page can set a cookie that scripts must not read, so the dialog does not ask for it.
    apiKeyAuth: (Original) => (props) =>
      props.schema.get("in") === "cookie"
        ? createElement("p", { className: "own-session", lang: locale, dir: "auto" }, texts.cookie)
        : createElement(Original, props),
  },
});

makeAccessible($("reference"));
const ui = globalThis.SwaggerUIBundle({
  url: address,
  domNode: $("reference"),
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: -1,
  syntaxHighlight: { activated: false },
  validatorUrl: null,
  plugins: [ourComponents],
  requestInterceptor: (call) => Object.assign(call, { userFetch: send }),
  onComplete: () => ui.oas3Actions.setSelectedServer(server),
});
