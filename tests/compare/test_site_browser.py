"""The site in a real browser: no errors, no dead links, filter and sort, phones, dark pages, assistive technology."""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium on the PATH to open the pages in a browser")
RECORDS = Path(__file__).parents[2] / "reports" / "reference"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage",
    "--remote-debugging-pipe", "--no-first-run", "--hide-scrollbars",
)  # fmt: skip


COMPLAINTS = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")


class Browser:
    """Chromium, spoken to over a pipe in the DevTools protocol: JSON, one message up to each zero byte."""

    def __init__(self, profile):
        (read_them, to_them), (from_them, write_them) = os.pipe(), os.pipe()
        theirs = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (read_them, write_them)]
        os.close(read_them), os.close(write_them)
        self.process = subprocess.Popen(
            [CHROMIUM, *FLAGS, f"--user-data-dir={profile}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=(3, 4), preexec_fn=lambda: (os.dup2(theirs[0], 3), os.dup2(theirs[1], 4)),
        )  # fmt: skip
        for fd in theirs:
            os.close(fd)
        self.out, self.into = os.fdopen(to_them, "wb", 0), os.fdopen(from_them, "rb")
        self.number, self.events, self.rest = 0, [], b""
        target = self.ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = self.ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.tell(f"{domain}.enable")

    def close(self):
        try:
            self.ask("Browser.close")
        finally:
            self.out.close()
            self.process.wait(20)
            self.into.close()

    def _message(self):
        while b"\0" not in self.rest:
            chunk = self.into.read1(1 << 16)
            assert chunk, "the browser has gone"
            self.rest += chunk
        text, _, self.rest = self.rest.partition(b"\0")
        return json.loads(text)

    def ask(self, method, parameters=None, session=None):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters or {}}
        self.out.write(json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        while True:
            found = self._message()
            if found.get("id") == self.number:
                assert "error" not in found, found
                return found["result"]
            self.events.append(found)

    def tell(self, method, **parameters):
        return self.ask(method, parameters, self.session)

    def look(self, width=1280, height=900, dark=False):
        """Size of the window and the scheme of colours that the reader prefers."""
        self.tell(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", features=[feature])

    def open(self, page):
        """Load a file and return what it complained about."""
        self.events.clear()
        self.tell("Page.navigate", url=Path(page).as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._message())
        return [e["params"] for e in self.events if e.get("method") in COMPLAINTS]

    def run(self, expression):
        """Value of an expression of JavaScript in the page."""
        found = self.tell("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    found = Browser(tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of a few recorded claims, one of them open, with the papers, the judge and the benchmarks."""
    from compare import records
    from compare.registry import suite
    from compare.site.writer import write_site

    names = (
        "sparse_data_exponent[decay=1,sparsity=3]", "ticket_stratified[radius=2]", "sparse_peak_with_noise",
        "sparse_paper_unseen", "least_squares_isotropic_risk[n_samples=40]", "sparse_unseen_mass[decay=1,sparsity=3]",
        "dense_label_noise_below_peak", "dense_label_noise_above_peak", "ticket_found_bias", "ticket_constant_share",
    )  # fmt: skip
    claims = [claim for claim in suite().claims if claim.name in names or claim.name.split("[")[0] in names]
    folder = tmp_path_factory.mktemp("site")
    info = {"tier": "full", "seed": 1, "device": "recorded", "versions": {"scaleproof": "0"}}
    assert write_site(records.judge(claims, RECORDS), info, folder, RECORDS)
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return sorted(site.rglob("*.html"))


def kinds(pages):
    """One page of every kind: the index, an ordinary claim, an open one, and the others beside the index."""
    claims = [page for page in pages if page.parent.name == "claims"]
    return [page for page in pages if page not in claims] + claims


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_is_complained_of(browser, pages, dark):
    browser.look(dark=dark)
    assert {page.name: found for page in pages if (found := browser.open(page))} == {}


def test_every_link_leads_somewhere(browser, pages):
    targets = {}
    for page in pages:
        browser.open(page)
        targets[page] = (
            set(browser.run("[...document.querySelectorAll('[id]')].map(e => e.id)")),
            browser.run("[...document.querySelectorAll('a[href]')].map(e => e.href)"),
        )
    dead = []
    for page, (_, links) in targets.items():
        for link in links:
            parts = urlsplit(link)
            to = Path(unquote(parts.path))
            if (
                parts.scheme != "file"
                or to not in targets
                or (parts.fragment and unquote(parts.fragment) not in targets[to][0])
            ):
                dead.append((page.name, link))
    assert dead == []


def test_filter_and_sort(browser, site):
    browser.look()
    browser.open(site / "index.html")
    rows = (
        "[...document.querySelectorAll('tbody tr')].filter(r => !r.hidden).map(r => r.querySelector('a').textContent)"
    )
    everything = browser.run(rows)
    assert len(everything) == browser.run("document.querySelectorAll('tbody tr').length") >= 10
    choose = "(f => {{ f.elements.{}.value = '{}'; f.dispatchEvent(new Event('input')); }})(document.forms[0])"
    browser.run(choose.format("words", "unseen variance"))
    assert browser.run(rows) == ["sparse_unseen_mass[decay=1,sparsity=3]"]
    assert browser.run("document.querySelector('output').textContent") == f"1 of {len(everything)} claims"
    browser.run(choose.format("words", ""))
    browser.run(choose.format("outcome", "inconclusive"))
    assert browser.run(rows) == ["sparse_paper_unseen"]
    browser.run("new Promise(done => { document.querySelector('form').reset(); setTimeout(done, 50); })")
    assert browser.run(rows) == everything
    press = "document.querySelectorAll('thead button')[{}].click()"
    state = "[...document.querySelectorAll('thead th')].map(t => t.ariaSort)"
    browser.run(press.format(0))
    assert browser.run(rows) == sorted(everything)
    assert browser.run(state)[0] == "ascending"
    browser.run(press.format(0))
    assert browser.run(rows) == sorted(everything, reverse=True)
    assert browser.run(state).count("descending") == 1


def test_the_keyboard_reaches_and_sorts(browser, site):
    browser.look()
    browser.open(site / "index.html")
    seen = []
    for _ in range(24):
        for kind in ("rawKeyDown", "keyUp"):
            browser.tell("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        where = browser.run(
            "(e => [e.tagName, e.innerText.trim(), getComputedStyle(e).outlineStyle])(document.activeElement)"
        )
        seen.append(tuple(where))
    assert seen[0][1] == "Skip to the content"
    assert {"INPUT", "SELECT", "BUTTON", "A"} <= {tag for tag, _, _ in seen}
    assert [entry for entry in seen if entry[2] == "none"] == []
    browser.run("document.querySelector('thead button').focus()")
    for kind in ("keyDown", "keyUp"):
        browser.tell(
            "Input.dispatchKeyEvent",
            type=kind,
            key="Enter",
            code="Enter",
            windowsVirtualKeyCode=13,
            text="\r" if kind == "keyDown" else "",
        )
    assert browser.run("document.querySelector('thead th').ariaSort") == "ascending"


def test_without_scripts_the_index_is_a_plain_table(browser, site):
    browser.tell("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.look()
        browser.open(site / "index.html")
        document = browser.tell("DOM.getDocument", depth=1)["root"]["nodeId"]
        found = browser.tell("DOM.querySelectorAll", nodeId=document, selector="tbody tr[hidden], form:not([hidden])")
        assert found["nodeIds"] == []
        assert len(browser.tell("DOM.querySelectorAll", nodeId=document, selector="tbody tr")["nodeIds"]) > 5
    finally:
        browser.tell("Emulation.setScriptExecutionDisabled", value=False)


def test_no_page_scrolls_sideways_on_a_phone(browser, pages):
    browser.look(360, 740)
    wide = {}
    for page in pages:
        browser.open(page)
        inner, whole = browser.run("[innerWidth, document.documentElement.scrollWidth]")
        if whole > inner or inner != 360:
            wide[page.name] = (inner, whole)
    assert wide == {}


CONTRAST = Path(__file__).with_name("site_contrast.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_is_legible(browser, pages, dark):
    browser.look(dark=dark)
    poor = {}
    for page in kinds(pages):
        browser.open(page)
        background = browser.run("getComputedStyle(document.body).backgroundColor")
        assert (int(background.strip("rgb()").split(",")[0]) < 60) == dark
        if found := browser.run(CONTRAST):
            poor[page.name] = found[:5]
    assert poor == {}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_curves_stand_out_from_the_page(browser, site, dark):
    """Strokes and fills of series have a contrast of 3 with the page."""
    browser.look(dark=dark)
    browser.open(next((site / "claims").glob("ticket_stratified*")))
    marks = CONTRAST.replace(
        "if (!own ||", "if (!(e instanceof SVGPathElement) || /none|0\\.\\d/.test(getComputedStyle(e).stroke) ||"
    )
    marks = marks.replace("style.fill : style.color", "style.stroke : style.color").replace("ratio < 4.5", "ratio < 3")
    assert browser.run(marks) == []


ROLES = Path(__file__).with_name("site_roles.js").read_text(encoding="utf-8")


def test_names_labels_headings_and_landmarks(browser, pages):
    browser.look()
    bad = {}
    for page in kinds(pages):
        browser.open(page)
        if found := browser.run(ROLES):
            bad[page.name] = found[:5]
    assert bad == {}


def test_pictures_say_what_they_show(browser, site):
    browser.look()
    browser.open(next((site / "claims").glob("sparse_data_exponent*")))
    tree = browser.tell("Accessibility.getFullAXTree")["nodes"]
    images = [node for node in tree if node.get("role", {}).get("value") in ("image", "img", "graphics-document")]
    names = [node["name"]["value"] for node in images]
    assert len(names) == browser.run("document.querySelectorAll('svg.figure').length") > 3
    assert all("sparse_data_exponent" in name and len(name) > 80 for name in names)
    assert any(node.get("role", {}).get("value") in ("math", "MathMLMath") for node in tree)


def test_the_index_of_all_claims_is_small_and_loads_nothing_else(browser, site):
    browser.look()
    browser.open(site / "index.html")
    assert browser.run("performance.getEntriesByType('resource').length") == 0
    assert (site / "index.html").stat().st_size < 50_000
