// How far the measurement is; when it has ended, the page is loaded again for its result.
const job = document.getElementById("job");
const bar = document.getElementById("bar");
const at = document.getElementById("job-at");
async function look() {
  const answer = await fetch(job.dataset.progress, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const now = await answer.json();
  if (!now.is_running) { location.replace(location.pathname); return false; }
  bar.value = now.percent;
  at.textContent = now.at;
  return true;
}
for (let goes_on = true; goes_on;) {
  await new Promise((done) => setTimeout(done, 500));
  try { goes_on = await look(); } catch (error) { at.textContent = `Not known: ${error.message}. Trying again.`; }
}
