from typing import Any

conversions: dict[Any, Any]
