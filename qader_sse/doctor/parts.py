"""The parts of an installation, in the order in which they are examined."""

from qader_sse.doctor.path.checks import PATH
from qader_sse.doctor.postgres_checks import POSTGRES
from qader_sse.doctor.redis_checks import REDIS
from qader_sse.doctor.settings_checks import SETTINGS
from qader_sse.doctor.sqlite_checks import SQLITE

PARTS = (SETTINGS, SQLITE, POSTGRES, REDIS, PATH)
