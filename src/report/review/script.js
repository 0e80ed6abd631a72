"use strict";
// Sorting and searching of tables, and looking into spectrograms. Without this script
// everything can still be read.
(() => {
  const units = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };
  // what a cell is worth: 1.20ms, +3.4us, 12,617, x3.6, p5
  const worth = (text) => {
    const found = /^[^\d+\-−]*([+\-−]?)([\d,]*\.?\d+)\s*(ns|us|ms|s)?/.exec(text.trim());
    if (!found) return null;
    const number = Number(found[2].replaceAll(",", "")) * (units[found[3]] || 1);
    return found[1] === "-" || found[1] === "−" ? -number : number;
  };
  const count = (calls) => `${calls.toLocaleString("en")} ${calls === 1 ? "call" : "calls"}`;
  const time = (ns) => {
    for (const [name, unit] of [["s", 1e9], ["ms", 1e6], ["us", 1e3]])
      if (ns >= unit) return (ns / unit).toPrecision(3) + name;
    return ns + "ns";
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent || "state";
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") !== "descending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const numeric = head.classList.contains("number");
        const value = (row) => {
          const text = row.cells[at].textContent;
          return numeric ? (worth(text) ?? -Infinity) : text;
        };
        const rows = [...table.tBodies[0].rows].map((row) => [value(row), row]);
        rows.sort(([a], [b]) => (numeric ? a - b : a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1));
        table.tBodies[0].append(...rows.map(([, row]) => row));
      });
    });
  }
  const filters = new Map(); // table -> what the chosen box lets pass
  const show = (table) => {
    const search = document.querySelector(`input[data-for="${table.id}"]`);
    const words = search ? search.value.toLowerCase() : "";
    const inBox = filters.get(table) || (() => true);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      row.hidden = !(row.textContent.toLowerCase().includes(words) && inBox(row));
      shown += !row.hidden;
    }
    return shown;
  };
  for (const input of document.querySelectorAll("input[data-for]")) {
    input.hidden = false;
    input.addEventListener("input", () => show(document.getElementById(input.dataset.for)));
  }

  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  document.body.append(tip);
  const tell = (x, y, words) => {
    tip.textContent = words;
    tip.hidden = false;
    tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - tip.offsetWidth - 8)) + "px";
    tip.style.top = Math.max(4, Math.min(y + 14, innerHeight - tip.offsetHeight - 8)) + "px";
  };

  // cells: [x0, y0, x1, y1, side, row, bucket, calls]; side 2: a difference, in millionths
  const data = JSON.parse(document.getElementById("cells").textContent);
  data.forEach((call, number) => {
    const svg = document.querySelector(`#call${number} .live svg`);
    if (!svg) return;
    const table = document.getElementById(`slow${number}`);
    const said = document.getElementById(`said${number}`);
    const holder = svg.parentElement;
    const words = (cell) => {
      const from = call.bounds[cell[6]], to = call.bounds[cell[6] + 1];
      const when = `${time(cell[5] * call.step)} to ${time((cell[5] + 1) * call.step)}`;
      const what = cell[4] === 2
        ? `${(cell[7] / 1e4).toPrecision(3)} % of the calls, new less base`
        : count(cell[7]);
      return `${call.labels[cell[4]]}: ${what}, ${time(from)} to ${time(to)}, from ${when}`;
    };
    const point = (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      return [at.x, at.y];
    };
    const under = ([x, y]) => call.cells.find((c) => x >= c[0] && x < c[2] && y >= c[1] && y < c[3]);
    const shape = (kind) => {
      const found = document.createElementNS(svg.namespaceURI, "rect");
      found.setAttribute("class", kind);
      svg.append(found);
      return found;
    };
    const put = (rect, x0, y0, x1, y1) => {
      for (const [name, value] of [["x", x0], ["y", y0], ["width", x1 - x0], ["height", y1 - y0]])
        rect.setAttribute(name, value);
    };
    // lists what is known of the cells that touch a box
    const choose = (x0, y0, x1, y1) => {
      const all = call.cells.filter((c) => c[0] < x1 && c[2] > x0 && c[1] < y1 && c[3] > y0 && c[4] < 2);
      if (!all.length || !table) return;
      const side = all[0][4], cells = all.filter((c) => c[4] === side);
      const low = call.bounds[Math.min(...cells.map((c) => c[6]))];
      const high = call.bounds[Math.max(...cells.map((c) => c[6])) + 1];
      const first = Math.min(...cells.map((c) => c[5])), last = Math.max(...cells.map((c) => c[5]));
      const from = first * call.step, to = (last + 1) * call.step;
      const calls = cells.reduce((sum, c) => sum + c[7], 0);
      const within = (inTime) => (row) => {
        const [s, l, r] = [row.dataset.side, row.dataset.ns, row.dataset.row].map(Number);
        return s === side && l >= low && l < high && (!inTime || (r >= first && r <= last));
      };
      filters.set(table, within(true));
      const shown = show(table);
      if (!shown) {
        filters.set(table, within(false));
        show(table);
      }
      table.closest("details").open = true;
      said.replaceChildren(`${call.labels[side]}: ${count(calls)} of ${time(low)} to ${time(high)}, from ${time(from)} to ${time(to)}; ${shown ? `${shown} of them are kept here` : "none of them is kept here, below are others of that latency"}. `);
      const runs = call.runs[side];
      if (runs.length) said.append(runs.length > 1 ? "All of them, run by run: " : "All of them: ");
      for (const [command, begin] of runs) {
        const code = document.createElement("code");
        const second = (ns) => (Math.max(0, begin + ns) / 1e9).toFixed(9) + "s";
        code.textContent = `${command} 'evt.type=${call.name} and evt.dir=< and evt.latency>=${low} and evt.latency<${high}' --since ${second(from)} --until ${second(to - 1)}`;
        said.append(code, " ");
      }
      const back = document.createElement("button");
      back.type = "button";
      back.textContent = "show all again";
      back.addEventListener("click", () => {
        filters.delete(table);
        show(table);
        box.remove();
        said.textContent = "";
      });
      said.append(back);
      svg.append(box);
      put(box, x0, y0, x1, y1);
    };
    const box = shape("box"), cursor = shape("cursor");
    box.remove();
    cursor.remove();
    let start = null;
    svg.addEventListener("pointerdown", (event) => { start = point(event); });
    svg.addEventListener("pointermove", (event) => {
      const at = point(event);
      if (start && event.buttons) {
        svg.append(box);
        put(box, Math.min(start[0], at[0]), Math.min(start[1], at[1]), Math.max(start[0], at[0]), Math.max(start[1], at[1]));
      }
      const cell = under(at);
      if (cell) tell(event.clientX, event.clientY, words(cell)); else tip.hidden = true;
    });
    svg.addEventListener("pointerleave", () => { tip.hidden = true; });
    svg.addEventListener("pointerup", (event) => {
      if (!start) return;
      const [a, b] = [start, point(event)];
      start = null;
      const cell = under(b);
      const small = Math.hypot(a[0] - b[0], a[1] - b[1]) < 5;
      if (small && cell) choose(cell[0], cell[1], cell[2], cell[3]);
      else if (!small) choose(Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1]));
    });
    // the same with the keyboard: arrows go from cell to cell, Enter chooses one
    let current = null;
    const near = (dx, dy) => {
      const [x, y] = current ? [(current[0] + current[2]) / 2, (current[1] + current[3]) / 2] : [0, 0];
      let best = null, least = Infinity;
      for (const c of call.cells) {
        const [far, off] = [(c[0] + c[2]) / 2 - x, (c[1] + c[3]) / 2 - y];
        const [along, across] = dx ? [far * dx, Math.abs(off)] : [off * dy, Math.abs(far)];
        if (along > 0.5 && along + 4 * across < least) [best, least] = [c, along + 4 * across];
      }
      return best;
    };
    holder.tabIndex = 0;
    holder.setAttribute("aria-label", `Spectrogram of ${call.name}: arrow keys go from cell to cell, Enter lists the calls of one`);
    holder.addEventListener("keydown", (event) => {
      const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
      if (way) {
        event.preventDefault();
        current = near(...way) || current;
        if (!current) return;
        svg.append(cursor);
        put(cursor, current[0] - 1, current[1] - 1, current[2] + 1, current[3] + 1);
        const at = cursor.getBoundingClientRect();
        tell(at.right, at.bottom, words(current));
        said.textContent = words(current);
      } else if (event.key === "Enter" && current) {
        choose(current[0], current[1], current[2], current[3]);
      }
    });
    holder.addEventListener("blur", () => { tip.hidden = true; });
  });
})();
