"""What a printed article needs: `{{ edition.get_absolute_url|printed_address|qr_svg }}`."""

from django import template

from education.reading import qr

register = template.Library()

register.filter("printed_address", qr.printed_address)
register.filter("qr_svg", qr.qr_svg)
