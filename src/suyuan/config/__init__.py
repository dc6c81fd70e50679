"""Settings and policy: the only reader of files and environment for settings.

Promise: what is unknown, wrong or contradictory is an error that names file, line and key. Not promised: that what is
well written is wise; `suyuan policy check` warns of what a site should think about again.
"""

from suyuan.config.policy import POLICY_FILES as POLICY_FILES
from suyuan.config.policy import SITE_FILE as SITE_FILE
from suyuan.config.policy import WholePolicy as WholePolicy
from suyuan.config.policy import read_policy as read_policy
from suyuan.config.policy import read_policy_folder as read_policy_folder
from suyuan.config.policy import read_whole_policy as read_whole_policy
from suyuan.config.problems import Finding as Finding
from suyuan.config.problems import PlacedError as PlacedError
from suyuan.config.serve import OidcSettings as OidcSettings
from suyuan.config.serve import ServeSettings as ServeSettings
from suyuan.config.settings import SETTINGS_FILE as SETTINGS_FILE
from suyuan.config.settings import WITNESS_POLICY as WITNESS_POLICY
from suyuan.config.settings import DataSettings as DataSettings
from suyuan.config.settings import LedgerSettings as LedgerSettings
from suyuan.config.settings import Settings as Settings
from suyuan.config.settings import find_store as find_store
from suyuan.config.settings import read_settings as read_settings
from suyuan.config.settings import read_witness_policy as read_witness_policy
from suyuan.config.sources import read_sources as read_sources
from suyuan.config.table import Document as Document
from suyuan.config.table import Table as Table
from suyuan.config.table import choose as choose
from suyuan.config.table import parse_document as parse_document
from suyuan.config.table import read_document as read_document
