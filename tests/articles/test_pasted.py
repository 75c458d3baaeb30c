"""What Word, Google Docs and web pages put on the clipboard comes out as an article's text."""

import pytest

from education.articles.pasted import is_foreign
from education.articles.richtext import clean

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta name=Generator
content="Microsoft Word 15"><!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/>
</o:OfficeDocumentSettings></xml><![endif]--><style><!-- @font-face {font-family:Calibri;}
p.MsoNormal {margin:0cm;} --></style></head><body lang=EN-US>
<h1 style='margin:0'>Sleep<o:p></o:p></h1>
<p class=MsoNormal><span style='font-family:"Arial"'>One <b>two</b> <u>three</u>
“smart”&nbsp;&nbsp;&nbsp; quotes<o:p></o:p></span></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>
</body></html>"""


def item(text, mark, level=1, number=0):
    return (
        f"<p class=MsoList style='text-indent:-18pt;mso-list:l{number} level{level} lfo1'>"
        f"<![if !supportLists]><span style='font-family:Symbol;mso-list:Ignore'>{mark}<span "
        f"style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp;&nbsp; </span></span><![endif]>{text}"
        "<o:p></o:p></p>"
    )


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        (WORD, "<h3>Sleep</h3><p>One <strong>two</strong> three\n“smart” quotes</p>"),
        # Lists of Word
        (
            item("Dark", "·") + item("Cool", "·"),
            "<ul><li><p>Dark</p></li><li><p>Cool</p></li></ul>",
        ),
        (
            item("a", "·") + item("b", "o", level=2) + item("c", "·"),
            "<ul><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>c</p></li></ul>",
        ),
        (
            item("a", "·") + item("b", "1.", number=1) + item("c", "2)", number=1),
            "<ul><li><p>a</p></li></ul><ol><li><p>b</p></li><li><p>c</p></li></ol>",
        ),
        (item("deep", "·", level=3), "<ul><li><p>deep</p></li></ul>"),
        ("x" + item("a", "·") + "<p>y</p>", "<p>x</p><ul><li><p>a</p></li></ul><p>y</p>"),
        # Google Docs
        (
            '<b style="font-weight:normal;" id="docs-internal-guid-1"><h2 dir="ltr"><span>Head'
            '</span></h2><p style="line-height:1"><span style="font-weight:700">Bold</span>'
            '<span style="font-style:italic"> it</span> 10<span style="vertical-align:super">2'
            '</span></p><br/><ul><li dir="ltr"><p role="x"><span>item</span></p></li></ul></b>'
            '<br class="Apple-interchange-newline">',
            "<h3>Head</h3><p><strong>Bold</strong><em> it</em> 10<sup>2</sup></p>"
            "<ul><li><p>item</p></li></ul>",
        ),
        # Web pages
        ("<div>one</div><div>two</div>", "<p>one</p><p>two</p>"),
        ("<div><div>a</div>loose<p>b</p></div>", "<p>a</p><p>loose</p><p>b</p>"),
        ("<section><h5>x</h5><h6>y</h6></section>", "<h4>x</h4><h4>y</h4>"),
        ("<p><font color=red>red</font> <u>under</u></p>", "<p>red under</p>"),
        ("<pre>a\nb</pre>", "<p>a\nb</p>"),
        ("<center>x</center><p></p><p>&nbsp;</p><p><br></p>", "<p>x</p>"),
        ("<p>7&nbsp;h and&nbsp;so, 5&nbsp;%,&nbsp; e</p>", "<p>7&nbsp;h and so, 5&nbsp;%, e</p>"),
        ("<p>‘a’ “b” – c… α ≥ β</p>", "<p>‘a’ “b” – c… α ≥ β</p>"),
        ("<dl><dt>Light</dt><dd>out</dd></dl>", "<p>Light</p><p>out</p>"),
        # Tables
        (
            "<table><caption>Cap</caption><tr><th scope=col width=9>A</th></tr><tr><td>b</td></tr>"
            "</table>",
            '<p class="table-caption">Cap</p><table><tbody><tr><th>A</th></tr><tr><td>b</td></tr>'
            "</tbody></table>",
        ),
        (
            "<table><tr><td><table><tr><td>x</td><td>y</td></tr><tr><td>z</td></tr></table></td></tr>"
            "</table>",
            "<table><tbody><tr><td><p>x y</p><p>z</p></td></tr></tbody></table>",
        ),
        (
            "<table><tr><td><div>c</div></td></tr></table>",
            "<table><tbody><tr><td><p>c</p></td></tr></tbody></table>",
        ),
    ],
)  # fmt: skip
def test_it_comes_out_as_an_article(pasted, expected):
    assert clean(pasted) == expected
    assert clean(expected) == expected


def test_what_the_editor_wrote_is_left_alone():
    own = '<p class="callout">a <strong>b</strong><br>c</p><ul><li><p>d</p></li></ul>'
    assert not is_foreign(own)
    assert clean(own) == own


@pytest.mark.parametrize(
    "kept",
    ["/journal/", "#part", "?q=1", "page.html", "sub/page", "https://example.org/a?b=1#c",
     "HTTP://EXAMPLE.ORG/", "mailto:a@example.org", "tel:+15550100"],
)  # fmt: skip
def test_addresses_that_lead_somewhere_stay(kept):
    assert clean(f'<p><a href="{kept}">x</a></p>') == f'<p><a href="{kept}">x</a></p>'
