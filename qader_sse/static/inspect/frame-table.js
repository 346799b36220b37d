// The inspector's list: newest first, pausable, each frame with its JSON.

import { el, say } from "../shared/dom.js";

const MOST_KEPT = 500;

export class Rows {
  #body;
  #note;
  #fill;
  #held = []; // what came while the list is paused
  #isPaused = false;
  #wasTrimmed = false;

  constructor(body, note, fill) {
    this.#body = body;
    this.#note = note;
    this.#fill = fill;
  }

  get isPaused() {
    return this.#isPaused;
  }

  set isPaused(isPaused) {
    this.#isPaused = isPaused;
    this.add(...this.#held.splice(0));
  }

  clear() {
    this.#held = [];
    this.#wasTrimmed = false;
    const nothing = el("tr", { class: "note" }, this.#across(this.#fill("empty")));
    this.#body.replaceChildren(nothing);
    this.#tell();
  }

  /** Put rows on top, the last of them topmost. */
  add(...rows) {
    if (this.#isPaused) this.#held = [...this.#held, ...rows].slice(-MOST_KEPT);
    else for (const row of rows) this.#show(row);
    this.#tell();
  }

  #tell() {
    const held = this.#held.length;
    const text = held
      ? this.#fill("paused", { number: held })
      : this.#wasTrimmed
        ? this.#fill("trimmed", { number: MOST_KEPT })
        : "";
    say(this.#note, text);
  }

  #show(row) {
    this.#body.querySelector("tr.note:only-child")?.remove();
    this.#body.prepend(row.kind === "frame" || row.kind === "heartbeat" ? this.#frame(row) : this.#event(row));
    while (this.#body.rows.length > MOST_KEPT) {
      this.#body.lastElementChild.remove();
      this.#wasTrimmed = true;
    }
  }

  #frame({ kind, id, name, data, sinceMs, bytes, delayMs }) {
    const cell = (text) => el("td", {}, text);
    const row = el("tr", { class: kind });
    row.dataset.id = id ?? "";
    row.dataset.name = name ?? kind;
    row.append(
      cell(this.#milliseconds(sinceMs)),
      cell(id || "–"),
      kind === "frame" ? el("td", {}, this.#details(name, data)) : cell(this.#fill("heartbeat")),
      cell(this.#fill("byte_count", { number: bytes })),
      cell(this.#milliseconds(delayMs)),
    );
    return row;
  }

  /** The JSON is written out only when somebody looks: a duel's start is 20 KB. */
  #details(name, data) {
    const json = el("pre", { dir: "ltr", tabindex: 0 });
    const summary = el("summary", { title: this.#fill("show_json") }, el("bdi", {}, name ?? "?"));
    const details = el("details", {}, summary, json);
    details.addEventListener("toggle", () => {
      json.textContent = typeof data === "string" ? data : JSON.stringify(data, null, 2);
    });
    return details;
  }

  #event({ kind, ...fields }) {
    const text = {
      lost: () => this.#fill("lost", { reason: fields.reason }),
      back: () => this.#fill("back", { number: Math.round(fields.awayMs), id: fields.id ?? "–" }),
      missing: () => this.#fill("missing", fields),
      repeated: () => this.#fill("repeated", fields),
    }[kind]();
    return el("tr", { class: `event ${kind}` }, this.#across(text));
  }

  #across(text) {
    return el("td", { colspan: 5 }, text);
  }

  #milliseconds(number) {
    return Number.isFinite(number) ? this.#fill("milliseconds", { number: Math.round(number) }) : "–";
  }
}
