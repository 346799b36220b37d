"""Draws the pictures of the app itself, by Chromium, from `icon.svg` and the app's own colours.

`.venv/bin/python -m tools.brand_pictures` writes them: icons for home screens, and what previews of
links show. It needs an Arabic font, such as fonts-noto-core; so the pictures are committed.
"""

from playwright.sync_api import Page, sync_playwright

from cluster.process import ROOT
from cluster.programs import on_path
from qader_sse.domain.i18n import translate

STATIC = ROOT / "qader_sse" / "static"
SVG = (STATIC / "icon.svg").read_text()
SQUARE = SVG.replace(' rx="9"', "")
# Systems cut icons into their own shape: `maskable` ones keep the drawing in the middle four fifths.
ICONS = {
    "icon-192": (SVG, 192, 192),
    "icon-512": (SVG, 512, 512),
    "icon-maskable": (SQUARE, 512, 400),
    "icon-apple": (SQUARE, 180, 160),
}
BLUE = "#3544ae"
ICON_PAGE = """
    <body style="margin:0; display:grid; place-items:center; height:100vh; background:{back}">
      <div style="width:{inner}px; height:{inner}px">{svg}</div>
    </body>
"""
PREVIEW_PAGE = """
    <body dir="{direction}" style="margin:0; box-sizing:border-box; height:100vh; padding:80px; display:flex;
        flex-direction:column; justify-content:space-between; background:{back}; color:#fff;
        font-family:'Noto Sans Arabic','Noto Sans',sans-serif">
      <div style="display:flex; align-items:center; gap:32px; font-size:44px; font-weight:600">
        <div style="width:120px; height:120px">{svg}</div>{title}
      </div>
      <div style="font-size:84px; font-weight:700; line-height:1.45">{tagline}</div>
    </body>
"""


def main() -> None:
    found = on_path("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found[0], args=["--no-sandbox"])
        page = browser.new_page()
        for name, (svg, size, inner) in ICONS.items():
            back = "transparent" if svg == SVG else BLUE
            _draw(page, name, ICON_PAGE.format(svg=svg, inner=inner, back=back), size, size)
        for locale, direction in (("ar", "rtl"), ("en", "ltr")):
            texts = {
                "title": translate(locale, "Qader duels"),
                "tagline": translate(locale, "Two players, the same questions, one clock."),
            }
            html = PREVIEW_PAGE.format(svg=SVG, direction=direction, back=BLUE, **texts)
            _draw(page, f"preview-{locale}", html, 1200, 630)
        browser.close()


def _draw(page: Page, name: str, html: str, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.set_content(html)
    page.screenshot(path=STATIC / f"{name}.png", omit_background=True)


if __name__ == "__main__":
    main()
