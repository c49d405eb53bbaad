"""Cards and receipts as people get them: printed by Chromium, by WeasyPrint and by LibreOffice, and every QR code read back by zbar and
zxing-cpp. What is not installed is left out and named; with VECHE_WEB_ALL=1 that is an error.

    python3 test_pages.py [TEST]...        VECHE_PICTURES=FOLDER keeps the sheets
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from stage import Election, veche

URL = "https://vote.example.org"
CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars"]
VOTERS = 9
left_out = []


def chromium(*args):
    with tempfile.TemporaryDirectory(prefix="veche-chromium-") as profile:
        subprocess.run([*CHROMIUM, "--user-data-dir=" + profile, *args], check=True, capture_output=True, timeout=120)


def is_there(program):
    if shutil.which(program):
        return True
    left_out.append(program)
    return False


def pictures_of(pdf, folder, dots_per_inch=200):
    name = "%s-%d" % (pdf.stem, dots_per_inch)
    subprocess.run(["pdftoppm", "-r", str(dots_per_inch), "-png", pdf, folder / name], check=True)
    return sorted(folder.glob(name + "*.png"))


def read_by_zbar(pictures):
    done = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", *pictures], capture_output=True, text=True)
    return done.stdout.splitlines()


def read_by_zxing(pictures):
    try:
        import zxingcpp
        from PIL import Image
    except ImportError:
        left_out.append("zxing-cpp")
        return None
    return [code.text for picture in pictures for code in zxingcpp.read_barcodes(Image.open(picture))]


def read(pictures):
    """What every reader that is there has read; at least one is needed."""
    told = {name: lines for name, lines in [("zbar", read_by_zbar(pictures) if is_there("zbarimg") else None), ("zxing", read_by_zxing(pictures))] if lines is not None}
    if not told:
        raise AssertionError("no reader of QR codes is installed: zbar-tools, or zxing-cpp")
    if os.environ.get("VECHE_WEB_ALL") and len(told) < 2:
        raise AssertionError("not installed, of the readers of QR codes: " + ", ".join(sorted(set(left_out))))
    return told


def printed(page, folder):
    """The same page as PDF by every program that is there."""
    if is_there("chromium"):
        pdf = folder / "chromium.pdf"
        chromium("--no-pdf-header-footer", "--print-to-pdf=%s" % pdf, page.as_uri())
        yield pdf
    try:
        import weasyprint
        pdf = folder / "weasyprint.pdf"
        weasyprint.HTML(filename=str(page)).write_pdf(str(pdf))
        yield pdf
    except ImportError:
        left_out.append("weasyprint")
    if is_there("soffice"):
        profile = (folder / "profile").as_uri()
        subprocess.run(["soffice", "-env:UserInstallation=" + profile, "--headless", "--convert-to", "pdf:writer_web_pdf_Export", "--outdir",
                        str(folder / "office"), str(page)], check=True, capture_output=True, timeout=180)
        yield next((folder / "office").glob("*.pdf")).rename(folder / "libreoffice.pdf")


def links_of(folder, split):
    cards = [json.loads((folder / ("%d.json" % line)).read_text()) for line in range(1, VOTERS + 1)]
    secret = lambda card: "" if split else "." + card["credential"].replace("-", "")
    return {"%s/booth/#v1.%s.%s%s" % (URL, id_of(folder), card["number"], secret(card)) for card in cards}


def id_of(folder):
    line = (folder / "letters.csv").read_text().splitlines()[1]
    return line.split("#v1.")[1].split(".")[0]


def test_every_code_on_printed_cards_is_read_back():
    reads_back(split=False)


def test_every_code_on_cards_of_split_delivery_is_the_link_of_the_letter():
    reads_back(split=True)


def reads_back(split):
    with tempfile.TemporaryDirectory(prefix="veche-cards-") as name:
        folder = pathlib.Path(name)
        veche("new", folder / "e", "--candidates", "Anna,Boris", "--rule", "sum", "--secrecy", "open", "--voters", VOTERS, "--url", URL,
              "--closes", "+3d", "--title", "Правление товарищества «Берёзка», 2027 год", *(["--split-delivery"] if split else []))
        cards = folder / "e" / "cards"
        expected = links_of(cards, split)
        for pdf in printed(cards / "sheets.html", folder):
            pictures = pictures_of(pdf, folder)
            assert len(pictures) <= 4, "%s: %d pages for %d cards" % (pdf.stem, len(pictures), VOTERS)
            if is_there("zbarimg"):
                read = set(read_by_zbar(pictures))
                if read < expected and len(expected - read) <= 1:
                    # Of one picture it passes over one code of 200, with any content; who holds a telephone moves it.
                    read |= set(read_by_zbar(pictures_of(pdf, folder, 250)))
                assert read == expected, "zbar, " + pdf.stem
            seen = read_by_zxing(pictures)
            assert seen is None or set(seen) == expected, "zxing, %s: %s" % (pdf.stem, seen)
            print("   %s: %d pages, %d codes" % (pdf.stem, len(pictures), len(expected)))
            keep(pdf)


def test_the_code_on_a_printed_receipt_is_read_back_and_verified():
    election = Election("--candidates", "Анна,Борис,Вера", "--rule", "mean", "--title", "Правление 2027", "--lang", "ru")
    try:
        veche("vote", 1, "--url", election.url, "--ballot", "5*1", "--yes", cwd=election.folder.name)
        with tempfile.TemporaryDirectory(prefix="veche-receipt-") as name:
            folder = pathlib.Path(name)
            for pdf in printed(pathlib.Path(election.folder.name) / "receipt-1-1.html", folder):
                pictures = pictures_of(pdf, folder)
                read = [read_by_zbar(pictures)] if is_there("zbarimg") else []
                for lines in [*read, read_by_zxing(pictures)]:
                    if lines is not None:
                        proof = folder / "proof"
                        proof.write_text("\n".join(lines).rstrip("\n") + "\n", encoding="utf-8")
                        said = veche("verify-receipt", proof, "--record", election.url).stdout
                        assert "The receipt is good" in said, said
                print("   %s: %d pages" % (pdf.stem, len(pictures)))
                keep(pdf)
    finally:
        election.close()


def keep(file):
    if os.environ.get("VECHE_PICTURES"):
        os.makedirs(os.environ["VECHE_PICTURES"], exist_ok=True)
        shutil.copy(file, os.environ["VECHE_PICTURES"])


def main():
    tests = {name: test for name, test in sorted(globals().items()) if name.startswith("test_")}
    wanted = sys.argv[1:] or list(tests)
    unknown = [name for name in wanted if name not in tests]
    if unknown:
        sys.exit("no such test: " + " ".join(unknown))
    for name in wanted:
        print(name, flush=True)
        tests[name]()
    if left_out:
        said = "Left out, as it is not installed: " + ", ".join(sorted(set(left_out)))
        sys.exit(said) if os.environ.get("VECHE_WEB_ALL") else print(said)


if __name__ == "__main__":
    main()
