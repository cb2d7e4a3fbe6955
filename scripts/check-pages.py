"""check-pages.py CHECK ADDRESS…: looks at the pages of a running `tributary demo` or gateway in Chromium; what is wrong is on standard
output, and `passed` is its last line where nothing is."""

import json
import sys
import urllib.parse

from browser import Browser, Trouble

TROUBLES = []

# All sections are there, perhaps some of them while another is being fetched: with four that age apart there may always be one.
CALM = "document.querySelector('#banner:is(.ok, .note)')"


def expect(holds, sentence):
    if not holds:
        TROUBLES.append(sentence)


def text(page, selector):
    return page.run(f"document.querySelector({json.dumps(selector)})?.textContent")


def rows(page, body):
    return page.run(f"document.querySelectorAll('#{body} tr:not(:has(.empty))').length")


def is_quiet(page, address):
    """No complaint in the console, and no request for another host."""
    expect(not page.complaints(), f"the console complains: {page.complaints()}")
    host = urllib.parse.urlsplit(address).netloc
    foreign = [url for url in page.requests() if not url.startswith("data:") and urllib.parse.urlsplit(url).netloc != host]
    expect(not foreign, f"asks others: {foreign}")


def set_fault(page, service, fault):
    page.click(f"input[name=fault-{service}][value='{fault}']")


# The demo's dashboard


def demo_rows(browser, address):
    page = browser.page(address)
    page.wait(CALM, what="a complete answer")
    document = page.run("fetch('/api/dashboard/consolidated').then(it => it.json())")
    expect(rows(page, "posts") == min(10, len(document["metrics"]["items"])), "first posts")
    for body in ("top-users", "top-accounts", "best-posts"):
        expect(rows(page, body) == 5, body)
    expect(rows(page, "sections") == 4, "four sections")
    expect(rows(page, "derived") == 3, "three derived parts")
    first = document["metrics"]["items"][0]["usernameTiktokAccount"]
    expect(text(page, "#posts th") == first, f"the first post is {first}'s")
    expect(text(page, "#totals dd") == str(document["metadata"]["total_users"]), "total users")
    expect(page.run("document.querySelectorAll('#engagement rect').length") > 0, "bars in the chart")
    expect(page.run("document.querySelectorAll('#services .is-ok').length") == 4, "four green lights")
    expect("tributary/metrics" in text(page, "#consolidated-headers"), "Cache-Status is shown")
    is_quiet(page, address)


def demo_faults(browser, address):
    page = browser.page(address)
    page.wait(CALM, what="a complete answer")
    set_fault(page, "metrics", "status:503")
    page.wait("document.querySelector('#light-metrics').textContent === 'unavailable'", 60, "the light of metrics turns")
    page.wait("document.querySelector('#state-metrics').textContent === 'stale'", 60, "its section is from before")
    expect(page.run("document.querySelector('#banner').className") == "banner warn", "the banner says partial")
    expect(rows(page, "posts") == 10, "the rows are still there")
    page.click("#purge")
    page.wait("document.querySelector('#state-metrics').textContent === 'missing'", 60, "its section is missing")
    page.wait("document.querySelector('#trends-quality').textContent === 'unavailable'", 60, "trends cannot be computed")
    expect(rows(page, "posts") == 0, "no posts are left")
    expect(rows(page, "top-users") == 5, "what the other services have is still there")
    page.click("#heal")
    page.wait("document.querySelector('#light-metrics').textContent === 'ok'", 60, "the light of metrics turns back")
    page.wait(CALM, 60, "a complete answer again")
    expect(rows(page, "posts") == 10, "the rows are back")
    is_quiet(page, address)


def demo_nothing(browser, address):
    """All four are broken, and nothing is kept: there is a problem in place of a document."""
    page = browser.page(address)
    page.wait(CALM, what="a complete answer")
    for service in ("users", "accounts", "metrics", "dashboard"):
        set_fault(page, service, "status:503")
    # What is fetched between a purge and a fault would be kept.
    page.wait("fetch('/demo/faults').then(it => it.json()).then(it => Object.values(it).every(fault => fault === 'status:503'))")
    page.click("#purge")
    page.wait("document.querySelector('#verdict').textContent.startsWith('No document')", 60, "says that there is none")
    expect(page.run("document.querySelectorAll('#services .is-bad').length") == 4, "four red lights")
    page.click("#heal")
    page.wait(CALM, 60, "a complete answer again")
    others = [it for it in page.complaints() if "503" not in it]
    expect(not others, f"the console complains: {others}")


def demo_user(browser, address):
    page = browser.page(address)
    page.wait(CALM, what="a complete answer")
    page.run("document.querySelector('#user').focus()")
    page.press("7", "Digit7", 55, "7")
    page.press("Enter", number=13, text="\r")
    page.wait("document.querySelector('#totals dd').textContent === '1'", what="one user's data")
    expect(any("user_id=7" in url for url in page.requests()), "the user id is asked for")
    is_quiet(page, address)


# The status page


def status_shows(browser, address, demo):
    page = browser.page(address + "/status")
    page.wait("document.querySelector('#live').textContent === 'live'", what="the stream is live")
    page.wait("document.querySelectorAll('#services .is-ok').length === 4", what="four services are seen, though nobody asked")
    moment = text(page, "#moment")
    page.wait(f"document.querySelector('#moment').textContent !== {json.dumps(moment)}", what="another snapshot")
    expect(rows(page, "sections") == 4, "four sections")
    expect(rows(page, "partial") == 0, "no partial answer")
    dashboard = browser.page(demo)
    dashboard.wait(CALM, what="a complete answer")
    set_fault(dashboard, "users", "refuse")
    dashboard.wait("document.querySelector('#light-users').textContent === 'unavailable'", 60, "the dashboard's light turns")
    page.front()
    page.wait("document.querySelector('#card-users .badge').textContent === 'unhealthy'", 60, "the service turns")
    page.wait("document.querySelectorAll('#partial tr .pair').length > 0", 60, "the partial answers are listed")
    expect("connection refused" in text(page, "#partial"), "with their reason")
    expect("users" in text(page, "#verdict"), "the banner names it")
    page.wait("document.querySelectorAll('#services .line').length > 0", 60, "a line of latencies")
    dashboard.front()
    dashboard.click("#heal")
    dashboard.wait(CALM, 60, "a complete answer again")
    page.front()
    page.wait("document.querySelector('#card-users .badge').textContent === 'healthy'", 60, "the service turns back")
    expect(page.run("[...document.querySelectorAll('#sections .meter')].every(it => it.ariaLabel.startsWith('memory'))"),
           "where sections came from")
    is_quiet(page, address)


def status_token(browser, address, token):
    page = browser.page(address + "/status")
    page.wait("!document.querySelector('#door').hidden", what="asks for the token")
    for attempt, said in (("not-the-token-at-all", True), (token, False)):
        page.run(f"document.querySelector('#token').value = {json.dumps(attempt)}")
        page.click("#door button")
        if said:
            page.wait("document.querySelector('#door-trouble').textContent !== ''", what="says that it is another one")
    page.wait("document.querySelector('#live').textContent === 'live'", what="shows the status")
    expect(page.run("document.querySelectorAll('#services article').length") == 4, "four services")
    others = [it for it in page.complaints() if "401" not in it]
    expect(not others, f"the console complains: {others}")


# For everybody

CONTRAST = """(() => {
  const parse = (text) => { const it = text.match(/[\\d.]+/g).map(Number); return { rgb: it.slice(0, 3), a: it[3] ?? 1 }; };
  const light = (rgb) => { const [r, g, b] = rgb.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = (node) => { const layers = []; for (; node; node = node.parentElement) { const it = parse(getComputedStyle(node).backgroundColor);
      if (it.a > 0) layers.push(it); if (it.a === 1) break; }
    return layers.reverse().reduce((under, it) => under.map((v, i) => v * (1 - it.a) + it.rgb[i] * it.a), [255, 255, 255]); };
  const found = []; let seen = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), node = walker.currentNode.parentElement;
    if (!text || node.closest('.hidden-text, .skip, script, title, desc') || !node.checkVisibility()) continue;
    const style = getComputedStyle(node), ink = parse(node instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(ink.rgb), light(ground(node))].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
    seen += 1; if (ratio < 4.5) found.push(`${text.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return { seen, found: [...new Set(found)] };
})()"""

NAMELESS = """[...document.querySelectorAll('button, input, a, summary, svg[role=img], [role=region], table')].filter(node => {
  if (!node.checkVisibility()) return false;
  const by = (node.getAttribute('aria-labelledby') ?? '').split(' ').filter(Boolean).map(id => document.getElementById(id)?.textContent ?? '').join('');
  const name = node.getAttribute('aria-label') || by || [...(node.labels ?? [])].map(it => it.textContent).join('')
    || node.querySelector('title, caption')?.textContent || (node.matches('button, a, summary') ? node.textContent : '');
  return !name.trim();
}).map(node => node.outerHTML.slice(0, 90))"""


def accessible(browser, address, ready):
    for dark in (False, True):
        for width in (1280, 360):
            page = browser.page(address, width=width, height=800, dark=dark)
            page.wait(ready)
            contrast = page.run(CONTRAST)
            name = f"{'dark' if dark else 'light'} at {width}"
            expect(contrast["seen"] > 60, f"{name}: only {contrast['seen']} texts were seen")
            expect(not contrast["found"], f"{name}: contrast below 4.5: {contrast['found']}")
            expect(page.run("document.documentElement.scrollWidth") <= width, f"{name}: wider than the window")
            expect(not page.run(NAMELESS), f"{name}: without a name: {page.run(NAMELESS)}")
            ids = page.run("[...document.querySelectorAll('[id]')].map(it => it.id)")
            expect(len(ids) == len(set(ids)), f"{name}: an id stands twice")
            levels = page.run("[...document.querySelectorAll('h1, h2, h3')].filter(it => it.checkVisibility()).map(it => +it.tagName[1])")
            expect(levels[:1] == [1] and levels.count(1) == 1, f"{name}: one h1, first")
            page.close()
    page = browser.page(address, reduced=True)
    page.wait(ready)
    page.click("button")
    expect(page.run("document.getAnimations().length") == 0, "nothing moves for who wants nothing to move")


REACHED = """(() => { const it = document.activeElement; return it.type === 'radio' ? it.name : it.id || it.className || it.tagName +
  (it.getAttribute('aria-label') ?? it.getAttribute('aria-labelledby') ?? it.textContent); })()"""
WANTED = """[...new Set([...document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]')].filter(it => it.checkVisibility())
  .map(it => it.type === 'radio' ? it.name : it.id || it.className || it.tagName +
    (it.getAttribute('aria-label') ?? it.getAttribute('aria-labelledby') ?? it.textContent)))]"""


def keyboard(browser, address, ready):
    page = browser.page(address)
    page.wait(ready)
    wanted, reached = set(page.run(WANTED)), set()
    for _ in range(len(wanted) + 10):
        page.tab()
        if page.run("document.activeElement === document.body"):
            continue  # Behind the last one the browser begins again.
        reached.add(page.run(REACHED))
        visible = page.run("(() => { const it = document.activeElement; const on = it.type === 'radio' ? it.nextElementSibling : it;"
                           " return getComputedStyle(on).outlineStyle; })()")
        expect(visible != "none", f"the focus cannot be seen on {page.run(REACHED)}")
    expect(wanted <= reached, f"not reached by the keyboard: {sorted(wanted - reached)}")


def demo_keyboard(browser, address):
    keyboard(browser, address, CALM)
    page = browser.page(address)
    page.wait(CALM)
    page.run("document.querySelector('input[name=fault-users]:checked').focus()")
    page.press("ArrowRight", number=39)
    page.wait("fetch('/demo/faults').then(it => it.json()).then(it => it.users === 'slow:1s')", what="an arrow breaks a service")
    page.run("document.querySelector('#heal').focus()")
    page.press("Enter", number=13, text="\r")
    page.wait("fetch('/demo/faults').then(it => it.json()).then(it => it.users === 'none')", what="the return key heals it")
    # Of what was healed the page still asks; then it plans nothing while the switch is off.
    page.run("document.querySelector('#auto').focus()")
    page.press(" ", "Space", 32, " ")
    expect(page.run("document.querySelector('#auto').checked") is False, "the space bar switches the refreshing off")
    page.wait("!document.querySelector('#busy.on')")
    page.run("(() => { const real = setTimeout; window.planned = 0;"
             " window.setTimeout = (...it) => { planned += 1; return real(...it); }; })()")
    page.click("#refresh")
    page.wait("!document.querySelector('#busy.on')")
    expect(page.run("planned") == 0, "no refresh is planned any more")
    page.press(" ", "Space", 32, " ")
    page.wait("planned > 0", what="and is again when it is switched on")


CHECKS = {
    "demo-rows": demo_rows,
    "demo-faults": demo_faults,
    "demo-nothing": demo_nothing,
    "demo-user": demo_user,
    "demo-keyboard": demo_keyboard,
    "demo-accessible": lambda browser, address: accessible(browser, address, CALM),
    "status-shows": status_shows,
    "status-token": status_token,
    "status-keyboard": lambda browser, address: keyboard(
        browser, address + "/status", "document.querySelectorAll('#services .is-ok').length === 4"),
    "status-accessible": lambda browser, address: accessible(
        browser, address + "/status", "document.querySelectorAll('#services .is-ok').length === 4"),
}


def main():
    name, *rest = sys.argv[1:]
    try:
        with Browser() as browser:
            CHECKS[name](browser, *rest)
    except Trouble as trouble:
        TROUBLES.append(str(trouble))
    for trouble in TROUBLES:
        print(trouble)
    if TROUBLES:
        sys.exit(1)
    print("passed")


main()
