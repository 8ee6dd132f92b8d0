"""Files that sops encrypts, each once recorded and once for each run where sops is installed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
RECORDED = HERE / "recorded"
"""Made with the keys beside them, which protect nothing else."""

AGE_KEYS = RECORDED / "age-keys.txt"
OTHER_AGE_KEYS = RECORDED / "other-age-keys.txt"
PGP_KEY = RECORDED / "pgp-key.asc"
LOCKED_PGP_KEY = RECORDED / "pgp-locked-key.asc"
PASSPHRASE = "a pass phrase"
SSH_KEY = RECORDED / "ssh-key"
AGE = "age13r3wwzhhwlzcld5pnl9lcy8jknz77txh4p54vygl5sq5lx7wkdsqfsdc94"
OTHER_AGE = "age1pt32efue6vxrauqwf7fl0z0p66aw6cn72eynjejz7uh0cfvetvusmvce9x"
PGP = "78FF307B524FBDA632AAC4DE4488C6E607F4B167"
LOCKED_PGP = "0B6C09A5BFDB7F6728806B5E7C7906D11427557B"
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICbT0Y2npTt4KBqLebBp5/LzT+KcbG7iTpVyjuB1MARb"
CANARY = "canary-7f3a"
"""Stands in secret values, and may be seen nowhere else."""


@dataclass(frozen=True, slots=True)
class Case:
    """A file to encrypt.

    Attributes:
        name: of the case, and of the recorded file without its suffix.
        file: its name, which chooses what sops and the server take it for.
        plain: its content.
        options: of `sops encrypt`, besides the recipients.
        recipients: options that name them.
        served: the content that is served, where it is not the plain one.
        rules: a `.sops.yaml`, instead of the recipients.
    """

    name: str
    file: str
    plain: str | bytes
    options: Sequence[str] = ()
    recipients: Sequence[str] = ("--age", AGE)
    served: str | bytes | None = None
    rules: str = ""

    @property
    def content(self) -> bytes:
        """The plain content."""
        return self.plain.encode() if isinstance(self.plain, str) else self.plain

    @property
    def expected(self) -> bytes:
        """The content that is served."""
        served = self.plain if self.served is None else self.served
        return served.encode() if isinstance(served, str) else served

    @property
    def recorded(self) -> Path:
        """The encrypted file."""
        return RECORDED / f"{self.name}.{self.file.rpartition('.')[2]}"


TYPES = f"""\
# about all
db:
  # about the password
  password: {CANARY} # behind it
  port: 5432
  negative: -7
  ratio: 2.5
  whole: 1.0
  big: 1e20
  small: 0.000001
  "on": true
  off: false
  none: null
  empty: ""
  looks-like-a-number: "0123"
  looks-like-a-switch: "true"
  looks-like-null: "null"
  "dotted.key:colon": "1"
  "key with blanks": x
  unicode: "ü \U0001f600 \\u2028 \\x85"
  quotes: "it's \\"quoted\\" \\\\ and #no comment: - ${{placeholder}}"
  blanks: "  around  "
  text: |
    line 1
      line 2

    line 4
  folded: >-
    one
    line
"""

FRACTIONS = TYPES.replace("whole: 1.0", "half: 0.5")
"""Without a whole number that is none: sops writes that as one if it does not encrypt it."""

LISTS = f"""\
list:
  # about the first
  - {CANARY}
  - [b, 2, [c]]
  - x: 1
    # about y
    y: [true]
  - - 1.5
  # about the last
  - last
nothing: []
none: {{}}
"""

SEVERAL = f"""\
a: {CANARY}
---
spring.config.activate.on-profile: dev
a: other
---
last: 1
"""

PARTLY = f"""\
# about all
server:
  port: 8080
  ratio: 1.50
  hex: 0x1F
  octal: 0o17
  old-octal: 0777
  underscores: 1_000
  time: 2020-01-02T03:04:05.5+01:00
  date: 2020-01-02
  yes-word: yes
  infinite: .inf
  exponent: 1e21
  quoted: "5"
  empty: ""
  none: ~
  block: |
    text
password: {CANARY}
deep:
  password:
    inner: [{CANARY}, 1]
"""

PROPERTIES = f"""\
# about
password={CANARY}
#---
text=line 1\\nline 2
continued=C:\\\\new
empty=
number=5
umlaut=\xfc
spaced key = value
"""

JSON = f"""\
{{"password": "{CANARY}", "list": [1, 2.5, true, null, "", "\\u00fc \\"x\\"", {{}}, [], [[-3]]],
 "deep": {{"a.b:c": 123456789012, "x_unencrypted": 5, "y_unencrypted": {{"z": [1.0, "t", 1e22]}}}}}}
"""

INI = f"""\
[db]
password = {CANARY}
url      = `jdbc:x;y=1#z`
empty    =

[other]
number = 5
"""

EMPTY = ""

INI_SERVED = f"""\
[db]
password = {CANARY}
url      = `jdbc:x;y=1#z`
empty    = {EMPTY}

[other]
number = 5

"""

GROUPS = """\
creation_rules:
  - shamir_threshold: {threshold}
    key_groups:
      - age: [{age}]
      - pgp: [{pgp}]
      - age: [{other}]
"""

CASES = (
    Case("types", "types.yaml", TYPES),
    Case("lists", "lists.yml", LISTS),
    Case("several", "several.yaml", SEVERAL),
    Case("one-value", "one-value.yaml", "a: 1\n"),
    Case("partly", "partly.yaml", PARTLY, ("--encrypted-regex", "^pass")),
    Case("mac-only", "mac.yaml", PARTLY, ("--encrypted-regex", "^pass", "--mac-only-encrypted")),
    Case("but-regex", "but-regex.yaml", PARTLY, ("--unencrypted-regex", "^(server|db)")),
    Case("suffix", "suffix.yaml", PARTLY, ("--encrypted-suffix", "word")),
    Case("but-suffix", "but-suffix.yaml", PARTLY, ("--unencrypted-suffix", "er")),
    Case("by-comment", "by-comment.yaml", FRACTIONS, ("--encrypted-comment-regex", "password")),
    Case(
        "mac-by-comment",
        "mac-by-comment.yaml",
        FRACTIONS,
        ("--encrypted-comment-regex", "password", "--mac-only-encrypted"),
    ),
    Case("json", "json.json", JSON),
    Case("json-pgp", "json-pgp.json", JSON, recipients=("--pgp", PGP)),
    Case("yaml-pgp", "yaml-pgp.yaml", TYPES, recipients=("--pgp", LOCKED_PGP)),
    Case("many", "many.yaml", SEVERAL, recipients=("--age", f"{OTHER_AGE},{AGE}", "--pgp", PGP)),
    Case("ssh", "ssh.yaml", SEVERAL, recipients=("--age", SSH)),
    Case("binary", "binary.properties", PROPERTIES.encode("latin-1")),
    Case("binary-bytes", "bytes.bin", bytes(range(256))),
    Case("binary-empty", "empty.txt", ""),
    Case("dotenv", "dotenv.env", PROPERTIES.encode("latin-1")),
    Case(
        *("properties", "dotenv.properties", PROPERTIES.encode("latin-1")),
        options=("--input-type", "dotenv", "--output-type", "dotenv"),
    ),
    Case("ini", "ini.ini", INI, served=INI_SERVED),
    Case(
        *("json-in-yaml", "flow.yaml", JSON),
        options=("--input-type", "json", "--output-type", "json", "--indent", "2"),
    ),
    Case(
        *("one-group", "one-group.yaml", SEVERAL),
        rules=f"creation_rules: [{{key_groups: [{{age: [{AGE}]}}]}}]\n",
    ),
    *(
        Case(
            *(f"groups-{threshold}", f"groups-{threshold}.yaml", SEVERAL),
            rules=GROUPS.format(threshold=threshold, age=AGE, pgp=PGP, other=OTHER_AGE),
        )
        for threshold in (2, 3)
    ),
)
