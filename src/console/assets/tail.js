// The live log: asks for what was written since the last look, every second, while the page is seen.
const log = document.getElementById("log");
const toggle = document.getElementById("live");
const said = document.getElementById("live-said");
const most = 2000;
let after = Number(log.dataset.after);
// Lines of that very millisecond come again.
const seen = new Set(log.dataset.seen.split(" "));

async function look() {
  const search = new URLSearchParams({ after: String(after), search: log.dataset.search });
  const answer = await fetch(`${log.dataset.tail}?${search}`, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const news = await answer.json();
  const shown = news.lines.filter((line) => !seen.has(line.id));
  for (const line of news.lines) seen.add(line.id);
  after = news.after;
  if (!shown.length) return;
  document.getElementById("log-empty")?.remove();
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
  for (const line of shown) {
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

async function run() {
  for (;;) {
    if (toggle.checked && !document.hidden) {
      try { await look(); said.textContent = "New lines appear here."; } catch (error) { said.textContent = `No new lines: ${error.message}. Trying again.`; }
    } else said.textContent = toggle.checked ? "" : "Paused.";
    await new Promise((done) => setTimeout(done, 1000));
  }
}
log.scrollTop = log.scrollHeight;
run();
