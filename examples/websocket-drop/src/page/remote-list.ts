import type { ScpTransport } from "@scpkit/core";
import { announce, byId, element } from "./dom.ts";
import { describe, formatBytes } from "./format.ts";
import { list, type RemoteEntry, save } from "./save.ts";

/** The folder of the server that is shown, and sent to. */
export class RemoteList {
  readonly #transport: ScpTransport;
  #names: readonly string[] = [];
  #asked = 0;

  constructor(transport: ScpTransport) {
    this.#transport = transport;
  }

  /** Its path from the server's root; `.` for the root itself. */
  get folder(): string {
    return this.#names.length === 0 ? "." : this.#names.join("/");
  }

  /** Shows another folder. */
  open(names: readonly string[]): Promise<void> {
    this.#names = names;
    byId("destination", HTMLElement).textContent = `/${names.join("/")}`;
    const steps = names.map((name, index) => this.#step(name, names.slice(0, index + 1)));
    byId("path", HTMLElement).replaceChildren(this.#step("Root", []), ...steps);
    return this.refresh();
  }

  /** Reads the folder again. */
  async refresh(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const items = await list(this.#transport, this.folder).then(
      (entries) => entries.map((entry) => this.#item(entry)),
      (error: unknown) => {
        announce(`The folder could not be read: ${describe(error)}`);
        const item = element("li", {}, element("span", { className: "state", textContent: describe(error) }));
        item.dataset.state = "failed";
        return [item];
      },
    );
    // Another folder may have been asked for since.
    if (asked === this.#asked) byId("remote", HTMLElement).replaceChildren(...items);
  }

  #step(text: string, names: readonly string[]): HTMLLIElement {
    return element("li", {}, this.#link(text, names));
  }

  #link(text: string, names: readonly string[]): HTMLButtonElement {
    const link = element("button", { type: "button", className: "link" }, element("bdi", { textContent: text }));
    link.addEventListener("click", () => {
      void this.open(names);
      // The button that had the focus is about to go.
      byId("path", HTMLElement).querySelector<HTMLElement>("li:last-child button")?.focus();
    });
    return link;
  }

  #item(entry: RemoteEntry): HTMLLIElement {
    const { type, name, size } = entry;
    const shown =
      type === "directory"
        ? this.#link(name, [...this.#names, name])
        : element("bdi", { className: "path", textContent: name });
    const words = type === "directory" ? "Folder" : formatBytes(size);
    const button = element("button", { type: "button", textContent: "Save" });
    button.setAttribute("aria-label", `Save ${name}`);
    button.addEventListener("click", () => void save(this.#transport, this.folder, entry));
    return element("li", {}, shown, element("span", { className: "state", textContent: words }), button);
  }
}
