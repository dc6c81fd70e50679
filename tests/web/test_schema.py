"""The interface's description against the interface: Schemathesis sends what it allows and what it does not."""

import traceback

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.web.process import serving
from tests.web.site import Planted, plant
from tests.web.test_serving import let_many

ROLES = ["staff", "approver", "service", "exporter", "legal", "privacy", "administrator", "monitor"]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    made = plant(tmp_path_factory.mktemp("schema"), people=4, everything=ROLES)
    let_many(made.folder)
    return made


def test_nothing_breaks_and_every_answer_is_as_described(planted: Planted) -> None:
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    headers = {"authorization": f"Bearer {planted.keys['everybody']}"}
    tried: list[str] = []
    broken: list[str] = []
    with serving(planted.folder) as running:
        schema = schemathesis.openapi.from_url(f"{running.url}/openapi.json")
        for found in schema.get_all_operations():
            operation = found.ok()
            tried.append(operation.label)

            @settings(
                max_examples=15,
                deadline=None,
                database=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def answers_as_described(case: schemathesis.Case) -> None:
                case.call_and_validate(headers=headers, checks=checks)

            try:
                answers_as_described()
            except Exception as error:
                broken.append("".join(traceback.format_exception(error))[-4000:])
    assert not broken, "\n".join(broken)
    assert len(tried) > 20, tried
