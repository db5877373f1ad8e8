"""Run the fuzzing server of Autobahn|Testsuite, ported by port.py, on a loopback port.

usage: server.py REPORTS_DIR SLACK CASE...

A CASE is an id, or a pattern with `*`. SLACK stretches every time limit of the cases. To the output goes, with tabs
between the fields,

    CASES  the ids of the cases, with blanks between them
    PORT   the port; the server listens
    RESULT id, behaviour, closing behaviour, close code received or -, why     (whenever a case has ended)

and the wire log of each case to REPORTS_DIR. The server ends when its input does, which no death of its parent can
prevent. The judging is that of the suite's own case classes and of the protocol engine of autobahn 0.10.9, which is the
version that the suite is written for; this file only adapts bytes and strings.
"""
import importlib.util
import json
import os
import pathlib
import signal
import socket
import sys
import threading
import types

# The reports are for whoever started this; all else that is printed belongs into the log.
REPORT, sys.stdout = sys.stdout, sys.stderr

# A stand-in for setuptools' pkg_resources, of which one function is used.
pkg_resources = types.ModuleType("pkg_resources")
pkg_resources.resource_filename = lambda package, name: os.path.join(
    os.path.dirname(importlib.util.find_spec(package).origin), *name.split("/"))
sys.modules["pkg_resources"] = pkg_resources

# A current txaio wants to be told; the one of autobahn 0.10.9's time did not.
import txaio
txaio.use_twisted()

import autobahn.websocket.protocol as abproto
import autobahn.websocket.utf8validator as abutf8


# --- Speed: autobahn's masking and UTF-8 validation in pure Python go byte by byte.

class Masker:
    """Masks a chunk at a time, with the results of the original."""

    def __init__(self, mask):
        self.mask, self.ptr = bytes(mask), 0

    def pointer(self):
        return self.ptr

    def reset(self):
        self.ptr = 0

    def process(self, data):
        n = len(data)
        at = self.ptr & 3
        self.ptr += n
        key = self.mask[at:] + self.mask[:at]
        key = (key * (n // 4 + 1))[:n]
        return (int.from_bytes(data, "little") ^ int.from_bytes(key, "little")).to_bytes(n, "little")


class Validator(abutf8.Utf8Validator):
    """Takes the fast road for chunks that are whole and valid, else the original's."""

    def validate(self, data):
        if self.state == 0:
            try:
                bytes(data).decode("utf-8")
            except UnicodeDecodeError:
                pass
            else:
                n = len(data)
                self.i += n
                return True, True, n, self.i
        return super().validate(data)


abproto.createXorMasker = lambda mask, length=None: Masker(mask)
abproto.Utf8Validator = Validator

from autobahntestsuite import fuzzing
from twisted.internet import reactor
from twisted.python import log


# --- The boundary: cases see strings of one character per byte, the engine sees bytes.

def to_bytes(s):
    return s.encode("latin-1") if isinstance(s, str) else s


def to_text(data):
    return data.decode("latin-1") if isinstance(data, (bytes, bytearray)) else data


def bin_log(data, maxlen=64):
    data = bytes(to_bytes(data))
    return data[:maxlen].hex() + (" ..." if len(data) > maxlen - 4 else "")


def ascii_log(data, maxlen=64, replace=False):
    data = bytes(to_bytes(data))
    cut = data[:maxlen] if len(data) > maxlen - 4 else data
    try:
        return cut.decode("utf-8", "replace" if replace else "strict") + (" ..." if len(data) > maxlen - 4 else "")
    except UnicodeDecodeError:
        return "0x" + bin_log(data, maxlen)


fuzzing.binLogData = bin_log
fuzzing.asciiLogData = ascii_log
Base = fuzzing.FuzzingServerProtocol


class Protocol(Base):
    def connectionMade(self):
        self.factory.connections += 1
        Base.connectionMade(self)

    def connectionLost(self, reason):
        Base.connectionLost(self, reason)
        self.factory.connections -= 1

    def sendFrame(self, opcode, payload=b"", fin=True, rsv=0, mask=None,
                  payload_len=None, chopsize=None, sync=False):
        payload = to_bytes(payload)
        if payload_len is not None:
            # autobahn 0.10.9 divides with `/` here, which fails on Python 3
            payload = (payload * (payload_len // len(payload) + 1))[:payload_len]
        return Base.sendFrame(self, opcode, payload, fin, rsv, mask, None, chopsize, sync)

    def sendMessage(self, payload, isBinary=False, fragmentSize=None, sync=False, doNotCompress=False):
        return Base.sendMessage(self, to_bytes(payload), isBinary, fragmentSize, sync, doNotCompress)

    def sendMessageFrameData(self, payload, sync=False):
        return Base.sendMessageFrameData(self, to_bytes(payload), sync)

    def sendCloseFrame(self, code=None, reasonUtf8=None, isReply=False):
        return Base.sendCloseFrame(self, code, to_bytes(reasonUtf8), isReply)

    # The limits of most cases are 0.5 to 1 s: too short on a busy machine.
    def killAfter(self, delay):
        Base.killAfter(self, delay * self.factory.slack)

    def closeAfter(self, delay):
        Base.closeAfter(self, delay * self.factory.slack)

    def continueLater(self, delay, fun, tag=None):
        Base.continueLater(self, delay * self.factory.slack, fun, tag)

    def onMessage(self, msg, binary):
        # The sections about compression work on real bytes.
        raw = self.runCase is not None and hasattr(self.runCase, "TESTDATA")
        Base.onMessage(self, msg if raw else to_text(msg), binary)

    def onPong(self, payload):
        Base.onPong(self, to_text(payload))


class Factory(fuzzing.FuzzingServerFactory):
    protocol = Protocol

    def __init__(self, port, reports, slack, cases):
        self.connections, self.slack, self.reports = 0, slack, pathlib.Path(reports)
        super().__init__({"url": f"ws://127.0.0.1:{port}", "outdir": reports, "cases": cases})

    def logCase(self, case):
        wire_log = json.dumps(case, default=to_text, sort_keys=True, indent=1)
        (self.reports / f"{case['id']}.json").write_text(wire_log)
        why = case["result"] if case["behavior"] not in ("OK", "INFORMATIONAL") else case["resultClose"]
        code = "-" if case["remoteCloseCode"] is None else case["remoteCloseCode"]
        report("RESULT", case["id"], case["behavior"], case["behaviorClose"], code, " ".join(str(why).split()))


def report(*fields):
    print(*fields, sep="\t", file=REPORT, flush=True)


def main():
    reports, slack, *cases = sys.argv[1:]
    log.startLogging(sys.stderr, setStdout=False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    listener.setblocking(False)
    port = listener.getsockname()[1]
    factory = Factory(port, reports, float(slack), cases)

    def stop_when_idle():
        if factory.connections == 0:
            reactor.stop()
        else:
            reactor.callLater(0.05, stop_when_idle)

    def wait_for_the_input_to_end():
        sys.stdin.buffer.read()
        reactor.callFromThread(stop_when_idle)

    reactor.adoptStreamPort(listener.fileno(), socket.AF_INET, factory)
    threading.Thread(target=wait_for_the_input_to_end, daemon=True).start()
    report("CASES", " ".join(factory.specCases))
    report("PORT", port)
    reactor.run(installSignalHandlers=False)


main()
