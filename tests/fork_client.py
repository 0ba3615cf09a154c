"""What stands in for Python: asks the process of ``forking.py`` for a fork that runs the words of this command.

It runs without site-packages (``-IS``) and imports builtin modules only, so that it starts at once. Signals that ask it
to end are the fork's.
"""

import _signal  # type: ignore[import-not-found]
import _socket
import array
import marshal
import os
import sys

folder, executable, *words = sys.argv[1:]
here = os.getcwd()  # noqa: PTH109 - pathlib takes longer than all of this
request = marshal.dumps((executable, words, here, dict(os.environ)))
asking = {_signal.SIGINT, _signal.SIGTERM}
_signal.pthread_sigmask(_signal.SIG_BLOCK, asking)  # until it knows the fork
os.chdir(folder)  # the path of a socket must be short
service = _socket.socket(_socket.AF_UNIX)
service.connect("socket")
service.sendmsg([request], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
service.shutdown(_socket.SHUT_WR)
os.closerange(0, 3)  # they are the fork's
fork = int(service.recv(16))
for number in asking:
    _signal.signal(number, lambda number, _: os.kill(fork, number))
_signal.pthread_sigmask(_signal.SIG_UNBLOCK, asking)
sys.exit(int(service.recv(16)))
