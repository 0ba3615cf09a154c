"""What stands in for Python: asks the process of ``forking.py`` for a fork that runs the words of this command.

It runs without site-packages (``-IS``) and imports builtin modules only, so that it starts at once.
"""

import _socket
import array
import marshal
import os
import sys

folder, executable, *words = sys.argv[1:]
here = os.getcwd()  # noqa: PTH109 - pathlib takes longer than all of this
request = marshal.dumps((executable, words, here, dict(os.environ)))
os.chdir(folder)  # the path of a socket must be short
service = _socket.socket(_socket.AF_UNIX)
service.connect("socket")
service.sendmsg([request], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
service.shutdown(_socket.SHUT_WR)
os.closerange(0, 3)  # they are the fork's
sys.exit(int(service.recv(16)))
