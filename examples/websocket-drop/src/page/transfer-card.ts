import { type ScpFailure, type ScpTransferEvent, type ScpTransferredEntry, summaryOf } from "@scpkit/core";
import { announce, byId, element } from "./dom.ts";
import { count, describe, formatBytes } from "./format.ts";

/** Rows of finished files that stay; failed ones all do. */
const keptRows = 100;
/** The page shows what happened this often, in ms, however often it happens. */
const refreshMs = 100;

interface Row {
  readonly item: HTMLLIElement;
  readonly bar: HTMLProgressElement;
  readonly state: HTMLElement;
  transferred: number;
}

/** One transfer on the page: progress of each file and of all, errors where they happened, and a way to end it. */
export class TransferCard {
  /** Aborted by the Cancel button. */
  readonly signal: AbortSignal;
  readonly #card: HTMLElement;
  readonly #title: string;
  readonly #bar = element("progress", { max: 1, value: 0 });
  readonly #state = element("p", { className: "state" });
  readonly #cancel = element("button", { type: "button", textContent: "Cancel" });
  readonly #list = element("ul", { className: "files" });
  readonly #rows = new Map<string, Row>();
  readonly #finishedRows: Row[] = [];
  readonly #startMs = performance.now();
  #total: { readonly files: number; readonly bytes: number } | undefined;
  #files = 0;
  #failures = 0;
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(title: string, total?: { readonly files: number; readonly bytes: number }) {
    const controller = new AbortController();
    this.signal = controller.signal;
    this.#title = title;
    this.#total = total;
    this.#cancel.addEventListener("click", () => controller.abort());
    this.#cancel.setAttribute("aria-label", `Cancel: ${title}`);
    this.#bar.setAttribute("aria-label", `${title}: all of it`);
    const head = element("header", {}, element("h3", { textContent: title }), this.#cancel);
    this.#card = element("article", { className: "transfer" }, head, this.#bar, this.#state, this.#list);
    this.#card.dataset.state = "running";
    byId("transfers", HTMLElement).prepend(this.#card);
    announce(`${title}: begun`);
    this.#refresh();
  }

  /** To be given to the transfer as its observer. */
  readonly observe = (event: ScpTransferEvent): void => {
    if (event.type === "failure") this.#fail(event.failure);
    else if (event.entry.type === "file") {
      const { type, entry } = event;
      this.#follow(entry, type === "progress" ? event.transferred : type === "finish" ? entry.size : 0);
      if (type === "finish") this.#finish(entry);
    }
    this.#timer ??= setTimeout(() => this.#refresh(), refreshMs);
  };

  /** The transfer came to its end, or to `error`. */
  end(error?: unknown): void {
    clearTimeout(this.#timer);
    const cancelled = this.signal.aborted;
    const state = cancelled ? "cancelled" : error === undefined && this.#failures === 0 ? "done" : "failed";
    this.#card.dataset.state = state;
    this.#cancel.remove();
    for (const { item, state: words } of this.#rows.values()) {
      if (item.dataset.state !== "running") continue;
      item.dataset.state = "failed";
      words.textContent = cancelled ? "cancelled, nothing kept" : "not finished, nothing kept";
    }
    const seconds = Math.max(0.001, (performance.now() - this.#startMs) / 1000);
    const isToldAlready = error === undefined || summaryOf(error) !== undefined;
    const outcome = cancelled ? "Cancelled after " : isToldAlready ? "" : `${describe(error)}, after `;
    const failures = this.#failures === 0 ? "" : `, ${count(this.#failures, "failure")}`;
    const rate = formatBytes(this.#bytes / seconds);
    this.#state.textContent = `${outcome}${count(this.#files, "file")}, ${formatBytes(this.#bytes)}${failures}; ${rate}/s`;
    if (state === "done") this.#bar.value = 1;
    announce(`${this.#title}: ${this.#state.textContent}`);
  }

  #follow({ path, size }: ScpTransferredEntry, transferred: number): void {
    const row = this.#rowOf(path, size);
    this.#bytes += transferred - row.transferred;
    row.transferred = transferred;
  }

  #finish({ path, size }: ScpTransferredEntry): void {
    const row = this.#rowOf(path, size);
    this.#files += 1;
    row.item.dataset.state = "done";
    row.bar.remove();
    row.state.textContent = formatBytes(size);
    this.#rows.delete(path);
    this.#finishedRows.push(row);
    if (this.#finishedRows.length > keptRows) this.#finishedRows.shift()?.item.remove();
  }

  #fail({ path, error }: ScpFailure): void {
    this.#failures += 1;
    const row = this.#rowOf(path === "" ? this.#title : path, 0);
    row.item.dataset.state = "failed";
    row.bar.remove();
    row.state.textContent = describe(error);
    this.#bytes -= row.transferred;
    row.transferred = 0;
    this.#rows.delete(path);
  }

  #rowOf(path: string, size: number): Row {
    const known = this.#rows.get(path);
    if (known !== undefined) return known;
    const bar = element("progress", { max: Math.max(1, size), value: 0 });
    bar.setAttribute("aria-label", path);
    const state = element("span", { className: "state" });
    const item = element("li", {}, element("bdi", { className: "path", textContent: path }), state, bar);
    item.dataset.state = "running";
    const row = { item, bar, state, transferred: 0 };
    this.#rows.set(path, row);
    this.#list.prepend(item);
    return row;
  }

  #refresh(): void {
    this.#timer = undefined;
    for (const { bar, state, transferred } of this.#rows.values()) {
      bar.value = transferred;
      state.textContent = `${formatBytes(transferred)} of ${formatBytes(bar.max)}`;
    }
    const total = this.#total;
    if (total === undefined) this.#bar.removeAttribute("value");
    else this.#bar.value = total.bytes === 0 ? 0 : Math.min(1, this.#bytes / total.bytes);
    const bytes = `${formatBytes(this.#bytes)}${total === undefined ? "" : ` of ${formatBytes(total.bytes)}`}`;
    const files = `${this.#files}${total === undefined ? "" : ` of ${total.files}`} files`;
    this.#state.textContent = `${files}, ${bytes}${this.#failures === 0 ? "" : `, ${count(this.#failures, "failure")}`}`;
  }
}
