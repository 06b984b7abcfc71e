"""A Chromium without a window that talks to nobody but the page under test, and tells what it loaded and complained of."""

import base64
import contextlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_SCRIPT = {"profile.managed_default_content_settings.javascript": 2}


@contextlib.contextmanager
def chromium(width=1280, height=900, language="en", dark=False, script=True):
    """A browser with a profile of its own, which is thrown away."""
    with tempfile.TemporaryDirectory() as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = program("chromium")
        for flag in [*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"]:
            options.add_argument(flag)
        options.add_experimental_option("prefs", {"intl.accept_languages": language, **({} if script else NO_SCRIPT)})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(program("chromedriver")))
        try:
            metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
            yield driver
        finally:
            driver.quit()


def program(name: str) -> str:
    return shutil.which(name) or sys.exit(f"install Debian's chromium, chromium-driver and poppler-utils first: there is no {name}")


def screenshot(driver, folder: Path, name: str) -> None:
    """The whole page, however long."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True})
    (folder / f"{name}.png").write_bytes(base64.b64decode(picture["data"]))


def complaints(driver) -> list[str]:
    """What stands in the console, but for the browser's own note that a page came with a status of refusal."""
    entries = [entry for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    return [entry["message"] for entry in entries if "the server responded with a status of 4" not in entry["message"]]


def requested(driver, url: str) -> list[str]:
    """Every address that pages of `url` asked for, themselves included, since the last look."""
    messages = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    sent = [message["params"] for message in messages if message["method"] == "Network.requestWillBeSent"]
    return [request["request"]["url"] for request in sent if request["documentURL"].startswith(url)]


class Checks:
    """Counts what holds, and says each as it goes."""

    def __init__(self, of: str):
        self.of, self.passed, self.failed = of, 0, 0

    def __call__(self, what: str, holds: bool, instead="") -> None:
        if holds:
            self.passed += 1
            print(f"{self.of}: {what}", flush=True)
        else:
            self.failed += 1
            print(f"{self.of}: NOT SO: {what}{f' ({instead})' if instead else ''}", flush=True)

    def sum(self) -> int:
        """The last line, and the exit code."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0
