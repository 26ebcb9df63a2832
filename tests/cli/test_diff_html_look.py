"""How the page of a difference looks: contrast, and in headless Chromium, that it fits and asks for nothing."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.cli.render.diff_html import STYLE, template_text
from tests.browser import FOUND, page
from tests.cli.conftest import POLICY, Cli
from tests.cli.pages import compared, sound, tiers
from tests.cli.test_diff_html_text import hostile


def test_text_has_enough_contrast_in_both_schemes() -> None:
    light, dark = schemes(template_text(STYLE))
    assert {name for name in light if name != "stripe"} >= set(dark)
    for colours in (light, {**light, **dark}):
        pairs = [("ink", "paper"), ("dim", "paper"), ("link", "paper"), ("ink", "box"), ("dim", "box"), ("link", "box")]
        pairs += [(tone, ground) for tone in ("good", "bad", "warn") for ground in ("paper", "box")]
        pairs += [("on", f"p{n}") for n in range(8)] + [("ink", f"q{n}") for n in range(8)]
        pairs += [("on", "fail"), ("ink", "qf")]
        for text, ground in pairs:
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for ground in ("fail", *(f"p{n}" for n in range(8))):  # with stripes on them
            assert contrast(colours["on"], darker(colours[ground], 0.12)) >= 4.5, ground


def schemes(style: str) -> Iterator[dict[str, str]]:
    """The colours of the light and of the dark scheme."""
    for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL):
        yield dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))


def darker(colour: str, share: float) -> str:
    """A colour with so much black over it."""
    return "#" + "".join(f"{round(int(colour[n : n + 2], 16) * (1 - share)):02x}" for n in (1, 3, 5))


def contrast(one: str, two: str) -> float:
    """As WCAG 2.2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(two)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("example", ["tiers", "wide", "hostile"])
def test_a_page_fits_a_phone_and_a_desk_without_a_network(cli: Cli, example: str) -> None:
    if FOUND is None:
        warnings.warn("there is no Chromium here: whether the page fits a screen was not tested", stacklevel=1)
        pytest.skip("there is no Chromium here")
    text = (
        tiers(cli)[0] if example == "tiers" else compared(cli, *(wide() if example == "wide" else (POLICY, hostile())))
    )
    sound(text)
    file = Path("page.html")
    file.write_text(text, encoding="ascii")
    with page(file, 390) as seen:
        for width, dark in ((390, False), (390, True), (1280, False), (1280, True)):
            seen.resize(width, dark)
            seen.value("document.querySelectorAll('details').forEach(each => each.open = true)")
            inside = seen.value("[innerWidth, document.documentElement.scrollWidth, document.body.scrollWidth]")
            assert inside[0] == width
            assert max(inside[1:]) <= width, inside
            # Nothing is cut off at the side, but for what scrolls by itself.
            outside = seen.value(
                "[...document.querySelectorAll('body *')].filter(each => !each.closest('.scroll, svg, thead'))"
                ".filter(each => each.getBoundingClientRect().right > innerWidth + 1).map(each => each.outerHTML)"
            )
            assert outside == []
            # The page's own policy lets its style be.
            paper = seen.value("getComputedStyle(document.body).backgroundColor")
            assert paper == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")
        assert seen.value("document.querySelectorAll('script, img, iframe, object, link').length") == 0
        assert seen.asked == [file.resolve().as_uri()]
        assert seen.said == []


def wide() -> tuple[str, str]:
    """Two versions with many columns, long words and long names."""
    long = "a" * 300
    rules = [
        f'rule {"r" * 60}_{n} when session_id like "{"tenant-" * 4}{n}/*" and input_tokens < {n + 1}K -> small[home]'
        for n in range(14)
    ]
    old = POLICY.replace("## Big", "\n".join(rules) + "\n## Big")
    new = old.replace("40K", "50K").replace("-> small[home]", f'-> fail 503 "{long}"', 9)
    return old, new
