// The live log: the server sends what is written, as long as the page is seen. Browsers have few connections to one server, so
// a page in the background has none.
const log = document.getElementById("log");
const toggle = document.getElementById("live");
const said = document.getElementById("live-said");
const most = 2000;
let source = null;
let from = null;

function show(lines) {
  document.getElementById("log-empty")?.remove();
  log.hidden = false;
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
  for (const line of lines) {
    const row = document.createElement("span");
    if (line.class) row.className = line.class;
    const time = document.createElement("time");
    time.textContent = line.time;
    row.append(time, line.text);
    log.append(row);
  }
  while (log.childElementCount > most) log.firstElementChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function follow() {
  const wanted = toggle.checked && !document.hidden;
  if (!wanted) {
    source?.close();
    source = null;
    if (!toggle.checked) said.textContent = "Paused.";
    return;
  }
  if (source) return;
  // Where it was when the page was in the background.
  const address = new URL(log.dataset.tail, location.href);
  if (from !== null) address.searchParams.set("from", from);
  source = new EventSource(address);
  source.addEventListener("open", () => { said.textContent = "New lines appear here."; });
  source.addEventListener("message", (event) => { from = event.lastEventId; show(JSON.parse(event.data)); });
  source.addEventListener("error", () => {
    said.textContent = "The connection was lost. Trying again.";
    // After an answer that is no stream the browser does not try again by itself.
    if (source?.readyState === EventSource.CLOSED) { source = null; setTimeout(follow, 3000); }
  });
}
toggle.addEventListener("change", follow);
document.addEventListener("visibilitychange", follow);
log.scrollTop = log.scrollHeight;
follow();
