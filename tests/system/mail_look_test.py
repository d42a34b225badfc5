"""What the mails look like: every kind, as the mail server got it, in three languages, laid out by Chromium at two widths.
Usage: mail_look_test.py BINARY [--pictures FOLDER]. Exit 77 where there is no Chromium."""
import argparse
import email.utils
import html
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from rig import Rig, pregabalin_order  # noqa: E402

LANGUAGES = ("en", "zh", "de")
WIDTHS = (600, 360)  # a desktop's reading pane, a phone
FAKETIME = "/usr/lib/%s-linux-gnu/faketime/libfaketimeMT.so.1" % os.uname().machine
SITE = "{id: rig, name: Universitätsklinikum mit einem sehr langen Namen und 北京大学人民医院%s}"
LINK = "https://recruiting-service.university-hospital.example/departments/rheumatology/trialflag/flags/"


class Looker(html.parser.HTMLParser):
    """What a mail's HTML must not have: anything fetched from elsewhere, a style sheet, a script, a form."""

    FORBIDDEN = {"style", "link", "script", "img", "iframe", "object", "embed", "form", "video", "audio", "svg", "base", "input", "font"}

    def __init__(self):
        super().__init__()
        self.flaws = []

    def handle_starttag(self, tag, attrs):
        if tag in self.FORBIDDEN:
            self.flaws.append("has <%s>" % tag)
        for name, value in attrs:
            if name in ("src", "background", "class", "id", "srcset", "poster") or name.startswith("on"):
                self.flaws.append("has an attribute " + name)
            if "url(" in (value or "") or "@import" in (value or ""):
                self.flaws.append("fetches a style")
            if name == "href" and not value.startswith(LINK):
                self.flaws.append("links elsewhere")


def languages_of(link, order=LANGUAGES):
    people = ", ".join(f"{{id: {language}, name: Dr {language}, email: {language}@hospital.example, language: {language}}}" for language in order)
    return {"recipients": f"[{people}]", "email": f", link_base: '{LINK}'" if link else ""}


def tell_of_flags(binary, link):
    """The mails of flags that open, change and fall, one by one and together."""
    with Rig(binary, only=["adult-today", "clean-snomed", "high-hba1c"], flood=2) as world:
        settings = {"site": SITE % "", **languages_of(link)}
        world.configure(**settings)
        world.once()
        world.run("notices", "release")
        world.once()
        world.flood = 100
        world.configure(**settings)
        for patient in ("adult-today", "clean-snomed", "high-hba1c"):
            world.put(pregabalin_order(patient, "o-" + patient))
        world.once()
        world.delete("MedicationRequest/o-adult-today")
        world.delete("MedicationRequest/o-high-hba1c")
        world.once()
        world.change("Patient/adult-today", deceasedBoolean=True)
        world.once()
        return world.mails()


def tell_of_troubles(binary, link):
    """Of letters that a reader's server refuses, which the next one is told, and of a flag that nobody has acknowledged for days."""
    return [mail for first in range(2) for mail in tell_in_order(binary, link, LANGUAGES[-first:] + LANGUAGES[:-first])]


def tell_in_order(binary, link, order):
    with Rig(binary, only=["adult-today"]) as world:
        world.configure(site=SITE % "", **languages_of(link, order))
        world.misbehave("rcpt 550")
        world.once()
        world.behave()
        world.once()
        world.run("notices", "retry", "--all")
        world.once()
        for days in (8, 16, 24):
            later = {**os.environ, "LD_PRELOAD": FAKETIME, "FAKETIME": "+%dd" % days, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
            subprocess.run(world.command("run", "--once"), capture_output=True, check=False, timeout=120, env=later)
        return world.mails()


def tell_the_it(binary, language):
    """Of a table of codes that cannot be used, and can again."""
    with Rig(binary, only=["adult-today"], extra="mappings: [site]") as world:
        (world.folder / "site").mkdir()
        world.configure(site=SITE % (", language: " + language))
        config = world.folder / "agent.yaml"
        config.write_text(config.read_text(encoding="utf-8").replace("notify:\n", f"notify:\n  it: [{language}@hospital.example]\n"), encoding="utf-8")
        for table in ("", "ICD10,M79.7,nonsense,include\n", ""):
            (world.folder / "site/codes.csv").write_text("system,code,concept,use\n" + table, encoding="utf-8")
            world.once()
        return [mail for mail in world.mails() if language + "@" in mail["To"]]


def collect(binary):
    """One mail of each kind, way and language, by name."""
    found = [(way, mail) for way in ("link", "command") for tell in (tell_of_flags, tell_of_troubles) for mail in tell(binary, way == "link")]
    found += [("it", mail) for language in LANGUAGES for mail in tell_the_it(binary, language)]
    pages, seen = {}, set()
    for way, mail in found:
        address = email.utils.parseaddr(mail["To"])[1]
        body = mail.get_body(("html",))
        if body is None:
            continue
        name = "-".join((address.split("@")[0], way, mail["X-Trialflag-Kind"] or "none"))
        # The same words about another flag look the same.
        text = re.sub(r"(?<![0-9A-Z])[0-9A-Z]{4}(?![0-9A-Z])|\d+", "#", body.get_content())
        if (name, text) not in seen:
            seen.add((name, text))
            pages["%s-%d" % (name, sum(page.startswith(name) for page in pages))] = body.get_content()
    return pages


def chromium(program, folder, *words):
    return subprocess.run([program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--user-data-dir=" + str(folder / "profile"),
                           *words], capture_output=True, text=True, timeout=120, check=False)


def measure(program, folder, pages):
    """How wide each page is when it is given each width: (name, width) -> pixels."""
    frames = "".join('<iframe data-name="%s" data-width="%d" style="border:0;width:%dpx" srcdoc="%s"></iframe>'
                     % (html.escape(name), width, width, html.escape(page)) for name, page in pages.items() for width in WIDTHS)
    page = folder / "all.html"
    page.write_text("<!DOCTYPE html><meta charset=utf-8><body>" + frames + """<pre id=found></pre><script>
      addEventListener("load", () => { document.getElementById("found").textContent = JSON.stringify([...document.querySelectorAll("iframe")].map(
        frame => [frame.dataset.name, +frame.dataset.width, frame.contentDocument.documentElement.scrollWidth,
                  frame.contentDocument.documentElement.scrollHeight])); });
      </script>""", encoding="utf-8")
    done = chromium(program, folder, "--virtual-time-budget=10000", "--dump-dom", page.as_uri())
    found = re.search(r'<pre id="found">(\[.*?\])</pre>', done.stdout, re.S)
    if not found:
        raise SystemExit("Chromium told nothing: " + done.stderr[-2000:])
    return {(name, width): (wide, high) for name, width, wide, high in json.loads(html.unescape(found.group(1)))}


def take_pictures(program, folder, pages, sizes, into):
    into.mkdir(parents=True, exist_ok=True)
    for name, page in pages.items():
        for width in WIDTHS:
            high = sizes[name, width][1] + 20
            frame = folder / "one.html"
            frame.write_text('<!DOCTYPE html><meta charset=utf-8><body style="margin:0"><iframe style="border:0;width:%dpx;height:%dpx" srcdoc="%s"></iframe>'
                             % (width, high, html.escape(page)), encoding="utf-8")
            chromium(program, folder, "--window-size=%d,%d" % (max(width, 500), high), "--screenshot=" + str(into / ("%s-%d.png" % (name, width))),
                     frame.as_uri())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--pictures", type=pathlib.Path, help="also keep a picture of each in this folder")
    options = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        print("skipped: there is no Chromium (apt-get install chromium)")
        return 77
    pages = collect(options.binary.resolve())
    problems = []
    with tempfile.TemporaryDirectory(prefix="trialflag-look-", ignore_cleanup_errors=True) as folder:
        folder = pathlib.Path(folder)
        sizes = measure(program, folder, pages)
        for name, page in pages.items():
            looker = Looker()
            looker.feed(page)
            problems += ["%s %s" % (name, flaw) for flaw in looker.flaws]
            problems += ["%s is %d wide at %d" % (name, sizes[name, width][0], width) for width in WIDTHS if sizes[name, width][0] > width]
        if options.pictures:
            take_pictures(program, folder, pages, sizes, options.pictures)
    kinds = {tuple(name.split("-")[:3]) for name in pages}
    wanted = {(language, way, kind) for language in LANGUAGES for way in ("link", "command") for kind in ("opened", "retracted", "digest", "alarm", "reminder")}
    problems += ["no such mail: " + "-".join(kind) for kind in sorted(wanted - kinds)]
    print("%d mails at %s pixels" % (len(pages), " and ".join(map(str, WIDTHS))))
    for problem in problems:
        print("FAILED:", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
