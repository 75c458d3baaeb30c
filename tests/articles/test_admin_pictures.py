"""Pictures that editors upload: drawn anew, without secrets, or refused in words."""

import io
import re

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageDraw, PngImagePlugin

from education.articles.models import Figure
from education.glossary import images
from tests.factories import (
    EditionFactory,
    FigureFactory,
)

from .admin_pages import change_url, form_data, new_figure, png

pytestmark = pytest.mark.django_db


@pytest.mark.once
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


# Whether a file is a picture is asked before any database is.
@pytest.mark.once
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


@pytest.mark.once
def test_a_drawing_of_our_own_stays_usable(editor, signed_in):
    draft = EditionFactory()
    FigureFactory(edition=draft, image="night.svg", key="night")
    client = signed_in(editor)
    assert "/figures/night.svg" in client.get(change_url(draft)).content.decode()
    data = form_data(draft, **{"figures-0-alt": "Another description."})
    assert client.post(change_url(draft), data).status_code == 302
    figure = draft.figures.get()
    assert (figure.alt, figure.image.name) == ("Another description.", "night.svg")


# --- Widths, formats, bombs -----------------------------------------------------------------


def upload(image, kind="PNG", name="a.png", **save):
    out = io.BytesIO()
    image.save(out, kind, **save)
    return ContentFile(out.getvalue(), name=name)


def drawn(picture):
    return Image.open(io.BytesIO(picture.content))


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_narrower_copies_are_stored_beside_a_wide_picture(kind, ending, editor, signed_in):
    draft = EditionFactory(body="<p>{figure:wide}</p>")
    out = io.BytesIO()
    Image.linear_gradient("L").resize((1000, 500)).convert("RGB").save(out, kind)
    file = SimpleUploadedFile(f"wide.{ending}", out.getvalue(), "image/png")
    client = signed_in(editor)
    client.post(change_url(draft), form_data(draft, **new_figure(file)))
    figure = draft.figures.get()
    assert (figure.width, figure.height, figure.widths) == (1000, 500, [480, 800])
    stem = figure.image.name.rpartition(".")[0]
    for width in (480, 800):
        name = f"{stem}-{width}.{ending}"
        with default_storage.open(name) as stored, Image.open(stored) as copy:
            assert copy.size == (width, width // 2)
            assert not copy.getexif()
        response = client.get(reverse("articles:figure", args=[name]))
        assert response.status_code == 200
        assert "immutable" in response["Cache-Control"]
    page = client.get(draft.get_absolute_url()).content.decode()
    assert f"/figures/{stem}-480.{ending} 480w, /figures/{stem}-800.{ending} 800w" in page
    assert f"/figures/{figure.image.name} 1000w" in page
    assert re.search(r'<img [^>]*width="1000" height="500"', page)


def test_small_pictures_and_drawings_have_no_copies():
    assert images.checked(upload(Image.new("RGB", (480, 10)))).widths == []
    assert images.Picture("night.svg", b"<svg/>", 3000, 200).widths == []


def test_storing_twice_writes_once(settings, tmp_path):
    picture = images.checked(upload(Image.new("RGB", (1300, 40), "teal")))
    picture.store()
    before = {name: default_storage.get_modified_time(name) for name in _names(picture)}
    picture.store()
    assert len(before) == 4
    assert before == {name: default_storage.get_modified_time(name) for name in _names(picture)}
    assert not [
        name for name in default_storage.listdir("")[1] if name.startswith(picture.name[:40] + "_")
    ]


def _names(picture):
    return [picture.name, *(images.narrower_name(picture.name, width) for width in picture.widths)]


@pytest.mark.once
def test_a_picture_is_never_wider_than_a_reader_can_see():
    assert images.checked(upload(Image.new("RGB", (5000, 100)))).width == images.WIDEST
    small = images.checked(upload(Image.new("RGB", (1920, 1080))), widest=960)
    assert (small.width, small.height) == (960, 540)


def test_gray_of_sixteen_bits_keeps_its_shades():
    gray = Image.new("I;16", (20, 20), 0x4000)
    with drawn(images.checked(upload(gray))) as image:
        assert image.mode == "RGB"
        assert image.getpixel((5, 5)) == (64, 64, 64)


def test_inks_palettes_and_transparency_are_drawn_as_they_look():
    inks = images.checked(upload(Image.new("CMYK", (20, 20), (0, 255, 255, 0)), "JPEG", "a.jpg"))
    red = drawn(inks).getpixel((5, 5))
    assert red[0] > 200 and red[1] < 80 and red[2] < 80
    palette = Image.new("P", (20, 20), 1)
    palette.putpalette([0, 0, 0, 0, 0, 255])
    assert drawn(images.checked(upload(palette))).getpixel((1, 1)) == (0, 0, 255)
    clear = Image.new("RGBA", (20, 20), (1, 2, 3, 0))
    assert drawn(images.checked(upload(clear))).getpixel((1, 1))[3] == 0


def test_a_turned_photograph_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = images.checked(upload(Image.new("RGB", (40, 20)), "JPEG", "a.jpg", exif=exif))
    assert (turned.width, turned.height) == (20, 40)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_moving_pictures_are_refused(kind):
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "blue")]
    for frame in frames:
        ImageDraw.Draw(frame).line((0, 0, 9, 9))
    with pytest.raises(ValidationError, match="moves"):
        images.checked(
            upload(frames[0], kind, "a.png", save_all=True, append_images=frames[1:], duration=100)
        )


def test_a_phones_double_jpeg_is_one_still_picture():
    first, second = Image.new("RGB", (40, 30), "red"), Image.new("RGB", (4, 3))
    picture = images.checked(
        upload(first, "MPO", "photo.jpg", save_all=True, append_images=[second])
    )
    assert (picture.name[-4:], picture.width) == (".jpg", 40)


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_drawn(monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError("it was decoded")

    bomb = upload(Image.new("1", (5900, 5900)))
    assert bomb.size < 100_000
    monkeypatch.setattr(images.ImageOps, "exif_transpose", never)
    with pytest.raises(ValidationError, match="24 million"):
        images.checked(bomb)


@pytest.mark.parametrize("name", ["a-480.png.html", "../a.png", "a-480", ".png", "a b.png"])
def test_only_names_of_pictures_are_served(name, editor, signed_in):
    assert signed_in(editor).get(f"/figures/{name}").status_code in (301, 404)
