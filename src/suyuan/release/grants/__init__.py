"""Grants: which role may do what for which purpose, on which cases, and how much of it.

Promise: one declarative table decides single requests by compiled closures, and lists by the SQL of the same
conditions; every decision names the grant, or the nearest miss and why. Not promised: that the table is wise.
"""

from suyuan.release.grants.ask import Ask as Ask
from suyuan.release.grants.decide import Decision as Decision
from suyuan.release.grants.decide import Grants as Grants
from suyuan.release.grants.grant import Condition as Condition
from suyuan.release.grants.grant import Grant as Grant
from suyuan.release.grants.limits import Limits as Limits
from suyuan.release.grants.role import RolePolicy as RolePolicy
from suyuan.release.grants.site import SiteConditions as SiteConditions
