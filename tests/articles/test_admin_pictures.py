"""Pictures that editors upload: drawn anew, without secrets, or refused in words."""

import io
import re

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from education.articles.models import Figure
from tests.factories import (
    EditionFactory,
    FigureFactory,
)

from .admin_pages import change_url, form_data, new_figure, png

pytestmark = pytest.mark.django_db


def test_an_uploaded_picture_is_drawn_anew_without_its_secrets(editor, signed_in):
    draft = EditionFactory()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "patient number 12345")
    original = png((40, 30), exif=exif, pnginfo=info)
    assert b"12345" in original
    upload = SimpleUploadedFile("Night hormones.png", original, "image/png")
    response = signed_in(editor).post(
        change_url(draft), form_data(draft, **new_figure(upload)), follow=True
    )
    figure = draft.figures.get()
    assert (figure.width, figure.height, figure.key) == (40, 30, "night-hormones")
    assert re.fullmatch(r"[0-9a-f]{40}\.png", figure.image.name)
    with default_storage.open(figure.image.name) as stored:
        content = stored.read()
    assert b"12345" not in content and b"taken at home" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert not image.getexif() and not image.info
    assert figure.image.url in response.content.decode()


def test_the_same_picture_is_stored_once(editor, signed_in):
    client = signed_in(editor)
    for draft in (EditionFactory(), EditionFactory()):
        upload = SimpleUploadedFile("one.png", png((11, 7)), "image/png")
        assert (
            client.post(change_url(draft), form_data(draft, **new_figure(upload))).status_code
            == 302
        )
    assert len(set(Figure.objects.values_list("image", flat=True))) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "SVG"),
        ("a.png", b'<?xml version="1.0"?><svg xmlns="x"></svg>', "SVG"),
        ("a.png", b"<html><script>alert(1)</script></html>", "not a sound PNG"),
        ("a.png", png()[:60], "not a sound PNG"),
        ("a.jpg", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "not a sound PNG"),
        ("a.png", png((6001, 1)), "6000 pixels"),
        ("a.png", png() + b"\0" * (5 * 1024 * 1024), "larger than 5 MB"),
        ("a.png", b"", "empty"),
    ],
    ids=["svg", "svg-as-png", "html-as-png", "cut-off", "gif", "wide", "heavy", "empty"],
)
def test_what_is_no_sound_picture_is_refused_in_words(name, content, words, editor, signed_in):
    draft = EditionFactory()
    upload = SimpleUploadedFile(name, content, "image/png")
    response = signed_in(editor).post(change_url(draft), form_data(draft, **new_figure(upload)))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not Figure.objects.exists()


def test_a_drawing_of_our_own_stays_usable(editor, signed_in):
    draft = EditionFactory()
    FigureFactory(edition=draft, image="night.svg", key="night")
    client = signed_in(editor)
    assert "/figures/night.svg" in client.get(change_url(draft)).content.decode()
    data = form_data(draft, **{"figures-0-alt": "Another description."})
    assert client.post(change_url(draft), data).status_code == 302
    figure = draft.figures.get()
    assert (figure.alt, figure.image.name) == ("Another description.", "night.svg")
