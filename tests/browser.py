"""Opens a report in Chromium with the network off and tells what it saw, as JSON.

    browser.py REPORT.html FOLDER

Takes screenshots at 400, 1000 and 1800 pixels, light and dark, into FOLDER; points at
cells, clicks them, draws a box, sorts and searches tables, goes over cells with the
keyboard; and reads the page once more without its script.
"""
import json, sys, tempfile
from pathlib import Path
from playwright.sync_api import sync_playwright

report, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
told = {"console": [], "requests": [], "wide": [], "contrast": []}

CONTRAST = """() => {
  const part = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = (rgb) => { const [r, g, b] = rgb.match(/[\\d.]+/g).map(Number); return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b); };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const of = (selector, property) => { const found = document.querySelector(selector); return found && light(getComputedStyle(found)[property]); };
  const ratio = (ink) => (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  return [["body", "color"], [".about", "color"], ["th", "color"], ["a", "color"], ["footer p", "color"], ["svg text.ink", "fill"], ["svg text.grey", "fill"]]
    .map(([selector, property]) => [selector, of(selector, property)]).filter(([, ink]) => ink !== null).map(([selector, ink]) => [selector, ratio(ink)]);
}"""
# the middle of a cell in the window, whose side and least calls are given
CELL = """([call, side, least]) => {
  const data = JSON.parse(document.getElementById("cells").textContent)[call];
  const svg = document.querySelector(`#call${call} .live svg`);
  svg.scrollIntoView({ block: "center" });
  const cells = data.cells.filter((c) => c[4] === side && c[7] >= least).sort((a, b) => b[7] - a[7]);
  const cell = cells[0];
  const at = new DOMPoint((cell[0] + cell[2]) / 2, (cell[1] + cell[3]) / 2).matrixTransform(svg.getScreenCTM());
  return { x: at.x, y: at.y, calls: cell[7], label: data.labels[side] };
}"""
VISIBLE = "(id) => [...document.querySelectorAll(`#${id} tbody tr`)].filter((row) => !row.hidden).length"
FIRST = "([id, at]) => [...document.querySelectorAll(`#${id} tbody tr`)].slice(0, 3).map((row) => row.cells[at].textContent)"

with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    browser = playwright.chromium.launch(executable_path=sys.argv[3], args=flags)

    def opened(width, scheme="light", script=True):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme,
                                      offline=True, java_script_enabled=script)
        page = context.new_page()
        page.on("console", lambda message: told["console"].append(message.text))
        page.on("pageerror", lambda error: told["console"].append(str(error)))
        page.on("request", lambda request: told["requests"].append(request.url) if not request.url.startswith(("data:", report.as_uri())) else None)
        page.goto(report.as_uri())
        return page

    for width in (400, 1000, 1800):
        for scheme in ("light", "dark"):
            page = opened(width, scheme)
            page.screenshot(path=folder / f"{width}-{scheme}.png", full_page=True)
            told["wide"].append(page.evaluate("document.scrollingElement.scrollWidth - innerWidth"))
            told["contrast"] += [[scheme, *found] for found in page.evaluate(CONTRAST)]
            page.close()

    page = opened(1400)
    told["cut"] = page.eval_on_selector_all("figure div", "all => all.filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => [box.className, box.scrollWidth, box.clientWidth])")
    told["headings"] = page.eval_on_selector_all("h1, h2", "all => all.map((h) => h.tagName + ' ' + h.textContent)")
    told["unlabelled"] = page.eval_on_selector_all("svg", "all => all.filter((svg) => svg.getAttribute('role') !== 'img' || !svg.getAttribute('aria-label')).length")
    told["injected"] = page.evaluate("[typeof window.injected, document.querySelectorAll('img, iframe, object').length, document.querySelectorAll('script').length]")
    told["text"] = page.evaluate("document.body.innerText")
    if page.query_selector("#call0 .live svg"):
        cell = page.evaluate(CELL, [0, 1, 1])
        page.mouse.move(cell["x"], cell["y"])
        told["tip"] = [cell["label"], cell["calls"], page.inner_text("#tip")]
        told["kept"] = page.evaluate(VISIBLE, "slow0")
        page.mouse.click(cell["x"], cell["y"])
        told["said"], told["shown"] = page.inner_text("#said0"), page.evaluate(VISIBLE, "slow0")
        page.click("#said0 button")
        told["again"] = page.evaluate(VISIBLE, "slow0")
        # a box over everything of the new side lists all that was kept of it
        box = page.evaluate("""() => {
          const data = JSON.parse(document.getElementById("cells").textContent)[0];
          const svg = document.querySelector("#call0 .live svg"), cells = data.cells.filter((c) => c[4] === 1);
          svg.scrollIntoView({ block: "center" });
          const at = (x, y) => new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
          const [a, b] = [at(Math.min(...cells.map((c) => c[0])) - 3, Math.min(...cells.map((c) => c[1])) + 1), at(Math.max(...cells.map((c) => c[2])) + 3, Math.max(...cells.map((c) => c[3])) - 1)];
          return [a.x, a.y, b.x, b.y, cells.reduce((sum, c) => sum + c[7], 0)];
        }""")
        page.mouse.move(box[0], box[1])
        page.mouse.down()
        page.mouse.move(box[2], box[3], steps=5)
        page.mouse.up()
        told["boxed"] = [box[4], page.inner_text("#said0"), page.evaluate(VISIBLE, "slow0"), page.eval_on_selector_all("#slow0 tbody tr", "all => all.filter((row) => row.dataset.side === '1').length")]
        page.screenshot(path=folder / "boxed.png")
        page.click("#said0 button")
        page.focus("#call0 .live")
        for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
            page.keyboard.press(key)
        told["keys"] = page.inner_text("#said0")
        page.keyboard.press("Enter")
        told["entered"] = page.inner_text("#said0")
        page.click("#said0 button")
        page.click("#slow0 th:nth-child(2) button")
        told["slowest"] = page.evaluate(FIRST, ["slow0", 1])
        page.click("#slow0 th:nth-child(2) button")
        told["quickest"] = page.evaluate(FIRST, ["slow0", 1])
    page.fill("input[data-for=ranks]", "no such call")
    told["searched"] = page.evaluate(VISIBLE, "ranks")
    page.close()

    page = opened(1000, script=False)
    told["plain"] = page.content().count("<text")
    told["plain_text"] = page.inner_text("main")
    browser.close()
print(json.dumps(told))
