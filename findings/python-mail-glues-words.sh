#!/usr/bin/env bash
# Package:  Python 3.11's own module email (Debian 12's python3 3.11.2; the version is printed)
# Guess:    a subject goes through a mail as it was given: what is too long for a line or not ASCII is encoded, and
#           comes back.
# Happens:  in some Russian subjects of more than one line a blank is lost where one encoded word ends and the next
#           begins: "по выборам правления" arrives as "по выборамправления", "10 часов" as "10часов". Another subject of
#           the same length arrives whole: it depends on where the lines break. Perl's decoder reads the same, so it is
#           the writing.
# Matters:  invitations to vote are such mails. A code or a number is glued to the word beside it, filters that look for
#           the subject fail, and everybody who writes in ASCII sees nothing. Keep codes out of subjects, and test with
#           the subjects that voters get.
# Seen:     2026-11-27. Needs Debian 12's python3 and perl.
set -euo pipefail
/usr/bin/python3 - <<'PY'
import subprocess, sys
from email import message_from_bytes, policy
from email.message import EmailMessage

print("Python", sys.version.split()[0])
perl = r"""
    local $/; $_ = <STDIN>; s/\r\n(?=[ \t])//g; /^Subject: (.*?)\r\n/;
    print Encode::encode_utf8(Encode::decode('MIME-Header', $1))
"""


def arrives(subject):
    mail = EmailMessage(policy=policy.SMTP)
    mail["Subject"] = subject
    mail.set_content("Vote")
    raw = mail.as_bytes()
    return (
        str(message_from_bytes(raw, policy=policy.SMTP)["Subject"]),
        subprocess.run(["perl", "-MEncode", "-e", perl], input=raw, capture_output=True, check=True).stdout.decode(),
    )


glued = {
    "Голосование по выборам правления (2026) открыто до 10 часов 1 декабря": (
        "Голосование по выборамправления (2026) открыто до 10часов 1 декабря"
    ),
    "Выборы правления: номер избирателя 173, срок до 1 декабря 2026 года": (
        "Выборы правления: номер избирателя 173, срок до 1 декабря 2026 года"
    ),
}
for subject, expected in glued.items():
    print("given:  ", subject)
    seen = arrives(subject)
    for who, text in zip(("Python", "Perl"), seen):
        print(f"{who + ':':8}", text)
    assert seen == (expected, expected), "it behaves differently now"
PY
