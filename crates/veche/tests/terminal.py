"""Runs a command at a terminal of its own and types: `terminal.py ANSWERS COMMAND...`, where ANSWERS is a list in JSON of what is waited for
and what is typed then. Standard output of the command goes to the file `out`. Prints what the terminal showed; ends as the command did."""
import json
import os
import pty
import select
import sys
import time

answers, command = json.loads(sys.argv[1]), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.environ["TERM"] = "xterm"
    out = os.open("out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(out, 1)
    os.execv(command[0], command)

shown, since, deadline = b"", 0, time.monotonic() + 60
while True:
    if time.monotonic() > deadline:
        sys.exit("nothing more came: " + shown.decode(errors="replace"))
    if not select.select([terminal], [], [], 1)[0]:
        continue
    try:
        read = os.read(terminal, 4096)
    except OSError:
        break
    if not read:
        break
    shown += read
    if answers and answers[0][0].encode() in shown[since:]:
        since = len(shown)
        os.write(terminal, answers.pop(0)[1].encode())
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
