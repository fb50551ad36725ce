// The page: what is dropped or chosen is sent with @scpkit/source, what is saved is pulled with @scpkit/sink.
import { createWebSocketTransport } from "../websocket/transport.ts";
import { byId } from "./dom.ts";
import { type LocalEntry, readDrop, readInput } from "./local-tree.ts";
import { RemoteList } from "./remote-list.ts";
import { send } from "./send.ts";

const transport = createWebSocketTransport(() => new WebSocket(new URL("/scp", location.href.replace(/^http/, "ws"))));
const remote = new RemoteList(transport);
const drop = byId("drop", HTMLElement);

async function sendAll(entries: readonly LocalEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await send(transport, remote.folder, entries);
  await remote.refresh();
}

// The whole page takes drops: beside the zone the browser would open the file and leave the page.
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
document.addEventListener("dragleave", ({ relatedTarget }) => {
  if (relatedTarget === null) drop.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  if (event.dataTransfer !== null) void readDrop(event.dataTransfer).then(sendAll);
});

for (const [button, input] of [
  ["choose-files", "files"],
  ["choose-folder", "folder"],
] as const) {
  const chosen = byId(input, HTMLInputElement);
  byId(button, HTMLButtonElement).addEventListener("click", () => chosen.click());
  chosen.addEventListener("change", () => {
    const entries = readInput(chosen.files ?? new DataTransfer().files);
    // The same choice again is a change again.
    chosen.value = "";
    void sendAll(entries);
  });
}

byId("refresh", HTMLButtonElement).addEventListener("click", () => void remote.refresh());
void remote.open([]);
