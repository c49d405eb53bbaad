"""Makes workbooks as spreadsheets keep them, by the standard library alone: one with a sheet, one with two, and half of one."""
import os
import sys
import zipfile

folder = sys.argv[1]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def column(number):
    return chr(ord("A") + number)


def sheet(rows, first):
    """Rows from the line `first` on; texts stand in the cells, numbers as numbers, None leaves a cell out."""
    out = []
    for line, row in enumerate(rows, first):
        cells = []
        for place, value in enumerate(row):
            at = "%s%d" % (column(place), line)
            if isinstance(value, str):
                cells.append('<c r="%s" t="inlineStr"><is><t>%s</t></is></c>' % (at, value))
            elif value is not None:
                cells.append('<c r="%s"><v>%s</v></c>' % (at, value))
        out.append('<row r="%d">%s</row>' % (line, "".join(cells)))
    return '<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (MAIN, "".join(out))


def workbook(name, sheets):
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
        book.writestr("xl/_rels/workbook.xml.rels", '<Relationships xmlns="%s">%s</Relationships>' % (PACKAGE, links))
        for number, (_, rows, first) in enumerate(sheets, 1):
            book.writestr("xl/worksheets/sheet%d.xml" % number, sheet(rows, first))


poll = ("Poll", [["Anna", "Boris"], [5, 3], [4, None]], 1)
workbook("one.xlsx", [poll])
workbook("two.xlsx", [poll, ("Notes", [["a remark"], ["and another"]], 1)])
workbook("roll.xlsx", [("Members", [["Members of the club"], ["Mitgliedsnr.", "Name", "E-Mail", "Anteile"],
                                    [1, "Anna Adler", "a@example.org", 3], ["007", "Boris Bauer", None, 1]], 3)])
with open(os.path.join(folder, "one.xlsx"), "rb") as whole, open(os.path.join(folder, "broken.xlsx"), "wb") as part:
    part.write(whole.read()[:200])
