"""What evolvers wrap a prompt in: labels, announcements, remarks, answers, alternatives.

Turns what all known languages say into patterns; what is done with a match is not known here.
"""

import re

from tasks.doors.languages.patterns import any_of, compiled, named

_OPEN = r"[\s#*_>\[【(<\"“「]*"
_CLOSE = r"[ \t#*_\]】>)\"”」]*"
_COLON = r"(?:[:：]|[-–—](?=[ \t]*\n))"
# "(harder)", "with XML data", "如下" between a label's words and its colon.
_TAIL = r"(?:\s*[(（][^()（）\n]{0,40}[)）]|\s+with [^:\n.]{1,30}|如下|\s*#?\d{1,2})?"
_CHILD = named(lambda one: one.made, lambda one: one.prompt_like)
_PARENT = named(lambda one: one.given, lambda one: one.prompt_like)
_PROMPT = any_of(lambda one: one.prompt)
_NOUN = any_of(lambda one: f"{one.prompt}|{one.prompt_like}")
_OPENERS = any_of(lambda one: one.openers)
_ANNOUNCERS = any_of(lambda one: one.announcers)
_ARTICLE = r"(?:(?:the|an?|my|your|der|die|das|el|la|le|il|o|один)\s+|l')?"
_BARE = r"(?:re-?written|revised|(?:改写|改寫|重写|重寫|修改)(?:后|後|版))"
_ROLES = r"(?:assistant|chatgpt|gpt-?4?|ai|bot|助手|助理)"
# "the new version of my essay" is what a prompt is about, no prompt.
_NOT_OF_ANOTHER = rf"(?!\s+of\s+(?!(?:the|this|your)\s+(?:\w+\s+)?{_NOUN}))"

LABEL = compiled(
    rf"^(?:{_OPEN}{_ARTICLE}(?:{_CHILD}|{_PROMPT}|instructions?"
    rf"|{_BARE}){_TAIL}{_CLOSE}{_COLON}[*_#\]】>]*\s*"
    rf"|(?:\#{{1,6}}[ \t]*|\*\*|__|【|\[)(?:{_ARTICLE}{_CHILD}|{_PROMPT}){_TAIL}{_CLOSE}\s*\n+"
    rf"|\**\#+[ \t]*{_ARTICLE}{_CHILD}[ \t]*\#+\**\s*"
    rf"|{_ARTICLE}{_CHILD}[ \t]*\n+"
    rf"|\**\#[ \t]*\w[^#\n]{{1,40}}\#\**[ \t]*(?:{_COLON}\**\s*|\n+)"
    rf"|{_ROLES}\s*{_COLON}\s*)"
)
"""A label that stands at the very start."""

PARENT_LABEL = compiled(
    rf"^(?:{_OPEN}{_ARTICLE}{_PARENT}{_CLOSE}{_COLON}|[#*]+[ \t]*{_ARTICLE}{_PARENT}{_CLOSE}\n)"
)
"""The label of a parent that is echoed, at the very start."""

INNER_LABEL = compiled(
    rf"\n[ \t]*(?:{_OPEN}{_ARTICLE}{_CHILD}{_TAIL}{_CLOSE}{_COLON}[*_#\]】>]*\s*"
    rf"|[#*]+[ \t]*{_ARTICLE}{_CHILD}{_CLOSE}\s*\n+)"
)
"""The label of a child on a later line."""

TAGS = re.compile(
    r"^<([a-z_ -]*(?:prompt|instruction|version|question|task"
    r"|output)[a-z_ -]*)>\s*(.*?)\s*</\1>$",
    re.IGNORECASE | re.DOTALL,
)
"""A whole text between tags that call it a prompt; group 2 is the text."""

ANNOUNCEMENT = compiled(
    rf"^(?:¡\s*)?(?:{_OPENERS} ?[!.,，。！~]*[ \t]*{_COLON}?[ \t]*\n+"
    rf"|{_OPENERS} ?[!.,，。！:：–—-][^\n]{{0,240}}?(?:{_CHILD}|{_NOUN}|re-?writ\w+"
    rf"|改写)[^\n:：]{{0,60}}{_COLON}\**[ \t]*(?:\n+|(?=\S))"
    rf"|{_OPENERS} ?[!.！。]\s+(?!{_ANNOUNCERS})(?=[^\W\d])"
    rf"|\**{_ANNOUNCERS}[^\n:：]{{0,120}}?{_CHILD}{_NOT_OF_ANOTHER}[^\n:：]{{0,120}}{_COLON}\**\s*"
    rf"|here(?:'s| is| are)\b[^\n]{{0,90}}\b(?:prompt|version|instruction"
    rf"|question)\b{_NOT_OF_ANOTHER}[^\n]{{0,30}}:\s*\n+"
    rf"|{_ANNOUNCERS}[^\n:：]{{0,160}}(?:{_PROMPT}|version){_NOT_OF_ANOTHER}"
    rf"[^\n:：]{{0,120}}{_COLON}\**\s*\n+"
    rf"|{_ARTICLE}{_CHILD}\s*(?:is|reads?|would be|could be|as follows|lautet|es|est|é|è|如下|是"
    rf"|为)[^\n:：]{{0,20}}{_COLON}\s*)"
)
"""How an assistant announces the prompt that follows, at the very start."""

REMARK = compiled(rf"^[\s*_#>（(\[【-]*{any_of(lambda one: one.remarks, ends=False)}")
"""How a paragraph, a line or a sentence begins that speaks of the prompt before it."""

TALK = compiled(rf"^(?:¡\s*)?{_OPENERS} ?[!,，！]")
"""How an assistant begins that answers."""

ANNOUNCED = compiled(rf"^\**{_ANNOUNCERS}[^\n:：]{{0,200}}[:：]\**\s*\n")
"""A first line that announces what follows, whatever it is."""

ANSWER = compiled(
    rf"(?:\A|\n|(?<=[.?!。？！]))[ \t]*[#>*_]*[ \t]*{any_of(lambda one: one.answers)}[ \t]*[*_]*[ \t]*"
    rf"[:：][*_]*\s*[^\s_.…]"
    rf"|\n[ \t]*(?:\#{{1,6}}|\*\*)[ \t]*{any_of(lambda one: one.answers)}[ \t]*[*_]*[ \t]*\n\s*\S"
)
"""A labelled answer that is not left blank, anywhere."""

ALTERNATIVE = compiled(
    rf"(?:\A|\n)[ \t#*_>\[【(-]*(?:option|alternative|variant|variante|variation|choice|opción"
    rf"|opção|opzione|вариант"
    rf"|{_NOUN}|选项|方案|选择|옵션|案)[ \t]*\#?(?:\d{{1,2}}|[a-h]|one|two|three|一|二"
    rf"|三)[ \t)\]】*_#]*(?:[:：.)\n]|[-–—] )"
)
"""The label of one of several prompts, on a line of its own or before it."""

LEAKED = compiled(named(lambda one: f"{one.given}|{one.made}"))
"""A prompt called given, rewritten, new and the like, anywhere."""

PROMPT = compiled(_PROMPT)
"""A prompt called a prompt, anywhere."""
