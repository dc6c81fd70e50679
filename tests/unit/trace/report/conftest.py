"""Pictures of the tests are drawn once each: the same specification gives the same SVG, and drawing is what takes long."""

import json
from typing import Any

import pytest
import vl_convert

DRAWN: dict[str, str] = {}


@pytest.fixture(autouse=True)
def drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember what the converter gave for a specification."""
    draw = vl_convert.vegalite_to_svg

    def once(spec: dict[str, Any], **options: Any) -> str:
        key = json.dumps([spec, options], sort_keys=True)
        if key not in DRAWN:
            DRAWN[key] = draw(spec, **options)
        return DRAWN[key]

    monkeypatch.setattr(vl_convert, "vegalite_to_svg", once)
