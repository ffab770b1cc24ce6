// Keeps the page fresh: asks for it again while it is looked at, and nobody types or has typed in it.
"use strict";
(() => {
  const seconds = Number(document.currentScript.dataset.seconds);
  const isBusy = () =>
    document.hidden ||
    ["INPUT", "SELECT", "TEXTAREA"].includes(document.activeElement?.tagName) ||
    document.querySelector("details[open], input:checked") !== null ||
    [...document.querySelectorAll("main input")].some((one) => one.value !== one.defaultValue) ||
    String(document.getSelection()) !== "";
  const isOld = (is) => {
    document.getElementById("old").hidden = !is;
  };
  setInterval(async () => {
    if (isBusy()) return;
    try {
      const answer = await fetch(location.href, { redirect: "error" });
      isOld(!answer.ok);
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!isBusy()) document.querySelector("main").replaceWith(page.querySelector("main"));
    } catch {
      isOld(true); // The daemon is away, or one must sign in again: what is shown stays, and must not look fresh.
    }
  }, seconds * 1000);
})();
