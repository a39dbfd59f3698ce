// Keeps the gradebook up to date, and gives LTT's frames the height they ask for.
const SHORTEST = 450;
const TALLEST = 1200;

new EventSource('/gradebook/events').addEventListener('gradebook', (event) => {
  document.getElementById('gradebook').innerHTML = event.data;
});

addEventListener('message', (event) => {
  if (event.origin !== document.body.dataset.tool) return;
  let message = event.data;
  if (typeof message === 'string') {
    try {
      message = JSON.parse(message);
    } catch {
      return;
    }
  }
  if (message?.subject !== 'lti.frameResize' || !Number.isFinite(message.height)) return;
  for (const frame of document.querySelectorAll('iframe')) {
    if (frame.contentWindow !== event.source) continue;
    frame.style.height = `${Math.min(Math.max(message.height, SHORTEST), TALLEST)}px`;
  }
});
