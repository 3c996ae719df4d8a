"""A picture that a browser gets was drawn by us, from a stranger's first frame."""

import pytest
from PIL import Image, UnidentifiedImageError

from tests.mime.pictures import claim_size, look, make_animation, make_pdf, make_picture, make_turned
from yizhan.mime.limits import PREVIEW_PIXELS
from yizhan.mime.pdf import draw_first_page
from yizhan.mime.pictures import draw_picture


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("PNG", mode) for mode in ("RGB", "RGBA", "P", "1", "I;16")),
        *(("JPEG", "RGB"), ("JPEG", "CMYK"), ("GIF", "P"), ("WEBP", "RGB"), ("BMP", "RGB"), ("TIFF", "CMYK")),
        *(("ICO", "RGBA"), ("AVIF", "RGB")),
    ],
)
def test_every_bitmap_of_mail_comes_out_as_one_kind(kind: str, mode: str) -> None:
    drawn = look(draw_picture(make_picture((60, 60), kind, mode)))
    assert drawn.format == "WEBP"
    assert drawn.width == drawn.height <= 60


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGB"), ("PNG", "P"), ("JPEG", "RGB")])
def test_a_large_picture_comes_out_bounded_in_its_shape(kind: str, mode: str) -> None:
    assert look(draw_picture(make_picture((4000, 1000), kind, mode))).size == (PREVIEW_PIXELS, PREVIEW_PIXELS // 4)


def test_an_animation_is_shown_as_it_begins() -> None:
    drawn = look(draw_picture(make_animation()))
    red, _, blue = drawn.convert("RGB").resize((1, 1)).getpixel((0, 0))
    assert red > 200 > blue


def test_a_photograph_is_shown_upright() -> None:
    assert look(draw_picture(make_turned())).size == (40, 80)


@pytest.mark.parametrize(
    "data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"BM"]
)
def test_what_is_no_bitmap_is_refused(data: bytes) -> None:
    with pytest.raises(UnidentifiedImageError):
        draw_picture(data)


def test_a_picture_that_claims_too_many_pixels_is_refused_before_it_is_read() -> None:
    with pytest.raises(Image.DecompressionBombError):
        draw_picture(claim_size(30_000, 30_000))


def test_a_document_shows_its_first_page_and_tells_how_many_there_are() -> None:
    pages, _, picture = draw_first_page(make_pdf((300, 150), (595, 842))).partition(b"\n")
    assert pages == b"2"
    drawn = look(picture)
    assert drawn.format == "WEBP"
    assert drawn.size == (900, 450)


def test_a_page_as_large_as_a_field_is_drawn_no_larger_than_a_screen() -> None:
    picture = draw_first_page(make_pdf((14_400, 7_200))).partition(b"\n")[2]
    assert look(picture).size == (PREVIEW_PIXELS, PREVIEW_PIXELS // 2)
