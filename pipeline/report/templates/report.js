"use strict";
(() => {
  const tip = document.getElementById("tip");
  const said = document.getElementById("said");
  let held = null;

  const scopeOf = (node) => node.closest("[data-scope]");
  const keyed = (target) => target instanceof Element ? target.closest("[data-k]") : null;
  const labelled = (target) => target instanceof Element ? target.closest("[data-t]") : null;

  // Keys are generated from letters, digits and hyphens, never from the text of a document.
  const twins = (node) => {
    const scope = scopeOf(node);
    return scope ? scope.querySelectorAll(`[data-k="${node.dataset.k}"]`) : [];
  };

  const cool = () => document.querySelectorAll(".hot").forEach((node) => node.classList.remove("hot"));

  const heat = (node) => {
    cool();
    for (const twin of twins(node)) {
      twin.classList.add("hot");
      if (twin !== node) reveal(twin);
    }
  };

  // Scrolls a list, never the page, so that the other half of a pair stays visible.
  const reveal = (node) => {
    const list = node.closest(".list, .scroll");
    if (!list || !node.offsetParent) return;
    const top = node.getBoundingClientRect().top - list.getBoundingClientRect().top;
    if (top < 0 || top > list.clientHeight - node.offsetHeight) {
      list.scrollTop += top - list.clientHeight / 2;
    }
  };

  const showTip = (node, text) => {
    tip.textContent = text;
    tip.hidden = false;
    const box = node.getBoundingClientRect();
    const width = tip.offsetWidth;
    const height = tip.offsetHeight;
    const left = Math.max(8, Math.min(box.left + box.width / 2 - width / 2, document.documentElement.clientWidth - width - 8));
    const above = box.top - height - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above < 56 ? Math.min(box.bottom + 8, innerHeight - height - 8) : above}px`;
  };

  const hideTip = () => { tip.hidden = true; };

  const point = (target) => {
    const box = labelled(target);
    if (box) showTip(box, box.dataset.t);
    const node = keyed(target);
    if (node) heat(node);
    return box || node;
  };

  const release = () => {
    held = null;
    cool();
    hideTip();
  };

  document.addEventListener("pointerover", (event) => {
    if (held) return;
    if (!point(event.target)) release();
    else if (!labelled(event.target)) hideTip();
  });
  document.addEventListener("pointerleave", () => { if (!held) release(); });

  document.addEventListener("click", (event) => {
    const node = keyed(event.target);
    if (!node || held === node) {
      if (held) release();
      return;
    }
    held = null;
    point(node);
    open(node);
    held = node;
  });

  // A click on a box opens the list with its value.
  const open = (node) => {
    for (const twin of twins(node)) {
      const section = twin.closest("details");
      if (twin !== node && section && !section.open && !node.closest("details")) section.open = true;
      if (twin !== node) reveal(twin);
    }
  };

  document.addEventListener("focusin", (event) => {
    if (!held && keyed(event.target)) point(event.target);
  });
  document.addEventListener("focusout", () => { if (!held) release(); });

  const visible = (node) => getComputedStyle(node).display !== "none";

  const step = (nodes, current, event) => {
    const forward = event.key === "ArrowDown" || event.key === "ArrowRight";
    const at = nodes.indexOf(current);
    if (event.key === "Home") return nodes[0];
    if (event.key === "End") return nodes[nodes.length - 1];
    if (at < 0) return nodes[forward ? 0 : nodes.length - 1];
    return nodes[(at + (forward ? 1 : -1) + nodes.length) % nodes.length];
  };

  const MOVES = ["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End"];

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return release();
    if (!MOVES.includes(event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
    const item = event.target.closest(".list > li");
    const boxes = event.target.closest("svg.boxes");
    if (item) {
      const next = step([...item.parentElement.children], item, event);
      item.tabIndex = -1;
      next.tabIndex = 0;
      held = null;
      next.focus();
      event.preventDefault();
    } else if (boxes) {
      const shown = [...boxes.children].filter(visible);
      if (!shown.length) return;
      const next = step(shown, boxes.querySelector(".at"), event);
      for (const box of boxes.children) box.classList.toggle("at", box === next);
      held = null;
      point(next);
      open(next);
      said.textContent = next.dataset.t;
      event.preventDefault();
    }
  });

  addEventListener("scroll", () => { if (!held) hideTip(); else if (labelled(held)) showTip(held, held.dataset.t); }, { passive: true });
})();
