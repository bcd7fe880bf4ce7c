"""The characters that part a text: blanks, commas, ends of a line or clause, and the dots a sentence ends with."""

import re

#: What ends a clause. A negative prompt reaches to the next of these.
ENDS = ";；؛\n\r\u2028\u2029"
#: What parts two options.
COMMAS = ",，、،"
SEPARATORS = ENDS + COMMAS
COLONS = ":："
#: Every blank that Python knows, but the ends of a line.
BLANK = "".join(c for c in map(chr, range(0x3001)) if c.isspace() and c not in ENDS)
#: What may stand behind an option and goes with it: "10s."
STOPS = ".!?…"

#: Stands in a masked text for what is no plain word; it parts nothing and means nothing.
FILLER = "\x1a"

SEPARATOR = re.compile(f"[{SEPARATORS}]")
END = re.compile(f"[{ENDS}]")
