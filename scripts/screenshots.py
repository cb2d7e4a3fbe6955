"""screenshots.py DASHBOARD ADMIN FOLDER: pictures of the demo's dashboard and of the status page, well and in trouble."""

import os
import sys
import time

from browser import Browser


def main():
    dashboard, admin, folder = sys.argv[1:]
    with Browser() as browser:

        def shoot(page, name):
            page.front()
            page.screenshot(os.path.join(folder, name + ".png"))

        views = {"": (1280, 900, False), "-dark": (1280, 900, True), "-phone": (390, 844, False)}
        pages = {name: browser.page(dashboard, width=w, height=h, dark=dark) for name, (w, h, dark) in views.items()}
        for name, page in pages.items():
            page.front()
            page.click("#refresh")
            page.wait("document.querySelector('#banner:is(.ok, .note)')")
            shoot(page, "dashboard" + name)

        broken = pages[""]
        broken.front()
        for selector in ("input[name=fault-metrics][value=hang]", "input[name=fault-users][value=refuse]"):
            broken.click(selector)
        broken.wait("document.querySelector('#state-metrics').textContent === 'stale'"
                    " && document.querySelector('#light-metrics').textContent === 'timeout'"
                    " && document.querySelector('#light-users').textContent === 'unavailable'"
                    " && document.querySelector('#state-accounts').textContent === 'cached'", 60)
        time.sleep(0.5)  # The colours change within a fifth of a second.
        shoot(broken, "dashboard-degraded")

        for name, (w, h, dark) in views.items():
            # As much is asked meanwhile as a page in front asks.
            broken.front()
            time.sleep(6)
            page = browser.page(admin + "/status", width=w, height=h, dark=dark)
            page.wait("document.querySelectorAll('#partial tr .pair').length > 0")
            page.wait("document.querySelectorAll('#services .line').length > 1", 60)
            shoot(page, "status" + name)
            page.close()
        broken.front()
        broken.click("#heal")


main()
