/**
 * The one script of a tear sheet: a vertical line with the values under the pointer. The page is
 * complete without it.
 *
 * @module
 */

/** Runs in the page; reads the points from `data-hover` and adds no markup but text. */
export const HOVER_SCRIPT = `"use strict";
for (const figure of document.querySelectorAll("[data-hover]")) {
  const { start, end, quote, rows } = JSON.parse(figure.dataset.hover);
  const readout = figure.querySelector(".readout");
  const plot = figure.querySelector("svg");
  const number = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const hide = () => { readout.hidden = true; figure.classList.remove("hover"); };
  figure.addEventListener("pointerleave", hide);
  figure.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect(), outer = figure.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width;
    if (x < 0 || x > 1) return hide();
    let low = 0, high = rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (rows[middle][0] <= x) low = middle; else high = middle - 1;
    }
    const [at, equity, drawdown] = rows[low];
    const left = box.left - outer.left + at * box.width;
    figure.style.setProperty("--x", left + "px");
    figure.classList.add("hover");
    readout.hidden = false;
    readout.classList.toggle("flip", at > 0.7);
    const time = new Date(start + at * (end - start)).toISOString();
    readout.textContent = time.slice(11, 23) + " · " + number.format(equity) + " " + quote +
      " · " + (drawdown === 0 ? "at its peak" : drawdown.toPrecision(3).replace("-", "−") + "%");
  });
}
`;
