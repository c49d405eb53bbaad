"""Makes workbooks as spreadsheets keep them, by the standard library alone: with one sheet and with several, with dates, truths and
errors in cells, with a sheet that breaks off, and half of one."""
import os
import sys
import zipfile

folder = sys.argv[1]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def column(number):
    return chr(ord("A") + number)


class Kept:
    """A cell of another type than text and number."""

    def __init__(self, attributes, value):
        self.attributes, self.value = attributes, value


def date(serial):
    return Kept('s="1"', serial)


TRUE = Kept('t="b"', 1)
MISSING = Kept('t="e"', "#N/A")


def sheet(rows, first):
    """Rows from the line `first` on; texts stand in the cells, numbers as numbers, None leaves a cell out."""
    out = []
    for line, row in enumerate(rows, first):
        cells = []
        for place, value in enumerate(row):
            at = "%s%d" % (column(place), line)
            if isinstance(value, str):
                cells.append('<c r="%s" t="inlineStr"><is><t>%s</t></is></c>' % (at, value))
            elif isinstance(value, Kept):
                cells.append('<c r="%s" %s><v>%s</v></c>' % (at, value.attributes, value.value))
            elif value is not None:
                cells.append('<c r="%s"><v>%s</v></c>' % (at, value))
        out.append('<row r="%d">%s</row>' % (line, "".join(cells)))
    return '<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (MAIN, "".join(out))


def workbook(name, sheets):
    """Of sheets with their names, rows and first lines; without a first line the sheet breaks off."""
    with zipfile.ZipFile(os.path.join(folder, name), "w", zipfile.ZIP_DEFLATED) as book:
        parts = ['<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.'
                 'spreadsheetml.worksheet+xml"/>' % number for number in range(1, len(sheets) + 1)]
        book.writestr("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                      '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
                      'spreadsheetml.sheet.main+xml"/>%s</Types>' % "".join(parts))
        book.writestr("_rels/.rels", '<Relationships xmlns="%s"><Relationship Id="r" Type="%s/officeDocument" '
                      'Target="xl/workbook.xml"/></Relationships>' % (PACKAGE, RELATIONS))
        names = "".join('<sheet name="%s" sheetId="%d" r:id="r%d"/>' % (title, n, n) for n, (title, _, _) in enumerate(sheets, 1))
        book.writestr("xl/workbook.xml", '<workbook xmlns="%s" xmlns:r="%s"><sheets>%s</sheets></workbook>' % (MAIN, RELATIONS, names))
        links = "".join('<Relationship Id="r%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>' % (n, RELATIONS, n)
                        for n in range(1, len(sheets) + 1))
        links += '<Relationship Id="styles" Type="%s/styles" Target="styles.xml"/>' % RELATIONS
        book.writestr("xl/_rels/workbook.xml.rels", '<Relationships xmlns="%s">%s</Relationships>' % (PACKAGE, links))
        # The second of them is that of dates.
        book.writestr("xl/styles.xml", '<styleSheet xmlns="%s"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" '
                      'applyNumberFormat="1"/></cellXfs></styleSheet>' % MAIN)
        for number, (_, rows, first) in enumerate(sheets, 1):
            text = sheet(rows, first or 1)
            book.writestr("xl/worksheets/sheet%d.xml" % number, text if first else text[:len(text) // 2])


poll = ("Poll", [["Anna", "Boris"], [5, 3], [4, None]], 1)
workbook("one.xlsx", [poll])
workbook("two.xlsx", [poll, ("Notes", [["a remark"], ["and another"]], 1)])
workbook("roll.xlsx", [("Members", [["Members of the club"], ["Mitgliedsnr.", "Name", "E-Mail", "Anteile"],
                                    [1, "Anna Adler", "a@example.org", 3], ["007", "Boris Bauer", None, 1]], 3)])
workbook("strange.xlsx", [
    ("Dates", [["Nr", "Name"], ["12/1", "Anna"], [date(46359), "Boris"]], 1),
    ("Errors", [["Nr", "Name"], [1, MISSING]], 1),
    ("Truths", [["Nr", "Name", "weight"], [1, "Anna", TRUE]], 1),
    ("Answers", [["ID", "Start time", "Completion time", "Email", "Name", "Anna", "Boris"],
                 [1, date(46359.5), date(46359.6), "anonymous", None, 4, 2]], 1),
    ("Scores", [["Anna", "Boris"], [4, TRUE], [2, 3]], 1),
    ("Heads", [["Anna", date(46359)], [4, 3]], 1)])
workbook("torn.xlsx", [poll, ("Notes", [["a remark"], ["and another"]], None)])
with open(os.path.join(folder, "one.xlsx"), "rb") as whole, open(os.path.join(folder, "broken.xlsx"), "wb") as part:
    part.write(whole.read()[:200])
