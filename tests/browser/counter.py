"""The counter page of a running `nico simulate` in Chromium: from a number to a receipt, by mouse, by keyboard and on a
phone, in both languages, with and without script.

Usage: counter.py URL FOLDER

URL is the counter's. Behind it stands a merchant with the sandbox's demo orders and those of tests/clients/orders.jsonl,
none of them paid yet. Screenshots go into FOLDER.
"""

import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from selenium.common.exceptions import (
    NoSuchElementException,
    StaleElementReferenceException,
    TimeoutException,
    WebDriverException,
)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from chromium import Checks, chromium, complaints, requested, screenshot

# tests/clients/orders.jsonl
BY_MOUSE, BY_KEYBOARD, ON_PHONE, IN_INDONESIAN, WITHOUT_SCRIPT, MEANWHILE = (f"70150000100{place}" for place in range(1, 7))
# The sandbox's own.
PAID, EXPIRED, UNKNOWN = "701589101111", "701589101112", "701599999999"

PATIENCE = 20

check = Checks("counter page")


class Till:
    """The page as its visitor has it."""

    def __init__(self, driver, url: str, folder: Path, name: str):
        self.driver, self.url, self.folder, self.name = driver, url, folder, name
        self.open()

    def open(self, path="/"):
        self.driver.get(self.url + path)

    def ask(self, pay_no: str):
        self.open()
        self.type(pay_no)
        self.click("form.ask button")

    def type(self, pay_no: str):
        self.find("#payNo").send_keys(pay_no)

    def click(self, selector: str):
        """Clicks, and waits for the page that this leads to."""
        before = self.find("html")
        self.find(selector).click()
        self.until(lambda: self.find("html") != before)

    def find(self, selector: str):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def count(self, selector: str) -> int:
        return len(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def text(self, selector="main") -> str:
        try:
            return self.find(selector).text
        except NoSuchElementException:
            return ""

    def shows(self, *texts: str) -> bool:
        return all(text in self.text() for text in texts)

    def until(self, holds) -> bool:
        # What was found may be gone before it is asked: a page takes another's place while one waits.
        not_yet = [NoSuchElementException, StaleElementReferenceException]
        try:
            WebDriverWait(self.driver, PATIENCE, ignored_exceptions=not_yet).until(lambda _: holds())
            return True
        except TimeoutException:
            return False

    def press(self, *keys: str):
        ActionChains(self.driver).send_keys(*keys).perform()

    def press_back(self):
        ActionChains(self.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()

    def focus(self) -> str:
        """What has the focus: its id, or its text."""
        active = self.driver.switch_to.active_element
        return "" if active.tag_name == "body" else active.get_attribute("id") or active.text

    def focus_is_seen(self) -> bool:
        """A ring around what has the focus, or around the label of a store."""
        return self.driver.execute_script(
            "let e = document.activeElement; if (e.type === 'radio') e = e.nextElementSibling;"
            "const style = getComputedStyle(e);"
            "return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;"
        )

    def keep(self, what: str):
        screenshot(self.driver, self.folder, f"{self.name}-{what}")

    def leave(self):
        """Nothing was complained of, and nothing came from elsewhere."""
        said = complaints(self.driver)
        check(f"{self.name}: the console is silent", not said, said)
        asked = requested(self.driver, self.url)
        elsewhere = [address for address in asked if not address.startswith(self.url + "/")]
        check(f"{self.name}: nothing is loaded from elsewhere, of {len(asked)} requests", asked and not elsewhere, elsewhere)


def main(url: str, folder: Path) -> int:
    wait_for(url)
    for name, settings, visit in [
        ("desk", {}, by_mouse),
        ("desk-refusals", {}, refusals),
        ("desk-keyboard", {}, by_keyboard),
        ("desk-live", {}, live),
        ("desk-indonesian-dark", {"language": "id", "dark": True}, in_indonesian),
        ("phone", {"width": 360, "height": 740, "language": "id"}, on_phone),
        ("phone-dark", {"width": 360, "height": 740, "dark": True}, on_phone_in_the_dark),
        ("desk-no-script", {"script": False}, without_script),
    ]:
        with chromium(**settings) as driver:
            till = Till(driver, url, folder, name)
            try:
                visit(till)
            except WebDriverException as error:
                check(f"{name}: the visit comes to its end", False, error.msg)
            till.leave()
    return check.sum()


def by_mouse(till: Till):
    check("it says that it is not NICEPAY", "not NICEPAY" in till.text(".notice"))
    check("it explains itself before the first call", till.shows("How it goes"))
    check("the number has the focus", till.focus() == "payNo")
    till.keep("1-front")
    till.type("7015-0000 1001")
    till.find("input[value=INDO]").click()
    till.click("form.ask button.primary")
    check("a number becomes a bill", till.shows("The bill", "Rp 10.000", "7015 0000 1001", "Siti Aisyah", "INV-1001"))
    check("the token and the inquiry are told", till.shows("for an access token", "what is to be paid"))
    till.keep("2-bill")
    till.click("form.pay button.primary")
    check("a bill becomes a receipt", till.shows("PAID", "Rp 10.000", "Accepted by your server: 1×"))
    check("it is of the store that was chosen", "INDOMARET" in till.text(".strip").upper())
    till.keep("3-receipt")
    till.find("#story li:last-child summary").click()
    details = till.text("#story li:last-child details")
    needed = ["/v1.0/cvs/payment", "X-SIGNATURE", "IONPAYTEST|", '"paidAmount"', "HTTP 200", '"responseCode": "2000000"']
    check("the payment's details are unfolded", all(text in details for text in needed), details)
    till.keep("4-details")
    till.click("form.pay button.secondary")
    check("the same payment is told once more", till.shows("PAID", "Accepted by your server: 2×"))
    till.ask(BY_MOUSE)
    check("then the bill is paid", till.shows("No bill", "This bill is paid already."))


def refusals(till: Till):
    for name, pay_no, said in [
        ("unknown", UNKNOWN, "Your server does not know this number."),
        ("expired", EXPIRED, "This bill has expired."),
        ("paid", PAID, "This bill is paid already."),
    ]:
        till.ask(pay_no)
        check(f"an order that is {name} is told so", till.shows("No bill", said) and till.count(".strip") == 0)
        check(f"{name}: the tab says it too", said in till.driver.title)
        check(f"{name}: the number can be typed again at once", till.focus() == "payNo")
        till.keep(name)
    till.ask("12x")
    check("what is no number is told beside it", "This is no payment number" in till.text(".error"))
    till.keep("no-number")
    till.open()
    till.type(BY_KEYBOARD)
    till.find(".faults summary").click()
    check("a fault without argument asks for none", not till.find("#argument").is_displayed())
    till.find("option[value=missing-header]").click()
    check("a fault with an argument asks for it", till.find("#argument").is_displayed())
    till.keep("faults")
    till.find("option[value=wrong-key]").click()
    till.click("form.ask button.primary")
    check("a wrong key is refused and explained", till.shows("Wrong on purpose", "4010000", "your server noticed"))
    till.keep("wrong-key")


def by_keyboard(till: Till):
    till.press(BY_KEYBOARD, Keys.ENTER)
    check("Enter asks, and Pay has the focus", till.until(lambda: till.focus() == "Pay Rp 10.000"), till.focus())
    check("the focus on Pay is seen", till.focus_is_seen())
    till.press(Keys.ENTER)
    check("Enter pays, and the next customer has the focus", till.until(lambda: till.focus() == "Next customer"), till.focus())
    check("there is a receipt", till.shows("PAID"))
    till.press(Keys.ENTER)
    check("Enter goes on to the next customer", till.until(lambda: till.focus() == "payNo"), till.focus())
    till.press_back()
    till.press(Keys.ARROW_RIGHT)
    check("the arrows choose the store", till.find("input[value=INDO]").is_selected())
    check("the focus on the store is seen", till.focus_is_seen())
    back = walk(till, 5, till.press_back)
    names = [name for name, _ in back]
    check("Shift+Tab goes back over the languages to the top", names[1:] == BACK_TO_THE_TOP, names)
    check("and what has the focus is always seen", all(seen for _, seen in back), back)
    till.open()
    walked = walk(till, 8, lambda: till.press(Keys.TAB))
    names = [name for name, _ in walked]
    check("Tab walks the form in order", is_in_order(["payNo", "Show the bill", "Make something go wrong"], names), names)
    check("what has the focus is always seen", all(seen for _, seen in walked), walked)
    check("Tab goes on into the story", "Details: all that was sent and answered" in names, names)
    till.keep("focus")


BACK_TO_THE_TOP = ["Bahasa Indonesia", "English", "nicotill", "Skip to the till"]


def walk(till: Till, steps: int, step) -> list[tuple[str, bool]]:
    walked = [(till.focus(), till.focus_is_seen())]
    for _ in range(steps - 1):
        step()
        walked.append((till.focus(), till.focus_is_seen()))
    return walked


def is_in_order(expected: list[str], names: list[str]) -> bool:
    places = [names.index(name) if name in names else -1 for name in expected]
    return -1 not in places and places == sorted(places)


def live(till: Till):
    before = till.count("#story li")
    ask_elsewhere(till)
    check("a call made elsewhere shows up without a reload", till.until(lambda: till.count("#story li") > before))
    ask_elsewhere(till)
    check("so does the next", till.until(lambda: till.count("#story li") > before + 1))
    check("and none is written twice", not_twice(till))
    till.ask(MEANWHILE)
    check("a form goes out once, however often it is sent", till.driver.execute_script(SENT_TWICE) == 1)


SENT_TWICE = """
const form = document.querySelector("form.pay");
let sent = 0;
form.addEventListener("submit", event => { sent += event.defaultPrevented ? 0 : 1; event.preventDefault(); });
form.requestSubmit();
form.requestSubmit();
return sent;
"""


def ask_elsewhere(till: Till):
    form = urllib.parse.urlencode({"mitraCd": "ALMA", "payNo": UNKNOWN}).encode()
    urllib.request.urlopen(f"{till.url}/ask", form, timeout=PATIENCE).read()


def not_twice(till: Till) -> bool:
    numbers = till.driver.execute_script("return [...document.querySelectorAll('#story li')].map(e => e.dataset.number)")
    return len(numbers) == len(set(numbers))


def in_indonesian(till: Till):
    check("Indonesian is guessed", till.find("html").get_attribute("lang") == "id" and till.shows("Nomor pembayaran"))
    till.click("nav a[lang=en]")
    check("English is chosen", till.find("html").get_attribute("lang") == "en" and till.shows("Payment number"))
    till.open()
    check("and remembered", till.shows("Payment number"))
    till.click("nav a[lang=id]")
    till.keep("1-front")
    till.ask(UNKNOWN)
    check("a refusal is told in Indonesian", till.shows("Tidak ada tagihan", "Server Anda tidak mengenal nomor ini."))
    till.keep("2-unknown")
    till.ask(IN_INDONESIAN)
    check("so is the bill", till.shows("Tagihan", "Bayar Rp 10.000", "Berlaku sampai"))
    check("it can be read in the dark", legible(till), illegible(till))
    till.keep("3-bill")
    till.click("form.pay button.primary")
    check("so is the receipt", till.shows("LUNAS", "Diterima oleh server Anda: 1×"))
    check("the receipt can be read in the dark", legible(till), illegible(till))
    till.keep("4-receipt")
    till.click("nav a[lang=en]")
    check("a visit can be read in the other language", till.shows("PAID", "Accepted by your server: 1×"))


def on_phone(till: Till):
    fits(till, "front")
    till.keep("1-front")
    till.ask(ON_PHONE)
    fits(till, "bill")
    till.keep("2-bill")
    till.click("form.pay button.primary")
    fits(till, "receipt")
    till.keep("3-receipt")
    till.driver.execute_script("document.querySelectorAll('details').forEach(details => details.open = true)")
    fits(till, "details")
    till.keep("4-details")
    till.ask(UNKNOWN)
    fits(till, "unknown")
    till.keep("5-unknown")


def on_phone_in_the_dark(till: Till):
    fits(till, "front")
    till.keep("1-front")
    till.ask(EXPIRED)
    fits(till, "expired")
    till.keep("2-expired")
    till.open("/nowhere")
    fits(till, "a page that is not")
    till.keep("3-nowhere")


def fits(till: Till, page: str):
    width = till.driver.execute_script("return document.documentElement.scrollWidth")
    check(f"{till.name}: {page} is no wider than the phone", width <= 360, f"{width} pixels")
    small = till.driver.execute_script(
        "return [...document.querySelectorAll('button, .button, .stores label, input.digits')].filter(e => e.offsetParent)"
        ".filter(e => e.getBoundingClientRect().height < 40).map(e => e.textContent || e.id)"
    )
    check(f"{till.name}: {page} can be used with a thumb", not small, small)
    nameless = till.driver.execute_script(
        "return [...document.querySelectorAll('input, select')].filter(e => !e.labels.length).map(e => e.outerHTML)"
    )
    check(f"{till.name}: {page} has a label for each field", not nameless, nameless)
    check(f"{till.name}: {page} can be read", legible(till), illegible(till))


def legible(till: Till) -> bool:
    return not illegible(till)


def illegible(till: Till) -> list[str]:
    """Texts with less contrast than the 4.5 of WCAG AA."""
    return till.driver.execute_script(CONTRAST)


CONTRAST = """
const rgba = text => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]));
const light = c => [0, 1, 2].map(i => c[i] / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const ground = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; } return [255, 255, 255, 1]; };
const opacity = e => { let all = 1; for (; e; e = e.parentElement) all *= Number(getComputedStyle(e).opacity); return all; };
const poor = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
  if (!text || !e.checkVisibility() || e.closest("script, option, .skip")) continue;
  const under = ground(e), ink = rgba(getComputedStyle(e).color);
  ink[3] *= opacity(e);
  const [a, b] = [light(over(ink, under)), light(under)].sort((a, b) => b - a);
  const contrast = (a + 0.05) / (b + 0.05);
  if (contrast < 4.5) poor.push(`${contrast.toFixed(2)} ${text.slice(0, 40)}`);
}
return poor;
"""


def without_script(till: Till):
    till.keep("1-front")
    till.ask(WITHOUT_SCRIPT)
    check("without script there is a bill", till.shows("The bill", "Rp 10.000"))
    check("without script a fault's argument can be told", till.count("#argument") == 1)
    till.click("form.pay button.primary")
    check("without script there is a receipt", till.shows("PAID"))
    till.find("#story li:last-child summary").click()
    check("without script details unfold", "/v1.0/cvs/payment" in till.text("#story li:last-child details"))
    till.keep("2-receipt")


def wait_for(url: str):
    until = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(url, timeout=PATIENCE).read()
            return
        except urllib.error.URLError as error:
            if time.monotonic() > until:
                sys.exit(f"the counter does not answer at {url}: {error.reason}")
            time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/"), Path(sys.argv[2])))
