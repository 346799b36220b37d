// The inspector's table of the newest MOST_ROWS frames and events, newest first. While it is paused, new
// rows wait.

import { el, setText } from "../shared/dom.js";

const MOST_ROWS = 500;

export class FrameTable {
  #body;
  #note;
  #fill;
  #paused = []; // rows added while the table is paused
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
    this.add(...this.#paused.splice(0));
  }

  clear() {
    this.#paused = [];
    this.#wasTrimmed = false;
    const empty = el("tr", { class: "note" }, this.#wideCell(this.#fill("empty")));
    this.#body.replaceChildren(empty);
    this.#updateNote();
  }

  /** Add rows at the top, the last of them topmost; while paused, once it is resumed. */
  add(...rows) {
    if (this.#isPaused) this.#paused = [...this.#paused, ...rows].slice(-MOST_ROWS);
    else for (const row of rows) this.#insert(row);
    this.#updateNote();
  }

  #updateNote() {
    const count = this.#paused.length;
    const text = count
      ? this.#fill("paused", { number: count })
      : this.#wasTrimmed
        ? this.#fill("trimmed", { number: MOST_ROWS })
        : "";
    setText(this.#note, text);
  }

  #insert(row) {
    this.#body.querySelector("tr.note:only-child")?.remove();
    this.#body.prepend(row.kind === "frame" || row.kind === "heartbeat" ? this.#frame(row) : this.#event(row));
    while (this.#body.rows.length > MOST_ROWS) {
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

  /** A frame's JSON, formatted only when it is opened: that of a duel's start has 20 KB. */
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
    return el("tr", { class: `event ${kind}` }, this.#wideCell(text));
  }

  #wideCell(text) {
    return el("td", { colspan: 5 }, text);
  }

  #milliseconds(number) {
    return Number.isFinite(number) ? this.#fill("milliseconds", { number: Math.round(number) }) : "–";
  }
}
