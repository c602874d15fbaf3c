(() => {
  "use strict";
  const box = document.getElementById("told");
  const [words, command] = [box.querySelector("p"), box.querySelector("code")];
  const said = box.querySelector("output");
  let asked = null;
  const show = (point) => {
    asked = point;
    words.textContent = point.getAttribute("aria-label");
    command.textContent = point.dataset.replay || "";
    said.textContent = "";
    box.hidden = false;
  };
  const select = () => {
    const range = document.createRange();
    range.selectNodeContents(command);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    said.textContent = "The command is selected.";
  };
  const copy = (point) => {
    show(point);
    const text = point.dataset.replay;
    if (!text) return;
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(() => { said.textContent = "The command is copied."; }, select);
    } else {
      select();
    }
  };
  const close = () => {
    box.hidden = true;
    if (asked) asked.focus();
  };
  // In a crowd one point of each chart is on the way of the tab key; arrow keys reach its neighbours.
  const neighbour = (point, step) => {
    const all = [...point.parentNode.querySelectorAll(".point")];
    const next = all[all.indexOf(point) + step];
    if (!next) return;
    if (point.closest(".crowd")) {
      point.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
    }
    next.focus();
  };
  for (const chart of document.querySelectorAll(".crowd svg > g")) {
    for (const point of [...chart.querySelectorAll(".point")].slice(1)) point.setAttribute("tabindex", "-1");
  }
  const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
  for (const point of document.querySelectorAll(".point")) {
    point.addEventListener("pointerenter", () => show(point));
    point.addEventListener("focus", () => show(point));
    point.addEventListener("click", () => copy(point));
    point.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        copy(point);
      } else if (event.key in steps) {
        event.preventDefault();
        neighbour(point, steps[event.key]);
      }
    });
  }
  box.querySelector("button").addEventListener("click", close);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !box.hidden) close(); });
  window.addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });
})();
