#!/usr/bin/env python3
"""A roll and ballots as real programs write them, into a folder: by LibreOffice in three locales, R, and writers of Python, as far as
these are here. What is left out is told; `--all` makes that an error.

    make.py [--all] FOLDER
"""
import csv
import os
import shutil
import subprocess
import sys
import tempfile

ROLL = [
    ("Nr.", "Name", "E-Mail", "Gewicht"),
    ("007", "Jörg Müller, geb. \"Mai\"", "j@example.org", 12.5),
    ("12/3", "Zoé Noël", None, 1),
    ("M-014", "Анна Орлова", "anna@example.org", 3),
]
BALLOTS = [("Anna", "Борис; Ко", "Zoé"), (5, 4.5, None), (0, 3, 5), (1, None, 2)]
OUT = sys.argv[-1]
missing = []


def left_out(program, why):
    print("left out: %s: %s" % (program, why))
    missing.append(program)


def path(name):
    return os.path.join(OUT, name)


# Python's own csv and what is installed beside it.
def python():
    for name, rows in (("roll", ROLL), ("ballots", BALLOTS)):
        for dialect, encoding in (("excel", "utf-8"), ("excel-tab", "utf-16")):
            with open(path("python-%s-%s.csv" % (dialect, name)), "w", encoding=encoding, newline="") as file:
                csv.writer(file, dialect).writerows(rows)
    for library, write in (("openpyxl", openpyxl_files), ("xlsxwriter", xlsxwriter_files), ("pandas", pandas_files)):
        try:
            write()
        except ImportError as error:
            left_out(library, error)


def openpyxl_files():
    import openpyxl
    for name, rows in (("roll", ROLL), ("ballots", BALLOTS)):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path("openpyxl-%s.xlsx" % name))


def xlsxwriter_files():
    import xlsxwriter
    for name, rows in (("roll", ROLL), ("ballots", BALLOTS)):
        with xlsxwriter.Workbook(path("xlsxwriter-%s.xlsx" % name)) as book:
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, ["" if cell is None else cell for cell in row])


def pandas_files():
    import pandas
    roll, ballots = (pandas.DataFrame(rows[1:], columns=rows[0]) for rows in (ROLL, BALLOTS))
    ballots.to_csv(path("pandas-ballots.csv"))
    ballots.to_excel(path("pandas-ballots.xlsx"))
    roll.to_csv(path("pandas-roll.csv"), index=False, sep=";", decimal=",", encoding="utf-8-sig")
    roll.to_excel(path("pandas-roll.xlsx"), index=False)


# LibreOffice: a sheet as text (FODS) is opened and saved, in the locale of a profile of its own.
CSV = "csv:Text - txt - csv (StarCalc):%d,34,%d,1"
UTF8, UTF16, WINDOWS_1251, WINDOWS_1252 = 76, 65535, 34, 1
COMMA, SEMICOLON, TAB = 44, 59, 9
OFFICE = [  # locale, what is saved, as what, under which name
    ("en-US", "roll", CSV % (COMMA, UTF8), "libreoffice-en-roll.csv"),
    ("en-US", "ballots", CSV % (COMMA, UTF8), "libreoffice-en-ballots.csv"),
    ("de-DE", "roll", CSV % (SEMICOLON, WINDOWS_1252), "libreoffice-de-roll-1252.csv"),
    ("de-DE", "ballots", CSV % (SEMICOLON, UTF8), "libreoffice-de-ballots.csv"),
    ("ru-RU", "roll", CSV % (SEMICOLON, WINDOWS_1251), "libreoffice-ru-roll-1251.csv"),
    ("ru-RU", "roll", CSV % (TAB, UTF16), "libreoffice-ru-roll-utf16.csv"),
    ("ru-RU", "ballots", CSV % (SEMICOLON, UTF8), "libreoffice-ru-ballots.csv"),
    ("de-DE", "roll", "xlsx", "libreoffice-roll.xlsx"),
    ("de-DE", "roll", "ods", "libreoffice-roll.ods"),
    ("ru-RU", "ballots", "ods", "libreoffice-ballots.ods"),
    ("ru-RU", "ballots", "xls", "libreoffice-ballots.xls"),
]


def fods(rows, locale):
    """Numbers have the format of the locale; other cells are texts."""
    def cell(value):
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, (int, float)):
            return '<table:table-cell office:value-type="float" office:value="%s"/>' % value
        text = str(value).replace("&", "&amp;").replace("<", "&lt;")
        return '<table:table-cell office:value-type="string"><text:p>%s</text:p></table:table-cell>' % text
    language, country = locale.split("-")
    names = {"office": "office", "table": "table", "text": "text", "style": "style"}
    spaces = " ".join('xmlns:%s="urn:oasis:names:tc:opendocument:xmlns:%s:1.0"' % pair for pair in names.items())
    lines = "".join("<table:table-row>%s</table:table-row>" % "".join(map(cell, row)) for row in rows)
    return ('<?xml version="1.0" encoding="UTF-8"?><office:document %s xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
            'office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:styles>'
            '<style:default-style style:family="table-cell"><style:text-properties fo:language="%s" fo:country="%s"/></style:default-style>'
            '</office:styles><office:body><office:spreadsheet><table:table table:name="Liste">%s</table:table></office:spreadsheet>'
            '</office:body></office:document>' % (spaces, language, country, lines))


def libreoffice():
    if not shutil.which("soffice"):
        return left_out("LibreOffice", "there is no soffice")
    with tempfile.TemporaryDirectory() as work:
        for number, (locale, what, form, name) in enumerate(OFFICE):
            profile = os.path.join(work, "profile-" + locale)
            os.makedirs(os.path.join(profile, "user"), exist_ok=True)
            with open(os.path.join(profile, "user", "registrymodifications.xcu"), "a") as file:
                if file.tell() == 0:
                    file.write('<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
                               '<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>%s'
                               "</value></prop></item></oor:items>" % locale)
            source = os.path.join(work, "%d.fods" % number)
            with open(source, "w", encoding="utf-8") as file:
                file.write(fods(ROLL if what == "roll" else BALLOTS, locale))
            subprocess.run(["soffice", "-env:UserInstallation=file://" + profile, "--headless", "--convert-to", form, "--outdir", work, source],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
            made = os.path.join(work, "%d.%s" % (number, form.split(":")[0]))
            if not os.path.exists(made):
                return left_out("LibreOffice", "it writes no " + name + " (is Calc installed?)")
            shutil.move(made, path(name))


R = r'''
out <- function(name) file.path(commandArgs(TRUE)[1], name)
roll <- data.frame(Nr. = c("007", "12/3", "M-014"), Name = c("J\u00f6rg M\u00fcller, geb. \"Mai\"", "Zo\u00e9 No\u00ebl", "\u0410\u043d\u043d\u0430 \u041e\u0440\u043b\u043e\u0432\u0430"),
                   E.Mail = c("j@example.org", NA, "anna@example.org"), Gewicht = c(12.5, 1, 3), check.names = FALSE)
names(roll)[3] <- "E-Mail"
ballots <- data.frame(c(5, 0, 1), c(4.5, 3, NA), c(NA, 5, 2))
names(ballots) <- c("Anna", "\u0411\u043e\u0440\u0438\u0441; \u041a\u043e", "Zo\u00e9")
write.csv(roll, out("r-csv-roll.csv"), row.names = FALSE, na = "", fileEncoding = "UTF-8")
write.csv(ballots, out("r-csv-ballots.csv"), fileEncoding = "UTF-8")
write.csv2(roll, out("r-csv2-roll.csv"), row.names = FALSE, na = "", fileEncoding = "UTF-8")
write.csv2(ballots, out("r-csv2-ballots.csv"), row.names = FALSE, na = "", fileEncoding = "UTF-8")
write.table(ballots, out("r-table-ballots.txt"), sep = "\t", row.names = FALSE, na = "", quote = FALSE, fileEncoding = "UTF-8")
if (!requireNamespace("openxlsx", quietly = TRUE)) quit(status = 3)
openxlsx::write.xlsx(roll, out("r-openxlsx-roll.xlsx"))
openxlsx::write.xlsx(ballots, out("r-openxlsx-ballots.xlsx"))
'''


def r():
    if not shutil.which("Rscript"):
        return left_out("R", "there is no Rscript")
    with tempfile.NamedTemporaryFile("w", suffix=".R") as script:
        script.write(R)
        script.flush()
        done = subprocess.run(["Rscript", script.name, OUT], env={**os.environ, "LC_ALL": "C.UTF-8"}, stdout=subprocess.DEVNULL)
        if done.returncode:
            left_out("openxlsx", "R has no such package") if done.returncode == 3 else left_out("R", "it failed")


python()
libreoffice()
r()
made = sorted(name for name in os.listdir(OUT) if not name.endswith((".py", ".md")))
print("made: %s" % ", ".join(made))
if missing and "--all" in sys.argv:
    sys.exit("not made by: " + ", ".join(missing))
