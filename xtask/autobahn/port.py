"""Port the `autobahntestsuite` package (Python 2, whatever its version number says) to Python 3, in place, in the
virtual environment whose Python runs this.

Only what the fuzzing server needs is ported: the classes of the cases, the list of them and the server. Python 2's
meaning of string literals is kept: there a plain literal is a byte string, so here every such string stays a `str` whose
characters are all in U+0000..U+00FF, one per byte, and server.py converts to and from real bytes at the boundary to the
protocol class. That way the sources of the cases need mechanical edits only.
"""
import pathlib
import re
import sys
import sysconfig

STAMP = "# ported to Python 3 by port.py\n"

# A drop-in for the few functions of `binascii` that the sources use, which
# take and return native strings like their Python 2 originals.
HEX = STAMP + '''
import binascii

def b2a_hex(data):
    if isinstance(data, str):
        data = data.encode("latin-1")
    return binascii.b2a_hex(data).decode("ascii")

hexlify = b2a_hex
'''

# (what, pattern, replacement), applied to every ported file
COMMON = [
    ("print statement", r"(?m)^(\s*)print[ \t]+(\S.*)$", r"\1print(\2)"),
    ("empty print", r"(?m)^(\s*)print[ \t]*$", r"\1print()"),
    ("has_key", r"not ([\w.\[\]]+)\.has_key\(([^()]+)\)", r"\2 not in \1"),
    ("has_key", r"([\w.\[\]]+)\.has_key\(([^()]+)\)", r"\2 in \1"),
    ("xrange", r"\bxrange\(", "range("),
    ("unichr", r"\bunichr\(", "chr("),
    ("tostring", r"\.tostring\(\)", ".tobytes()"),
    ("object first in a base list", r"\(object, Case, \)", "(Case,)"),
    ("implicit relative import",
     r"(?m)^from (case\w*|caseset|report) import", r"from .\1 import"),
    ("hex", r"(?m)^import binascii$",
     "from autobahntestsuite import nativehex as binascii"),
]

# edits that must each apply exactly as often as stated
SPECIFIC = {
    # not in the list of cases, and not importable with a current zope.interface
    "case/__init__.py": [(r"(?m)^from \.case9_9_1 import \*$", "", 1)],
    # integer division: in Python 3 the case would always FAIL
    "case/case10_1_1.py": [(r"len\(self\.payload\) / ", "len(self.payload) // ", 1)],
    # the validator of autobahn takes bytes
    "case/case6_x_x.py": [(r"v\.validate\(vss\[:i\]\)",
                           'v.validate(vss[:i].encode("latin-1"))', 1)],
    # results are compared by their pickles: that also compares object identity
    # and depends on the pickle protocol; equality is what is meant
    "case/case.py": [(r"pickle\.dumps\(obj1\) == pickle\.dumps\(obj2\)",
                      "obj1 == obj2", 1)],
    "case/case12_x_x.py": [(r"hashlib, binascii",
                            "hashlib\nfrom autobahntestsuite import nativehex as binascii", 1)],
    "fuzzing.py": [
        # TLS is not used, and would need pyOpenSSL
        (r"(?m)import reactor, ssl$", "import reactor", 1),
        (r"''\.join\(payload\)", "b''.join(payload)", 1),
        (r"os, json, binascii, time",
         "os, json, time", 1),
        (r"(?m)^import autobahntestsuite$",
         "import autobahntestsuite\nfrom autobahntestsuite import nativehex as binascii", 1),
    ],
}


def port(path, rel):
    raw = path.read_bytes()
    # latin-1 for the cases: a non-ASCII literal becomes one character per byte
    # of the UTF-8 source, which is what Python 2 makes of it
    text = raw.decode("latin-1" if rel.startswith("case/") else "utf-8")
    if text.startswith(STAMP):
        return
    text = text.replace("\r\n", "\n")
    for _, pattern, to in COMMON:
        text = re.sub(pattern, to, text)
    for pattern, to, times in SPECIFIC.get(rel, []):
        text, n = re.subn(pattern, lambda _m, to=to: to, text)
        if n != times:
            sys.exit(f"port.py: {rel}: {pattern!r} matched {n} times, not {times}")
    text = re.sub(r"(?m)^#.*coding[:=].*$", "#", text, count=1)
    compile(text, rel, "exec")
    path.write_text(STAMP + text, encoding="utf-8")


def main():
    pkg = pathlib.Path(sysconfig.get_path("purelib")) / "autobahntestsuite"
    version = re.search(r"__version__\s*=\s*['\"]([^'\"]+)", (pkg / "_version.py").read_text())
    for path in sorted((pkg / "case").glob("*.py")):
        port(path, "case/" + path.name)
    for name in ("caseset.py", "fuzzing.py"):
        port(pkg / name, name)
    # style sheets of the HTML reports, which are not made
    names = ("CSS_COMMON", "CSS_DETAIL_REPORT", "CSS_MASTER_REPORT", "JS_MASTER_REPORT")
    (pkg / "report.py").write_text(STAMP + "".join(f'{n} = ""\n' for n in names))
    (pkg / "nativehex.py").write_text(HEX)
    # the package's own __init__ imports every mode; none of that is wanted
    (pkg / "__init__.py").write_text(STAMP + f'__version__ = version = "{version.group(1)}"\n')
    print(f"ported autobahntestsuite {version.group(1)} to Python {sys.version.split()[0]}")


main()
