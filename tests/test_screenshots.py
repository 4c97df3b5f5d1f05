"""The pictures that are kept are those of the states there are, and the sheet shows them all."""

from tests.screenshots import index
from tests.screenshots.__main__ import ALL
from tests.screenshots.camera import FOLDER, THEMES


def test_there_is_a_picture_of_each_state_and_no_other():
    wanted = {
        f"{view.name}-{width}-{theme}.png"
        for view in ALL
        for width in view.widths
        for theme in THEMES
    }

    assert {path.name for path in FOLDER.glob("*.png")} == wanted


def test_the_sheet_is_up_to_date():
    assert (FOLDER / "README.md").read_text("utf-8") == index.sheet(ALL)
