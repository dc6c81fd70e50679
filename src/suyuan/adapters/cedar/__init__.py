"""Cedar: a site's own conditions beyond the grants, and the grants written as Cedar policies for other readers.

Promise: what cannot be evaluated is refused. Not promised: speed of the grants themselves; Cedar is asked once per request,
and only where a site has conditions of its own.
"""

from suyuan.adapters.cedar.conditions import CedarConditions as CedarConditions
from suyuan.adapters.cedar.exporting import export_grants as export_grants
from suyuan.adapters.cedar.exporting import questions as questions
