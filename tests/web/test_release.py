"""Looking up over HTTP: who is shown what, and what the ledger says of it."""

import asyncio
from pathlib import Path

from tests.web.site import plant, served


def test_a_clerk_is_shown_her_case(tmp_path: Path) -> None:
    planted = plant(tmp_path)

    async def story() -> None:
        async with served(planted) as site:
            shown = await site.lookup(purpose="delivery", case=planted.case("clerk-1", 0))
            assert shown.status_code == 200, shown.text + site.log.getvalue()
            body = shown.json()
            assert set(body["fields"]) == {"name", "phone", "address"}
            assert body["entry"] > 0

    asyncio.run(story())
