// Keeps the screen on while the page is in view, where the browser can.

export function stayAwake() {
  async function request() {
    if (document.hidden) return;
    await navigator.wakeLock?.request("screen").catch(() => undefined); // a low battery may refuse
  }
  document.addEventListener("visibilitychange", request);
  void request();
}
