"""Drives the installed Chromium, without a window, over the DevTools protocol: on two pipes, so that nothing beside Python is needed.

    with Browser() as browser:
        page = browser.page("http://127.0.0.1:8005/", width=1280, height=900)
        page.wait("document.querySelector('#banner.ok')")
        page.screenshot("page.png")
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


class Trouble(Exception):
    """What a test tells: a sentence."""


class Browser:
    """One Chromium with a profile of its own, which is gone with it. No request leaves for another host than this machine."""

    def __init__(self):
        binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if not binary:
            raise Trouble("there is no chromium in PATH")
        self.profile = tempfile.mkdtemp(prefix="tributary-browser-")
        to_browser, self.writing = os.pipe()
        self.reading, from_browser = os.pipe()
        # The protocol's pipes are descriptors 3 and 4.
        command = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
        self.process = subprocess.Popen(
            ["bash", "-c", command, "bash", str(to_browser), str(from_browser), binary, "--headless", "--no-sandbox",
             "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars", "--force-color-profile=srgb",
             "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--remote-debugging-pipe",
             "--user-data-dir=" + self.profile, "about:blank"],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.rest = b""
        self.number = 0
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self.process.wait(10)
        except (Trouble, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.writing)
        os.close(self.reading)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, session=None, /, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.writing, data):]
        end = time.monotonic() + 60
        while True:
            answer = self.next(end)
            if answer is None:
                raise Trouble(f"no answer to {method}")
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise Trouble(f"{method}: {answer['error'].get('message')}")
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def next(self, end):
        """The next message; None when there was none until then."""
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.reading], [], [], max(0, end - time.monotonic()))
            if not ready:
                return None
            data = os.read(self.reading, 1 << 16)
            if not data:
                raise Trouble("Chromium has ended")
            self.rest += data
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def page(self, url, width=1280, height=900, dark=False, reduced=False, scale=1, settle=True):
        return Page(self, url, width, height, dark, reduced, scale, settle)


class Page:
    """A tab. What its console complains of, what it asks for and what fails is kept."""

    def __init__(self, browser, url, width, height, dark, reduced, scale, settle):
        self.browser = browser
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if reduced else "no-preference"}])
        self.front()
        self.call("Page.navigate", url=url)
        if settle:
            self.wait("document.readyState === 'complete'")

    def call(self, method, /, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def front(self):
        """Only the tab in front is seen; the others may rest."""
        self.call("Page.bringToFront")

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)

    def run(self, script):
        """The value of an expression, or of what it promises."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            detail = answer["exceptionDetails"]
            raise Trouble(detail.get("exception", {}).get("description") or detail.get("text"))
        return answer["result"].get("value")

    def wait(self, script, seconds=30, what=None):
        """Until the expression holds."""
        end = time.monotonic() + seconds
        while True:
            if self.run(f"Promise.resolve({script}).then((it) => !!it)"):
                return
            if time.monotonic() > end:
                raise Trouble(f"not within {seconds} s: {what or script}")
            time.sleep(0.05)

    def press(self, key, code=None, number=0, text=None, shift=False):
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code or key, windowsVirtualKeyCode=number,
                      modifiers=8 if shift else 0, **more)

    def tab(self):
        self.press("Tab", number=9)

    def click(self, selector):
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def screenshot(self, path, full=False):
        area = {}
        if full:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            area = {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1},
                    "captureBeyondViewport": True}
        data = self.call("Page.captureScreenshot", format="png", **area)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def mine(self, *methods):
        return [event["params"] for event in self.browser.events
                if event.get("sessionId") == self.session and event["method"] in methods]

    def requests(self):
        """The addresses of all that the page has asked for."""
        self.run("0")
        return [event["request"]["url"] for event in self.mine("Network.requestWillBeSent")]

    def complaints(self):
        """Errors and warnings of the console, exceptions, and what a policy has kept away."""
        self.run("0")
        found = []
        for event in self.mine("Runtime.consoleAPICalled"):
            if event["type"] in ("error", "warning", "assert"):
                found.append(" ".join(str(it.get("value", it.get("description"))) for it in event["args"]))
        for event in self.mine("Runtime.exceptionThrown"):
            found.append(event["exceptionDetails"].get("exception", {}).get("description") or event["exceptionDetails"]["text"])
        for event in self.mine("Log.entryAdded"):
            if event["entry"]["level"] in ("error", "warning"):
                found.append(event["entry"]["text"] + " " + event["entry"].get("url", ""))
        return found
