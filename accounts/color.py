"""Contrast of colors, as WCAG 2.2 defines it, for the clinic's accent."""

LIGHT_PAPER = "#fbf8f3"
DARK_PAPER = "#11161c"


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _hex(channels: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(value):02x}" for value in channels)


def luminance(color: str) -> float:
    """Relative luminance of an sRGB color #rrggbb, 0 (black) to 1 (white).

    Source: WCAG 2.2, definition of relative luminance.
    """
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colors, 1 to 21. Source: WCAG 2.2, contrast ratio."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mixed(color: str, other: str, share: float) -> str:
    """The color with a share (0 to 1) of another one in it."""
    pairs = zip(_channels(color), _channels(other), strict=True)
    return _hex(tuple(a + (b - a) * share for a, b in pairs))


def lightened_for(color: str, background: str, *, at_least: float) -> str:
    """The color, lightened in steps until its contrast with the background is enough."""
    for step in range(21):
        candidate = mixed(color, "#ffffff", step / 20)
        if contrast(candidate, background) >= at_least:
            return candidate
    return "#ffffff"


def softened(color: str, background: str) -> str:
    """A quiet background in the color's hue: 14 % of it on the page's paper."""
    return mixed(background, color, 0.14)
