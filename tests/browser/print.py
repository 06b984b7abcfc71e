"""Prints HTML files to PDF in Chromium, and holds the PDF against the file: no text is lost in a fold, at an edge or under
a clip.

Usage: print.py FOLDER FILE.html...

What must be in the PDF is every text that the file shows on paper, and what lies folded away in <details> too, for paper
cannot be unfolded. What its print style hides is meant to be hidden. The PDFs go into FOLDER.
"""

import base64
import collections
import subprocess
import sys
import unicodedata
from pathlib import Path

from selenium.webdriver.common.print_page_options import PrintOptions

from chromium import Checks, chromium, complaints, program, requested

check = Checks("print")

TEXTS = """
for (const details of document.querySelectorAll("details")) details.open = true;
const texts = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  const shown = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  if (shown && !element.closest("script, style, noscript, template") && walker.currentNode.data.trim())
    texts.push(walker.currentNode.data);
}
return texts;
"""


def main(folder: Path, files: list[Path]) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        pdf = folder / f"{file.stem}.pdf"
        texts = print_to(pdf, file.resolve())
        compare(file.name, texts, pdf)
    return check.sum()


def print_to(pdf: Path, file: Path) -> list[str]:
    """Prints, and yields the texts that must be there."""
    with chromium() as driver:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        driver.get(file.as_uri())
        texts = driver.execute_script(TEXTS)
        # As a reader would: the file as it opens.
        driver.refresh()
        options = PrintOptions()
        options.page_width, options.page_height, options.background = 21.0, 29.7, True
        pdf.write_bytes(base64.b64decode(driver.print_page(options)))
        said, asked = complaints(driver), requested(driver, file.as_uri())
        elsewhere = [address for address in asked if not address.startswith((file.as_uri(), "data:"))]
        check(f"{file.name}: the console is silent", not said, said)
        check(f"{file.name}: nothing is loaded from elsewhere", asked and not elsewhere, elsewhere)
        return texts


def compare(name: str, texts: list[str], pdf: Path) -> None:
    printed = plain(extracted(pdf))
    check(f"{name}: it has texts, {len(texts)} of them", bool(texts))
    lost = [text.strip() for text in texts if plain(text) not in printed]
    check(f"{name}: every text is in the PDF", not lost, lost[:5])
    # A short text is found within another one: so every character is counted as well.
    missing = collections.Counter(plain("".join(texts))) - collections.Counter(printed)
    check(f"{name}: every character of them is", not missing, dict(missing.most_common(5)))


def plain(text: str) -> str:
    """The text without what a line's end, a font or a style may change: blanks, ligatures, case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf")


def extracted(pdf: Path) -> str:
    # In the order in which it was written: a cell of a table stays in one piece.
    return run("pdftotext", "-raw", "-nopgbrk", "-enc", "UTF-8", str(pdf), "-")


def run(name: str, *arguments: str) -> str:
    return subprocess.run([program(name), *arguments], check=True, capture_output=True, encoding="UTF-8").stdout


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [Path(file) for file in sys.argv[2:]]))
