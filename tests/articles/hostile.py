"""Hostile words for every field, and a judge of what a page made of them."""

import re

from lxml import html as lxml_html

JAVASCRIPT = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "java\rscript:alert(1)",
    "\x01javascript:alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A;avascript&#x3a;alert(1)",
    "javascript&colon;alert(1)",
    "javascript&#0000058;alert(1)",
    "java&Tab;script:alert(1)",
    "java&NewLine;script:alert(1)",
    "javascript\u200b:alert(1)",
    "\ufeffjavascript:alert(1)",
    "ｊavascript:alert(1)",
    "javaſcript:alert(1)",
    "feed:javascript:alert(1)",
    "view-source:javascript:alert(1)",
    "jar:javascript:alert(1)",
    "vbscript:msgbox(1)",
    "VBSCRIPT:x",
    "livescript:x",
    "mocha:x",
    "data:text/html,<script>alert(1)</script>",
    "DATA:text/html;base64,PHNjcmlwdD4=",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "blob:https://x/1",
    "filesystem:https://x/",
    "file:///etc/passwd",
    "about:blank",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "/\t/evil.example",
    "https:evil",
    "ms-its:x",
    "intent://x#Intent;end",
]

MARKUP = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\x0c>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<script/x>alert(1)</script/x>",
    "</p></div></section><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=a()>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src=x ONERROR\n=\nalert(1)>",
    '<IMG """><SCRIPT>alert(1)</SCRIPT>">',
    "<body onload=alert(1)>",
    "<input autofocus onfocus=a()>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<p onpointerrawupdate=alert(1) onanimationstart=alert(1)>x</p>",
    "<table background=javascript:alert(1)><tr><td background=javascript:alert(1)>x</table>",
    # CSS
    "<p style='position:fixed;inset:0;background:url(javascript:alert(1))'>x</p>",
    "<p style='width:expression(alert(1))'>x</p>",
    "<p style='behavior:url(x.htc)'>x</p>",
    "<p style=\"-moz-binding:url('//evil.example/x')\">x</p>",
    "<style>@import '//evil.example'</style>",
    "<style>body{display:none}</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<p style='mso-list:l0 level1;background:url(//evil.example)'>x</p>",
    "<b style='font-weight:normal;position:fixed'>x</b>",
    "<p class='evil modal callout'>x</p>",
    # SVG and MathML
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'/></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>alert(1)</script>'></foreignObject></svg>",
    "<math><maction actiontype='statusline#' xlink:href='javascript:alert(1)'>x</maction></math>",
    "<math href='javascript:alert(1)'>x</math>",
    # What changes its meaning when it is read again
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><annotation-xml encoding='text/html'><style><img src=x onerror=alert(1)></style></math>",
    "<form><math><mtext></form><form><mglyph><svg><mtext><style>"
    "<path id='</style><img onerror=alert(1) src>'>",
    "<template><script>alert(1)</script></template>",
    "<svg><template><style></template><img src=x onerror=a()>",
    "<title><p title='</title><img src=x onerror=alert(1)>'>",
    "<xmp><p title='</xmp><img src=x onerror=a()>'>",
    "<textarea><p title='</textarea><img src=x onerror=a()>'>",
    "<plaintext><img src=x onerror=a()>",
    "<noembed><img title='</noembed><img src=x onerror=alert(1)>'></noembed>",
    "<iframe><img title='</iframe><img src=x onerror=alert(1)>'></iframe>",
    "<select><template><img src=x onerror=alert(1)></template></select>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(1)",
    "<a<b<c href='javascript:alert(1)'>x",
    "<!--><script>alert(1)</script>-->",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<![if !x]><script>alert(1)</script><![endif]>",
    "<?xml version='1.0'?><?php echo 1 ?><!DOCTYPE x [<!ENTITY e 'x'>]>&e;",
    # Broken nesting, and elements that have no place
    "<p><b><i>un<p>closed <a href=",
    "<table><script>alert(1)</script><tr><td>x",
    "<tr><td><li><h3><td>x",
    "<a href='/x'><table><a href='/y'>x",
    "<ul><p><li><ul></p>x",
    "<h1><h2><h6>x</h1>",
    "<form action=/account/logout/><button formaction='javascript:alert(1)'>x</button></form>",
    "<object data=x><embed src=x><applet code=x>",
    "<base href='//evil.example/'>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<iframe src=javascript:alert(1)>",
    "<isindex action=javascript:alert(1)>",
    "<keygen autofocus onfocus=a()>",
    "<portal src=x>",
    "<p id=main name=csrfmiddlewaretoken>x</p>",
    "{% load static %}{{ request.user.password }}",
]

HOSTILE = MARKUP + [f'<a href="{one}">x</a>' for one in JAVASCRIPT]
TAGS = set("p h3 h4 ul ol li strong em sub sup br a blockquote table tbody thead tr th td".split())
SAFE_ADDRESS = re.compile(r"^(?:https?://|mailto:|tel:|(?![/\\]{2})[^:/?#]*(?:[/?#]|$))")
DANGEROUS_TAGS = set(
    "script style iframe object embed applet base form svg math link meta template".split()
)


def offences(html):
    """What a browser would find in this that could run, load or restyle anything."""
    found = []
    for element in lxml_html.document_fromstring(f"<div>{html}</div>").iter():
        if not isinstance(element.tag, str):
            found.append(f"a comment or instruction: {element!r}")
            continue
        if element.tag in DANGEROUS_TAGS:
            found.append(f"<{element.tag}>")
        for name, value in element.attrib.items():
            if name.lower().startswith("on") or name.lower() in ("style", "srcdoc", "formaction"):
                found.append(f"{element.tag} {name}={value}")
            if name.lower() in ("href", "src", "action", "background", "xlink:href"):
                plain = re.sub(r"[\x00-\x20\u200b\ufeff]", "", value)
                if not SAFE_ADDRESS.match(plain):
                    found.append(f"{element.tag} {name}={value}")
    return found


DRAWINGS = [
    "<script>alert(1)</script>",
    "<rect onload='alert(1)'/>",
    "<style>@import 'x'</style>",
    "<a href='javascript:alert(1)'><text>x</text></a>",
    "<use href='//evil.example/x.svg#x'/>",
    "<image href='https://evil.example/x.png'/>",
    "<foreignObject><p>x</p></foreignObject>",
    "<rect style='fill:url(https://evil.example)'/>",
    "<rect fill='url(\"//evil.example\")'/>",
    "<style>rect{fill:url( 'https://evil.example' )}</style>",
    "<style>a{b:expression(alert(1))}</style>",
    "<style>@\\69mport 'x'</style>",
    "<animate attributeName='href' to='javascript:alert(1)'/>",
    "<set attributeName='onload' to='alert(1)'/>",
    "<?xml-stylesheet href='x'?>",
    "<handler type='x'>alert(1)</handler>",
    "<iframe src='x'/>",
    "<text xmlns:ev='http://www.w3.org/2001/xml-events' ev:event='load'>x</text><script/>",
]


def page_offences(response):
    """A whole page has scripts, forms and icons of its own; anything else is an offence.

    A page's own scripts come from our files or carry the nonce, which no text can know."""
    html = response.content.decode()
    root = lxml_html.document_fromstring(html)
    found = []
    for element in root.iter("script"):
        source = element.get("src", "")
        is_ours = source.startswith(("/static/", "/admin/jsi18n/")) or element.get("nonce")
        is_data = element.get("type") in ("application/json", "importmap")
        if not (is_ours or is_data):
            found.append(f"script {source} {element.text_content()[:80]}")
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        for name, value in element.attrib.items():
            if name.startswith("on") or name in ("style", "srcdoc", "formaction"):
                found.append(f"{element.tag} {name}={value}")
            if name in ("href", "src", "action"):
                plain = re.sub(r"[\x00-\x20\u200b\ufeff]", "", value)
                if not SAFE_ADDRESS.match(plain):
                    found.append(f"{element.tag} {name}={value}")
        if element.tag in ("base", "object", "embed", "applet", "iframe", "math", "marquee"):
            found.append(f"<{element.tag}>")
        if element.tag in ("style", "meta", "link") and "evil" in lxml_html.tostring(
            element, encoding="unicode"
        ):
            found.append(f"<{element.tag}> of somebody else")
    return found
